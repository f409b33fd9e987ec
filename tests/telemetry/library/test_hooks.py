"""Errors that nothing caught reach the record, whichever hook Python hands them to."""

import sys
import threading
from typing import NoReturn

import pytest

from telemetry.hooks import watched


class Watch:
    """Collects what it is told."""

    def __init__(self) -> None:
        self.seen: list[tuple[str, str]] = []

    def record(self, error: BaseException, place: str) -> None:
        """Take note."""
        self.seen.append((type(error).__name__, place))


def in_thread(error: BaseException) -> None:
    """Raise an error in a thread of its own."""

    def fail() -> None:
        raise error

    thread = threading.Thread(target=fail)
    thread.start()
    thread.join()


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_errors_of_threads_are_told() -> None:
    """An error that ends a thread is told, and not those that are ways to end."""
    watch = Watch()
    with watched(watch.record):
        in_thread(ValueError())
        in_thread(SystemExit(1))
        in_thread(BrokenPipeError())

    assert [("ValueError", "thread")] == watch.seen


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_unraisable_errors_are_told() -> None:
    """An error in a finaliser is told without the object that it came from."""

    class Finalised:
        def __del__(self) -> None:
            raise KeyError

    watch = Watch()
    with watched(watch.record):
        Finalised()

    assert [("KeyError", "unraisable")] == watch.seen


def test_errors_of_the_main_program_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """The hook that ends a program is told, and the hook that was there before runs too."""
    watch = Watch()
    before: list[BaseException] = []
    monkeypatch.setattr(sys, "excepthook", lambda _kind, error, _traceback: before.append(error))
    error = RuntimeError()
    with watched(watch.record):
        sys.excepthook(RuntimeError, error, None)
        sys.excepthook(KeyboardInterrupt, KeyboardInterrupt(), None)

    assert [("RuntimeError", "main")] == watch.seen
    assert [error] == before[:1]
    assert 2 == len(before)


def test_a_recorder_that_fails_hides_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where recording raises, the error itself is still shown as before."""

    def fail(_error: BaseException, _place: str) -> NoReturn:
        raise OSError

    before: list[BaseException] = []
    monkeypatch.setattr(sys, "excepthook", lambda _kind, error, _traceback: before.append(error))
    with watched(fail):
        sys.excepthook(RuntimeError, RuntimeError(), None)

    assert [RuntimeError] == [type(error) for error in before]


def test_the_hooks_are_put_back() -> None:
    """After the block Python's hooks are those that were there before."""
    before = (sys.excepthook, threading.excepthook, sys.unraisablehook)
    with watched(Watch().record):
        assert before != (sys.excepthook, threading.excepthook, sys.unraisablehook)

    assert before == (sys.excepthook, threading.excepthook, sys.unraisablehook)
