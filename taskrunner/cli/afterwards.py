"""What a run leads to once it is over."""

from contextlib import suppress
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from taskrunner.execution.recording import Recording
    from taskrunner.output.console import Console

__all__ = ["tell_slowest"]

_LONG: Final = 10.0
"""Seconds after which a person may wonder where the time went."""


def tell_slowest(recording: "Recording", console: "Console", style: str, long: float = _LONG) -> None:
    """Print the slowest steps of a run that took `long` seconds or more, in the styles for people."""
    if style not in ("fancy", "simple") or not recording.went_well or recording.seconds < long:
        return
    from taskrunner.output.slowest import slowest_steps

    if text := slowest_steps(recording, console.out_colours):
        with suppress(BrokenPipeError):  # the run is over, and has its exit code
            console.print_out(text)
