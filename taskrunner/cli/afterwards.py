"""What a run leads to once it is over: its slowest steps, its timeline, what is remembered and sent of it."""

import os
from collections.abc import Mapping
from contextlib import contextmanager, suppress
from threading import Thread
from typing import TYPE_CHECKING, Final

from taskrunner.errors import UserError
from taskrunner.host.files import at_once

if TYPE_CHECKING:
    from collections.abc import Iterator

    from taskrunner.execution.events import Listener
    from taskrunner.execution.recording import Recording
    from taskrunner.output.console import Console
    from taskrunner.timeline.model import Timeline

__all__ = ["NO", "Afterwards", "check_timeline", "tell_slowest"]

_LONG: Final = 10.0
"""Seconds after which a person may wonder where the time went."""

NO: Final = ("0", "false", "no", "off")
"""Values of `TASKRUNNER_TIMINGS` with which no times are kept."""

_FORMATS: Final = (".html", ".htm", ".json")


class Afterwards:
    """What was asked for, before the run, of what comes after it."""

    def __init__(self, directory: str, timeline: str | None, environment: Mapping[str, str]) -> None:
        self._directory = directory
        self._file = timeline
        self._environment = environment
        self._sends = bool(
            environment.get("OTEL_EXPORTER_OTLP_ENDPOINT")
            or environment.get("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
        )
        self._remembers = environment.get("TASKRUNNER_TIMINGS", "").lower() not in NO

    def prepare(self) -> None:
        """Load what comes after the run while its command has the processor to itself or waits."""
        if self._remembers:
            Thread(target=_load, name="afterwards", daemon=True).start()

    @contextmanager
    def of_nothing(self, console: "Console") -> "Iterator[tuple[Listener, ...]]":
        """Give listeners for a run of which nothing has to be run; write or send what was asked for of it.

        It is not remembered: it says nothing about where time goes.
        """
        if self._file is None and not self._sends:
            yield ()
            return
        from taskrunner.execution.recording import Recording

        recording = Recording()
        yield (recording,)
        if recording.events:
            self._remembers = False
            self.look_back(recording, console, "quiet", typed=False)

    def look_back(self, recording: "Recording", console: "Console", style: str, *, typed: bool) -> None:
        """Do all of it. Whatever fails is told, and costs the run nothing.

        `typed` says that a person typed for the command: it took as long as they wanted it to.
        """
        if not typed:
            tell_slowest(recording, console, style)
        if self._file is None and not self._remembers and not self._sends:
            return
        from taskrunner.timeline.model import timeline_of

        timeline = timeline_of(recording)
        if timeline is None:
            return
        if self._file is not None:
            _write(self._file, timeline, console)
        if self._remembers:
            from taskrunner.timeline.history import remember

            remember(self._environment, self._directory, timeline)
        if self._sends:
            _send(timeline, self._environment, console)


def _load() -> None:
    import taskrunner.timeline.history  # noqa: F401


def check_timeline(path: str) -> None:
    """Raise UserError where no timeline can be written to a file."""
    if not path.lower().endswith(_FORMATS):
        raise UserError(
            "cli.unknown-timeline-format",
            f"The ending of '{path}' says nothing about the form of the timeline.",
            "A name that ends in .html gives a page for people, one in .json a trace for Perfetto.",
        )
    folder = os.path.dirname(os.path.abspath(path))
    if os.path.isdir(path) or not os.access(folder, os.W_OK):
        raise UserError(
            "cli.timeline-not-writable",
            f"The timeline cannot be written to '{path}'.",
            "Name a file in a folder that exists and that you may write to.",
        )


def tell_slowest(recording: "Recording", console: "Console", style: str, long: float = _LONG) -> None:
    """Print the slowest steps of a run that took `long` seconds or more, in the styles for people."""
    if style not in ("fancy", "simple") or not recording.went_well or recording.seconds < long:
        return
    from taskrunner.output.slowest import slowest_steps

    if text := slowest_steps(recording, console.out_colours):
        with suppress(BrokenPipeError):  # the run is over, and has its exit code
            console.print_out(text)


def _write(path: str, timeline: "Timeline", console: "Console") -> None:
    if path.lower().endswith(".json"):
        from taskrunner.timeline.trace import as_trace

        text = as_trace(timeline)
    else:
        from taskrunner.timeline.page import as_page

        text = as_page(timeline)
    try:
        with open(path, "w", encoding="utf-8", errors="replace", opener=at_once) as file:
            file.write(text)
    except OSError as error:
        from taskrunner.output.text import one_line

        console.print_err(f"The timeline could not be written to {one_line(path)}: {error.strerror}.")


def _send(timeline: "Timeline", environment: Mapping[str, str], console: "Console") -> None:
    try:
        from taskrunner.timeline.otel import export
    except ImportError:
        return  # the variable is there for other programs: whoever wants this installs the extra `otel`
    problem = export(timeline, environment)
    if problem is not None:
        console.print_err(problem)
