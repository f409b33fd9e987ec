"""The `simple` style: a line for each thing that happens, and the main container's output as it is.

Which lines there are is batect's choice, apart from those for images that the engine already has and
those about what takes long.
"""

from typing import Final

from taskrunner.execution import events as e
from taskrunner.exit_codes import BROKEN_PIPE
from taskrunner.output import words
from taskrunner.output.console import Console
from taskrunner.output.facts import Facts
from taskrunner.output.failures import Explainer, leftovers_removed, render, render_kept, task_failed

__all__ = ["Simple"]

_SENTENCES: Final = {
    "task": "Running {task}...",
    "nothing to run": "{task} has prerequisites only, and they are done.",
    "pulling": "Pulling {image}...",
    "pull progress": "Pulling {image}: {progress}.",
    "pulled": "Pulled {image}.",
    "building": "Building {container}...",
    "build step": "Building {container}, step {number} of {total}: {command}",
    "built": "Built {container}.",
    "running": "Running {container}...",
    "running a command": "Running {command} in {container}...",
    "starting": "Starting {container}...",
    "starting a command": "Starting {container}...",
    "started": "Started {container}.",
    "waiting": "Waiting for {container} to become healthy, {left} left: {said}",
    "healthy": "{container} has become healthy.",
    "set-up": "Running set-up command {command} ({number} of {total}) in {container}...",
    "set up": "{container} has completed all set-up commands.",
    "cleaning": "\nCleaning up...",
}

_NAMES: Final = frozenset({"task", "image", "container", "command"})
"""What is bold."""


class Simple:
    """Prints progress to standard output, and failures to standard error."""

    def __init__(self, console: Console, explainer: Explainer) -> None:
        self._console = console
        self._explainer = explainer
        self._facts = Facts(main_too=False)
        self._main: str | None = None
        self._last = True

    def on_event(self, event: e.Event, at: float) -> None:
        """Print what the event means to a person, if anything."""
        explanation = self._explainer.explain(event)
        if explanation is not None:
            self._complain(render(explanation, self._console.err_colours))
            return
        if isinstance(event, e.TaskSkipped | e.TaskDue | e.WatchWaiting | e.WatchTriggered):
            self._on_skipping(event)
            return
        bold = self._console.out_colours.bold
        for fact in self._facts.of(event, at):
            if sentence := _SENTENCES.get(fact.key):
                names = {name: bold(text) if name in _NAMES else text for name, text in fact.names.items()}
                self._console.print_out(sentence.format(**names))
        self._on_task_event(event)

    def on_output(self, container: str, stream: e.Stream, data: bytes) -> None:
        """Pass on what the main container printed."""
        if container == self._main:
            write = self._console.write_out if stream == "stdout" else self._console.write_err
            write(data)

    def _on_skipping(self, event: e.TaskSkipped | e.TaskDue | e.WatchWaiting | e.WatchTriggered) -> None:
        colours = self._console.out_colours
        if not isinstance(event, e.TaskSkipped):
            self._console.print_out(words.of_loop(event, colours))
            return
        self._main, self._last = event.main, event.last
        self._console.print_out(words.skipped(event, colours))

    def _on_task_event(self, event: e.Event) -> None:
        out, err = self._console.out_colours, self._console.err_colours
        match event:
            case e.TaskStarted(main=main, last=last):
                self._main, self._last = main, last
            case e.TaskFinished():
                if self._main is not None:
                    self._console.print_out(words.finished(event, out))
                if not self._last:
                    self._console.print_out()
            case e.TaskFailed(task=task, exit_code=code) if code != BROKEN_PIPE:
                self._complain(err.red(task_failed(task)))
            case e.LeftoversRemoved():
                self._console.print_out(leftovers_removed(event))
            case e.ResourcesKept():
                self._complain(render_kept(event, err))
            case e.ConfigRefused():
                self._complain(words.refused(event, err))
            case e.ShellOpened() | e.ShellFailed():
                self._complain(words.shell(event, err) or "")

    def _complain(self, text: str) -> None:
        if text:
            self._console.print_err(f"\n{text}")
