"""The `quiet` style: the main container's output, and what went wrong.

batect's told neither how to remove containers that were kept nor that the task failed; this one does.
"""

from taskrunner.execution import events as e
from taskrunner.exit_codes import BROKEN_PIPE
from taskrunner.output import words
from taskrunner.output.console import Console
from taskrunner.output.failures import Explainer, render, render_kept, task_failed

__all__ = ["Quiet"]


class Quiet:
    """Prints failures to standard error, and nothing of its own to standard output."""

    def __init__(self, console: Console, explainer: Explainer) -> None:
        self._console = console
        self._explainer = explainer
        self._main: str | None = None

    def on_event(self, event: e.Event, at: float) -> None:  # noqa: ARG002 - lines carry no time
        """Print failures, what stays on the engine, and that the task failed."""
        text = self._text(event)
        if text:
            self._console.print_err("\n" + text)

    def on_output(self, container: str, stream: e.Stream, data: bytes) -> None:
        """Pass on what the main container printed."""
        if container == self._main:
            write = self._console.write_out if stream == "stdout" else self._console.write_err
            write(data)

    def _text(self, event: e.Event) -> str:
        colours = self._console.err_colours
        explanation = self._explainer.explain(event)
        if explanation is not None:
            return render(explanation, colours)
        match event:
            case e.TaskStarted(main=main) | e.TaskSkipped(main=main):
                self._main = main
                return ""
            case e.TaskDue() | e.WatchWaiting():
                return words.of_loop(event, colours)
            case e.ConfigRefused():
                return words.refused(event, colours)
            case e.ResourcesKept():
                return render_kept(event, colours)
            case e.TaskFailed(task=task, exit_code=code) if code != BROKEN_PIPE:
                return colours.red(task_failed(task))
            case _:
                return words.shell(event, colours) or ""
