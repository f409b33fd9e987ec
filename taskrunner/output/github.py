"""GitHub Actions: collapsible groups in a job's log, and annotations for what failed.

Source of the commands: GitHub's documentation, "Workflow commands for GitHub Actions".
"""

from taskrunner.errors import ConfigError, Problem, TaskrunnerError
from taskrunner.execution import events as e
from taskrunner.output.console import Console
from taskrunner.output.failures import Explainer, Explanation
from taskrunner.output.text import one_line, several_lines

__all__ = ["Grouped", "annotations"]


def annotations(error: TaskrunnerError) -> list[str]:
    """Return a line of standard output for each problem of an error, to show it at its place."""
    if not isinstance(error, ConfigError):
        return [_command("error", _text(error.message, error.hint), title=error.reference)]
    return [_annotation(problem) for problem in error.problems]


class Grouped:
    """Folds what another listener prints before the main container starts, and while cleaning up."""

    def __init__(self, inner: e.Listener, console: Console, explainer: Explainer) -> None:
        self._inner = inner
        self._console = console
        self._explainer = explainer
        self._main: str | None = None
        self._open = False

    def on_event(self, event: e.Event, at: float) -> None:
        """Open or close a group around the event's lines, and annotate failures."""
        explanation = self._explainer.explain(event)
        if explanation is not None or self._closes(event):
            self._close()
        match event:
            case e.TaskStarted(task=task, main=str() as main):
                self._main = main
                self._begin(f"Prepare {one_line(task)}")
            case e.CleanupStarted(containers=containers) if containers:
                self._begin("Clean up")
        self._inner.on_event(event, at)
        if explanation is not None and explanation.is_error:
            self._console.print_out(_command("error", _summary(explanation)))

    def on_output(self, container: str, stream: e.Stream, data: bytes) -> None:
        """Pass on what a container printed."""
        self._inner.on_output(container, stream, data)

    def _closes(self, event: e.Event) -> bool:
        match event:
            case e.ContainerStarting(container=container):
                return container == self._main
            case e.CleanupStarted() | e.CleanupFinished() | e.TaskFinished() | e.TaskFailed():
                return True
            case _:
                return False

    def _begin(self, title: str) -> None:
        self._open = True
        self._console.print_out(_command("group", title))

    def _close(self) -> None:
        if self._open:
            self._open = False
            self._console.print_out("::endgroup::")


def _annotation(problem: Problem) -> str:
    text = _text(problem.message, problem.hint)
    where = problem.where
    if where is None:
        return _command("error", text, title=problem.reference)
    place = {"file": where.file, "line": str(where.line), "col": str(where.column)}
    return _command("error", text, **place, title=problem.reference)


def _summary(explanation: Explanation) -> str:
    # The whole output of a build is in the log already; an annotation takes 4 KB.
    return _text(explanation.headline, explanation.body.partition("\n")[0])


def _text(first: str, second: str | None) -> str:
    return f"{first}\n{second}" if second else first


def _command(name: str, message: str, **properties: str) -> str:
    pairs = ",".join(f"{key}={_property(value)}" for key, value in properties.items())
    return f"::{name}{f' {pairs}' if pairs else ''}::{_data(message)}"


def _data(text: str) -> str:
    return several_lines(text).replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
