"""Tasks that need not run: what they printed is shown again; and what those print that do run is kept."""

from collections import deque
from typing import TYPE_CHECKING, Final

from taskrunner.errors import EngineError
from taskrunner.execution import events as e
from taskrunner.execution.bus import Bus
from taskrunner.plan.model import BuiltImage, TaskPlan

if TYPE_CHECKING:
    from taskrunner.skipping.tasks import TaskSkipper, Verdict

__all__ = ["TaskMemory"]

_MOST_BYTES: Final = 4 << 20
_CUT: Final = b"(What it printed before that was too much to be kept.)\n"


class TaskMemory:
    """Skips tasks, and listens to those that run."""

    def __init__(self, skipper: "TaskSkipper", *, explain: bool) -> None:
        self._skipper = skipper
        self._explain = explain
        self._verdict: Verdict | None = None
        self._log = _Log()
        self._pulled: dict[str, str] = {}
        self._built: dict[str, str] = {}
        self._seconds: float | None = None
        """How long the task took that has just succeeded; None after one that has not."""

    def begin_again(self) -> None:
        """Forget which tasks were found to be due: everything is checked anew."""
        self._skipper = self._skipper.begin_again()

    def skips(self, task: TaskPlan, bus: Bus) -> bool:
        """Return whether a task is skipped, and tell so; tell why it runs where a person wants to know."""
        self._seconds, self._log = None, _Log()
        try:
            self._verdict = self._skipper.check(task)
        except EngineError:
            self._verdict = None  # running it will tell what is wrong with the engine
            return False
        if self._verdict.skip:
            bus.announce(e.TaskSkipped(task.name, task.main or "", task.requested, self._verdict.seconds))
            for container, stream, data in self._skipper.log(task):
                bus.output(container, "stderr" if stream == "stderr" else "stdout", data)
            return True
        if self._explain and task.main is not None:
            bus.announce(e.TaskDue(task.name, self._verdict.reasons))
        return False

    def remember(self, task: TaskPlan) -> None:
        """Keep what is known of a task that has run, if it succeeded."""
        if self._seconds is None or self._verdict is None:
            return
        ids = {name: self._image_id(container.image) for name, container in task.containers.items()}
        self._skipper.remember(task, self._verdict, ids, self._log.frames(), self._seconds)

    def on_event(self, event: e.Event, at: float) -> None:  # noqa: ARG002 - durations come with events
        """Take note of images, and of how a task ended."""
        match event:
            case e.ImagePulled(image=image, image_id=image_id):
                self._pulled[image] = image_id
            case e.ImageBuilt(container=container, image_id=image_id):
                self._built[container] = image_id
            case e.TaskFinished(exit_code=0, seconds=seconds):
                self._seconds = seconds
            case _:
                pass

    def on_output(self, container: str, stream: e.Stream, data: bytes) -> None:
        """Keep what a container prints."""
        self._log.add(container, stream, data)

    def _image_id(self, source: object) -> str:
        if isinstance(source, BuiltImage):
            return self._built.get(source.container, "")
        return self._pulled.get(getattr(source, "reference", ""), "")


class _Log:
    """The last few megabytes that a task's containers printed."""

    def __init__(self) -> None:
        self._frames: deque[tuple[str, str, bytes]] = deque()
        self._size = 0
        self._cut = False

    def add(self, container: str, stream: str, data: bytes) -> None:
        """Keep a piece, and drop the oldest ones where there are too many."""
        self._frames.append((container, stream, data))
        self._size += len(data)
        while self._size > _MOST_BYTES and len(self._frames) > 1:
            self._size -= len(self._frames.popleft()[2])
            self._cut = True

    def frames(self) -> list[tuple[str, str, bytes]]:
        """Return what is kept, with a word in its place about what is not."""
        frames = list(self._frames)
        if self._cut:
            container, stream, _ = frames[0]
            frames.insert(0, (container, stream, _CUT))
        return frames
