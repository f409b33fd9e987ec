"""What each container of a task is about, told by the events so far."""

from typing import Final

from taskrunner.execution import events as e
from taskrunner.execution import steps
from taskrunner.output.row import Progress, Row
from taskrunner.output.text import one_line, plain_output

__all__ = ["Board"]

_PULLING: Final = {
    "downloading": "pulling",
    "verifying checksum": "verifying",
    "download complete": "pulling",
    "extracting": "extracting",
    "pull complete": "extracting",
}


class Board:
    """A row for each container of a task, dependencies before dependants."""

    def __init__(self, start: e.TaskStarted) -> None:
        self._main = start.main
        self._rows = {name: Row(one_line(name), "waiting", "getting ready") for name in start.containers}
        self._users: dict[str, list[str]] = {}
        for name, image in zip(start.containers, start.images, strict=True):
            self._users.setdefault(image, []).append(name)
        needs = start.dependencies or ((),) * len(start.containers)
        self._needs = dict(zip(start.containers, needs, strict=True))
        self._ready: set[str] = set()

    @property
    def rows(self) -> list[Row]:
        """All rows, as they are now."""
        return list(self._rows.values())

    def note(self, event: e.Event, at: float) -> None:
        """Take note of an event; `at` is seconds of the monotonic clock."""
        match event:
            case e.ImagePullStarted(image=image):
                self._set_users(image, Row("", "busy", f"pulling {one_line(image)}", since=at))
            case e.ImagePullProgress(image=image):
                self._pull_progress(event)
            case e.ImagePulled(image=image):
                self._set_users(image, Row("", "waiting", "image is there"))
            case e.ImagePullFailed(image=image):
                self._set_users(image, Row("", "failed", f"could not pull {one_line(image)}"))
            case _:
                container = getattr(event, "container", None) or _container_of(event)
                if container in self._rows:
                    self._note_container(container, event, at)

    def _note_container(self, name: str, event: e.Event, at: float) -> None:
        match event:
            case e.ImageBuildStarted():
                self._set(name, Row("", "busy", "building", since=at))
            case e.ImageBuildProgress(step=step, total=total, instruction=instruction):
                words = f"building {step}/{total} {one_line(instruction)}"
                progress = Progress(step - 1, total, in_bytes=False)
                self._set(name, self._rows[name]._replace(mark="busy", words=words, progress=progress))
            case e.ImageBuildDownload(done=done, total=total):
                progress = Progress(done, total, in_bytes=True)
                self._set(name, self._rows[name]._replace(mark="busy", progress=progress))
            case e.ImageBuilt():
                self._set(name, Row("", "waiting", "image is built"))
            case e.ImageBuildFailed():
                self._set(name, Row("", "failed", "could not be built"))
            case e.StepStarted(step=steps.CreateContainer()):
                self._set(name, Row("", "busy", "creating"))
            case e.ContainerCreated():
                self._set(name, Row("", "waiting", self._waiting_words(name)))
            case e.ContainerCreateFailed():
                self._set(name, Row("", "failed", "could not be created"))
            case _:
                self._note_running(name, event, at)

    def _note_running(self, name: str, event: e.Event, at: float) -> None:
        match event:
            case e.ContainerStarting(command=command):
                main = f"running {one_line(command)}" if command else "running"
                self._set(name, Row("", "busy", main if name == self._main else "starting"))
            case e.ContainerStarted() if name != self._main:
                self._set(name, Row("", "busy", "started"))
            case e.ContainerStartFailed():
                self._set(name, Row("", "failed", "could not be started"))
            case e.ContainerExited(exit_code=code):
                self._set(name, Row("", "done" if code == 0 else "failed", f"ended with exit code {code}"))
                if code == 0:
                    self._ready.add(name)
                    self._tell_waiting()
            case _ if name != self._main:
                self._note_readiness(name, event, at)

    def _note_readiness(self, name: str, event: e.Event, at: float) -> None:
        match event:
            case e.HealthCheckStarted(seconds_left=left):
                self._set(name, Row("", "busy", "waiting for health", gives_up=at + left))
            case e.HealthProbed(seconds_left=left):
                said = _last_line(event)
                self._set(name, self._rows[name]._replace(gives_up=at + left, detail=said))
            case e.ContainerHealthy(checked=True):
                self._set(name, Row("", "busy", "healthy"))
            case e.ContainerUnhealthy():
                self._set(name, Row("", "failed", "did not become healthy"))
            case e.SetupCommandStarted(command=command, number=number, total=total):
                words = f"set-up {number}/{total} {one_line(command)}"
                progress = Progress(number - 1, total, in_bytes=False) if total > 1 else None
                self._set(name, Row("", "busy", words, progress, since=at))
            case e.SetupCommandFailed(command=command):
                self._set(name, Row("", "failed", f"set-up failed: {one_line(command)}"))
            case e.ContainerReady():
                self._set(name, Row("", "done", "ready"))
                self._ready.add(name)
                self._tell_waiting()

    def _tell_waiting(self) -> None:
        for name, row in self._rows.items():
            if row.words.startswith("waiting for ") and row.mark == "waiting":
                self._set(name, row._replace(words=self._waiting_words(name)))

    def _waiting_words(self, name: str) -> str:
        missing = [one_line(needed) for needed in self._needs[name] if needed not in self._ready]
        return f"waiting for {', '.join(missing)}" if missing else "ready to start"

    def _pull_progress(self, event: e.ImagePullProgress) -> None:
        # A long name is cut at its end: what happens stands before it.
        verb = _PULLING.get(event.operation, f"{event.operation}:")
        words = f"{verb} {one_line(event.image)}"
        progress = Progress(event.done, event.total, in_bytes=True)
        for name in self._users.get(event.image, ()):
            self._set(name, self._rows[name]._replace(mark="busy", words=words, progress=progress))

    def _set_users(self, image: str, row: Row) -> None:
        for name in self._users.get(image, ()):
            self._set(name, row)

    def _set(self, name: str, row: Row) -> None:
        self._rows[name] = row._replace(name=one_line(name))


def _container_of(event: e.Event) -> str | None:
    """Return the container that a step works on."""
    return getattr(event.step, "container", None) if isinstance(event, e.StepStarted) else None


def _last_line(probe: e.HealthProbed) -> str:
    """Return the end of what a probe said, or how it ended where it said nothing."""
    if probe.exit_code is None:
        return "the last check took too long"
    said = plain_output(probe.output).rpartition("\n")[2].strip()
    return said or f"the last check ended with exit code {probe.exit_code}"
