"""What happened in a run, kept for whoever wants to look at it once the run is over."""

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
    """Keeps the events of a run with their times. Nothing is made of them while the run is under way."""

    def __init__(self) -> None:
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
        if isinstance(event, e.RunFinished):
            self.seconds = event.seconds
        elif isinstance(event, e.TaskFailed):
            self.went_well = False

    def on_output(self, container: str, stream: e.Stream, data: bytes) -> None:
        """Keep nothing of what a container printed."""
