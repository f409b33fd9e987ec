"""What the events of a run tell a person, for the styles that tell it line by line.

A style brings the sentences. Which event is worth one, and whose it is, is decided here.
"""

from collections.abc import Iterator, Mapping
from typing import Final

from taskrunner.execution import events as e
from taskrunner.output.humanise import clock, share
from taskrunner.output.text import one_line, plain_output
from taskrunner.records import NamedTuple

__all__ = ["Fact", "Facts"]

_PACE: Final = 5.0
"""Seconds between two facts about how far the same thing is."""


class Fact(NamedTuple):
    """Something to say."""

    key: str
    """Which sentence of a style it is."""
    names: Mapping[str, str]
    """What the sentence speaks of; every value fits into a line."""
    container: str | None = None
    """Whose it is; None where it is the task's, or an image's."""
    image: str | None = None


class Facts:
    """Picks the facts from a run's events.

    `main_too` says that the main container's health and set-up are told as those of its dependencies.
    """

    def __init__(self, *, main_too: bool) -> None:
        self._main_too = main_too
        self._main: str | None = None
        self._told: dict[str, float] = {}
        """When it was last told how far something is."""

    def of(self, event: e.Event, at: float) -> Iterator[Fact]:
        """Give what an event tells, which for most is nothing."""
        match event:
            case e.TaskStarted(task=task, main=main):
                self._main = main
                yield Fact("task" if main else "nothing to run", {"task": one_line(task)})
            case e.CleanupStarted(containers=containers) if containers:
                yield Fact("cleaning", {})
            case (
                e.ImagePullStarted(image=image)
                | e.ImagePullProgress(image=image)
                | e.ImagePulled(image=image)
            ):
                yield from self._of_image(event, image, at)
            case _:
                container = getattr(event, "container", None)
                if isinstance(container, str):
                    yield from self._of_container(event, container, at)

    def _of_image(self, event: e.Event, image: str, at: float) -> Iterator[Fact]:
        names = {"image": one_line(image)}
        match event:
            case e.ImagePullStarted():
                self._told[image] = at
                yield Fact("pulling", names, image=image)
            case e.ImagePullProgress() if self._is_due(image, at):
                yield Fact("pull progress", {**names, "progress": _progress(event)}, image=image)
            case e.ImagePulled(pulled=True):
                yield Fact("pulled", names, image=image)

    def _of_container(self, event: e.Event, container: str, at: float) -> Iterator[Fact]:
        names = {"container": one_line(container)}
        match event:
            case e.ImageBuildStarted():
                self._told[container] = at
                yield Fact("building", names, container)
            case e.ImageBuildProgress(step=step, total=total, instruction=instruction) if self._is_due(
                container, at
            ):
                what = {"number": str(step), "total": str(total), "command": one_line(instruction)}
                yield Fact("build step", {**names, **what}, container)
            case e.ImageBuilt(fresh=True):
                yield Fact("built", names, container)
            case e.ContainerStarting(command=command):
                key = "running" if container == self._main else "starting"
                key += " a command" if command else ""
                yield Fact(key, {**names, "command": one_line(command or "")}, container)
            case e.ContainerStopped():
                yield Fact("stopped", names, container)
            case e.ContainerStarted() if container != self._main:
                yield Fact("started", names, container)
            case _ if self._main_too or container != self._main:
                yield from self._of_readiness(event, container, at)

    def _of_readiness(self, event: e.Event, container: str, at: float) -> Iterator[Fact]:
        names = {"container": one_line(container)}
        match event:
            case e.HealthCheckStarted():
                self._told[container] = at
            case e.HealthProbed(exit_code=code, output=output, seconds_left=left):
                if code != 0 and self._is_due(container, at):
                    said = plain_output(output).rpartition("\n")[2] or "no output"
                    yield Fact("waiting", {**names, "said": said, "left": clock(left)}, container)
            case e.ContainerHealthy(checked=True):
                yield Fact("healthy", names, container)
            case e.SetupCommandStarted(command=command, number=number, total=total):
                what = {"command": one_line(command), "number": str(number), "total": str(total)}
                yield Fact("set-up", {**names, **what}, container)
            case e.SetupCommandFinished(number=number, total=total) if number == total:
                yield Fact("set up", names, container)

    def _is_due(self, what: str, at: float) -> bool:
        due = at - self._told.get(what, at) >= _PACE
        if due:
            self._told[what] = at
        return due


def _progress(event: e.ImagePullProgress) -> str:
    amount = share(event.done, event.total)
    percent = f"{event.done * 100 // event.total}%, " if event.total else ""
    return f"{event.operation}, {percent}{amount}"
