import signal
from typing import NoReturn

import pytest

from taskrunner.execution import events as e
from taskrunner.execution import interrupts
from taskrunner.execution.bus import Bus
from taskrunner.execution.interrupts import Interrupts


class Left(Exception):  # noqa: N818 - what the third signal does
    """The program would end here."""


def leave(_commands: tuple[str, ...], _code: int) -> NoReturn:
    """End as the third signal does."""
    raise Left


def heard(monkeypatch: pytest.MonkeyPatch, *signals: tuple[signal.Signals, float]) -> Interrupts:
    """Return what came of signals at points in time, in seconds."""
    made = Interrupts(Bus([]), lambda: None, leave)
    for number, at in signals:
        monkeypatch.setattr(interrupts.time, "monotonic", lambda at=at: at)
        made.on_signal(number)
    return made


def test_a_signal_that_arrives_twice_at_once_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """timeout(1) signals the process and its group: the container still gets its time to end."""
    made = heard(monkeypatch, (signal.SIGTERM, 9.0), (signal.SIGTERM, 9.001))

    assert 1 == made.times


def test_signals_one_after_another_count(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody presses Ctrl-C that fast, and the third one leaves."""
    assert 2 == heard(monkeypatch, (signal.SIGINT, 9.0), (signal.SIGINT, 9.2)).times
    assert 2 == heard(monkeypatch, (signal.SIGINT, 9.0), (signal.SIGTERM, 9.001)).times
    with pytest.raises(Left):
        heard(monkeypatch, (signal.SIGINT, 9.0), (signal.SIGINT, 9.2), (signal.SIGINT, 9.4))


def test_a_signal_that_no_task_heard_is_told_of_once() -> None:
    """It came when the last task had just ended: the exit code is not left without a word."""
    told: list[e.Event] = []

    class Listener:
        def on_event(self, event: e.Event, at: float) -> None:
            told.append(event)

        def on_output(self, container: str, stream: e.Stream, data: bytes) -> None:
            raise AssertionError

    made = Interrupts(Bus([Listener()]), lambda: None, leave)
    assert made.after_tasks() is None
    made.on_signal(signal.SIGTERM)

    assert [143, 143] == [made.after_tasks(), made.after_tasks()]
    assert [e.Interrupted("SIGTERM", 1)] == told
