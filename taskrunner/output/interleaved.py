"""The `all` style: the output of every container line by line, each line behind its container's name.

Everything goes to standard output. batect kept silent about failed set-up commands and networks here;
this style tells every failure.
"""

from collections.abc import Sequence
from typing import Final

from taskrunner.execution import events as e
from taskrunner.output import words
from taskrunner.output.console import Console
from taskrunner.output.facts import Fact, Facts
from taskrunner.output.failures import Explainer, leftovers_removed, render, render_kept, task_failed
from taskrunner.output.lines import LineSplitter, ends_output
from taskrunner.output.text import Colours, encode, one_line

__all__ = ["Interleaved"]

_OURS: Final = "taskrunner | "
_BUILD: Final = "Image build | "
_RESET: Final = b"\x1b[m"
_STREAMS: Final = frozenset({"stdout", "stderr"})
_PLAIN: Final = Colours(enabled=False)

_SENTENCES: Final = {
    "task": "Running {task}...",
    "nothing to run": "Nothing to run: it has prerequisites only, and they are done.",
    "pulling": "Pulling {image}...",
    "pull progress": "Pulling {image}: {progress}.",
    "pulled": "Pulled {image}.",
    "building": "Building image...",
    "built": "Image built.",
    "running": "Running...",
    "running a command": "Running {command}...",
    "starting": "Running...",
    "starting a command": "Running {command}...",
    "started": "Container started.",
    "waiting": "Waiting for the container to become healthy, {left} left: {said}",
    "healthy": "Container became healthy.",
    "set-up": "Running set-up command {command} ({number} of {total})...",
    "set up": "Container has completed all set-up commands.",
    "stopped": "Container stopped.",
    "cleaning": "Cleaning up...",
}

# Foreground colours of ECMA-48. White is for the task and red for failures; black, with which batect
# begins, cannot be seen on a dark terminal.
_CONTAINER_COLOURS: Final = (32, 33, 34, 35, 36)
_TASK_COLOUR: Final = 37


class Interleaved:
    """Prints whole lines behind prefixes to standard output."""

    def __init__(self, console: Console, explainer: Explainer) -> None:
        self._console = console
        self._explainer = explainer
        self._facts = Facts(main_too=True)
        self._prefixes = _Prefixes("taskrunner", (), console.out_colours)
        self._main: str | None = None
        self._last = True
        self._users: dict[str, list[str]] = {}
        """The containers that use an image, by its reference."""
        self._splitters: dict[tuple[str, str], LineSplitter] = {}
        """By container, and stream or what stands before the lines of its builds and set-up commands."""

    def on_event(self, event: e.Event, at: float) -> None:
        """Print what the event means to a person, if anything."""
        if isinstance(event, e.TaskStarted):
            self._begin(event)
        elif ends_output(event):
            self._release(getattr(event, "container", None))
        explanation = self._explainer.explain(_without_what_was_shown(event))
        if explanation is not None:
            self._complain(self._owner(event), render(explanation, self._console.out_colours))
            return
        if isinstance(event, e.ConfigRefused):
            self._complain(None, words.refused(event, self._console.out_colours))
            return
        if isinstance(event, e.TaskSkipped | e.TaskDue | e.WatchWaiting | e.WatchTriggered):
            self._on_skipping(event)
            return
        for fact in self._facts.of(event, at):
            for owner in self._owners(fact):
                if sentence := _SENTENCES.get(fact.key):
                    self._say(owner, sentence.format(**fact.names))
        self._on_task_event(event)

    def on_output(self, container: str, stream: e.Stream, data: bytes) -> None:
        """Print the lines that this chunk completes."""
        splitter = self._splitters.setdefault((container, stream), LineSplitter())
        self._print(self._prefixes.of(container), splitter.feed(data))

    def _on_skipping(self, event: e.TaskSkipped | e.TaskDue | e.WatchWaiting | e.WatchTriggered) -> None:
        plain = Colours(enabled=False)
        if not isinstance(event, e.TaskSkipped):
            self._say(None, words.of_loop(event, plain))
            return
        self._main = event.main
        self._prefixes = _Prefixes(event.task, (event.main,), self._console.out_colours)
        self._say(None, words.skipped(event, plain))

    def _begin(self, event: e.TaskStarted) -> None:
        self._main = event.main
        self._last = event.last
        self._users = {}
        for container, image in zip(event.containers, event.images, strict=True):
            self._users.setdefault(image, []).append(container)
        self._prefixes = _Prefixes(event.task, event.containers, self._console.out_colours)

    def _on_task_event(self, event: e.Event) -> None:
        colours = self._console.out_colours
        match event:
            case e.ImageBuildOutput(container=container, text=text):
                self._print_of(container, _BUILD, text)
            case e.SetupCommandOutput(container=container, number=number, text=text):
                self._print_of(container, f"Set-up {number} | ", text)
            case e.TaskFinished():
                if self._main is not None:
                    self._say(None, words.finished(event, _PLAIN))
                if not self._last:
                    self._console.print_out()
            case e.TaskFailed(task=task):
                self._complain(None, colours.red(task_failed(task)))
            case e.LeftoversRemoved():
                self._say(None, leftovers_removed(event))
            case e.ResourcesKept():
                if text := render_kept(event, colours):
                    self._complain(None, text)

    def _print_of(self, container: str, source: str, text: str) -> None:
        splitter = self._splitters.setdefault((container, source), LineSplitter())
        self._print(self._prefixes.of(container) + source, splitter.feed_text(text))

    def _owners(self, fact: Fact) -> Sequence[str | None]:
        """Return the containers under whose names a fact is told; None is the task."""
        return [fact.container] if fact.image is None else self._users.get(fact.image, ())

    def _owner(self, event: e.Event) -> str | None:
        """Return the container that a failure belongs to, or None where it is the task's."""
        if isinstance(event, e.ImagePullFailed):
            users = self._users.get(event.image, [])
            return users[0] if len(users) == 1 else None
        return getattr(event, "container", None)

    def _release(self, container: str | None) -> None:
        """Print the unfinished lines of a container, or of all."""
        for key in [key for key in self._splitters if container in {None, key[0]}]:
            name, source = key
            prefix = self._prefixes.of(name) + ("" if source in _STREAMS else source)
            self._print(prefix, self._splitters.pop(key).finish())

    def _say(self, container: str | None, text: str) -> None:
        self._console.print_out(self._prefixes.of(container) + _OURS + text)

    def _complain(self, container: str | None, text: str) -> None:
        first, *others = text.split("\n")
        blank = self._prefixes.blank("!")
        lines = [self._prefixes.of(container, "!") + first, *((blank + line).rstrip() for line in others)]
        self._console.print_out("\n".join(lines))

    def _print(self, prefix: str, block: bytes) -> None:
        if not block:
            return
        if self._console.out_colours.enabled and b"\x1b" in block:
            # A colour that a container leaves on would run into the next line's prefix.
            block = b"\n".join(line + _RESET if b"\x1b" in line else line for line in block.split(b"\n"))
        self._console.print_block(block, encode(prefix))


class _Prefixes:
    """What stands before the lines of each container and of the task, all equally wide."""

    def __init__(self, task: str, containers: tuple[str, ...], colours: Colours) -> None:
        self._width = max(len(one_line(name)) for name in (task, *containers))
        self._colours = colours
        self._task = task
        self._codes = {
            name: _CONTAINER_COLOURS[place % len(_CONTAINER_COLOURS)] for place, name in enumerate(containers)
        }

    def of(self, container: str | None, mark: str = "|") -> str:
        """Return the prefix of a container's line, or of the task's."""
        name = self._task if container is None else container
        code = _TASK_COLOUR if container is None else self._codes.get(container, _TASK_COLOUR)
        text = f"{one_line(name).ljust(self._width)} {mark}"
        return self._colours.heading(text, code) + " "

    def blank(self, mark: str) -> str:
        """Return the prefix of a line that goes on about what the line before named."""
        return self._colours.heading(f"{' ' * self._width} {mark}") + " "


def _without_what_was_shown(event: e.Event) -> e.Event:
    """Return a failure without the output that this style printed while it happened."""
    if isinstance(event, e.ImageBuildFailed):
        return event._replace(output="")
    if isinstance(event, e.ContainerUnhealthy | e.ContainerNotCompleted):
        return event._replace(log="")
    return event
