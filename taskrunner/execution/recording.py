"""What happened in a run, kept for whoever wants to look at it once the run is over."""

from collections.abc import Callable

from taskrunner.execution import events as e

__all__ = ["Recording"]

_PASSED_OVER = (
    e.ImagePullProgress,
    e.ImageBuildDownload,
    e.ImageBuildOutput,
    e.SetupCommandOutput,
    e.HealthProbed,
)
"""Events that a run may have thousands of, and that neither begin nor end anything."""


class Recording:
    """Keeps the events of a run with their times. Nothing is made of them while the run is under way.

    `on_command` is called when the command of the last task runs, and there is time for other things.
    """

    def __init__(self, on_command: Callable[[], None] | None = None) -> None:
        self._on_command = on_command
        self._main: str | None = None
        self.events: list[tuple[e.Event, float]] = []
        """Times are seconds of the monotonic clock."""
        self.seconds = 0.0
        """How long the run took; 0 while it is under way."""
        self.went_well = True
        """Whether nothing but commands' exit codes went wrong."""

    def on_event(self, event: e.Event, at: float) -> None:
        """Keep an event."""
        if isinstance(event, _PASSED_OVER):
            return
        self.events.append((event, at))
        match event:
            case e.TaskStarted(main=main, last=True):
                self._main = main
            case e.ContainerStarted(container=container) if container == self._main:
                if self._on_command is not None:
                    self._on_command()
            case e.RunFinished(seconds=seconds):
                self.seconds = seconds
            case e.TaskFailed():
                self.went_well = False

    def on_output(self, container: str, stream: e.Stream, data: bytes) -> None:
        """Keep nothing of what a container printed."""
