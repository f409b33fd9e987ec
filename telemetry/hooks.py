"""The places where Python hands over an error that nothing caught."""

import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

__all__ = ["watched"]


@contextmanager
def watched(record: Callable[[BaseException, str], None]) -> Iterator[None]:
    """Call `record` with each uncaught error and where it came up, until the block ends.

    The places are `main`, `thread` and `unraisable`. The hooks that were there before are called
    in any case. `record` gets the exception alone: a thread's name and the object that an unraisable
    error belongs to are texts of the program's users. KeyboardInterrupt, SystemExit and
    BrokenPipeError are ways to end, not faults.
    """
    before = (sys.excepthook, threading.excepthook, sys.unraisablehook)

    def tell(error: BaseException | None, place: str) -> None:
        if error is None or isinstance(error, KeyboardInterrupt | SystemExit | BrokenPipeError):
            return
        try:
            record(error, place)
        except Exception:  # noqa: BLE001 - a hook that raises would hide the error that it is told of
            return

    def in_main(kind: type[BaseException], error: BaseException, traceback: object) -> None:
        tell(error, "main")
        before[0](kind, error, traceback)  # type: ignore[arg-type]

    def in_thread(arguments: threading.ExceptHookArgs) -> None:
        tell(arguments.exc_value, "thread")
        before[1](arguments)

    def unraisable(arguments: "sys.UnraisableHookArgs") -> None:
        tell(arguments.exc_value, "unraisable")
        before[2](arguments)

    sys.excepthook, threading.excepthook, sys.unraisablehook = in_main, in_thread, unraisable
    try:
        yield
    finally:
        sys.excepthook, threading.excepthook, sys.unraisablehook = before
