"""The `simple` style: a line for each thing that happens, and the main container's output as it is.

Which lines there are is batect's choice, apart from those for images that the engine already has.
"""

from taskrunner.execution import events as e
from taskrunner.exit_codes import BROKEN_PIPE
from taskrunner.output import words
from taskrunner.output.console import Console
from taskrunner.output.failures import Explainer, leftovers_removed, render, render_kept, task_failed
from taskrunner.output.humanise import duration
from taskrunner.output.text import one_line

__all__ = ["Simple"]


class Simple:
    """Prints progress to standard output, and failures to standard error."""

    def __init__(self, console: Console, explainer: Explainer) -> None:
        self._console = console
        self._explainer = explainer
        self._bold = console.out_colours.bold
        self._main: str | None = None
        self._last = True

    def on_event(self, event: e.Event, at: float) -> None:  # noqa: ARG002 - lines carry no time
        """Print what the event means to a person, if anything."""
        explanation = self._explainer.explain(event)
        if explanation is not None:
            self._console.print_err("\n" + render(explanation, self._console.err_colours))
        else:
            self._on_task_event(event)

    def on_output(self, container: str, stream: e.Stream, data: bytes) -> None:
        """Pass on what the main container printed."""
        if container == self._main:
            write = self._console.write_out if stream == "stdout" else self._console.write_err
            write(data)

    def _on_task_event(self, event: e.Event) -> None:
        match event:
            case e.TaskStarted(task=task, main=main, last=last):
                self._main, self._last = main, last
                self._say(self._started(task))
            case e.TaskFinished():
                self._say_finished(event)
            case e.TaskFailed(task=task, exit_code=code) if code != BROKEN_PIPE:
                self._console.print_err("\n" + self._console.err_colours.red(task_failed(task)))
            case e.CleanupStarted(containers=containers) if containers:
                self._say("\nCleaning up...")
            case e.LeftoversRemoved():
                self._say(leftovers_removed(event))
            case e.ResourcesKept():
                if text := render_kept(event, self._console.err_colours):
                    self._console.print_err("\n" + text)
            case e.ContainerStarting(container=container, command=command) if container == self._main:
                name = self._name(container)
                self._say(
                    f"Running {self._bold(one_line(command))} in {name}..."
                    if command
                    else f"Running {name}..."
                )
            case e.ShellOpened() | e.ShellFailed():
                self._console.print_err(f"\n{words.shell(event, self._console.err_colours)}")
            case _:
                self._on_image_event(event)

    def _on_image_event(self, event: e.Event) -> None:
        match event:
            case e.ImagePullStarted(image=image):
                self._say(f"Pulling {self._name(image)}...")
            case e.ImagePulled(image=image, pulled=True):
                self._say(f"Pulled {self._name(image)}.")
            case e.ImageBuildStarted(container=container):
                self._say(f"Building {self._name(container)}...")
            case e.ImageBuilt(container=container, fresh=True):
                self._say(f"Built {self._name(container)}.")
            case _:
                self._on_dependency_event(event)

    def _on_dependency_event(self, event: e.Event) -> None:
        container = getattr(event, "container", None)
        if container is None or container == self._main:
            return
        name = self._name(container)
        match event:
            case e.ContainerStarting():
                self._say(f"Starting {name}...")
            case e.ContainerStarted():
                self._say(f"Started {name}.")
            case e.ContainerHealthy(checked=True):
                self._say(f"{name} has become healthy.")
            case e.SetupCommandStarted(command=command, number=number, total=total):
                which = f"{self._bold(one_line(command))} ({number} of {total})"
                self._say(f"Running set-up command {which} in {name}...")
            case e.SetupCommandFinished(number=number, total=total) if number == total:
                self._say(f"{name} has completed all set-up commands.")
            case _:
                pass

    def _started(self, task: str) -> str:
        if self._main is None:
            return f"{self._name(task)} has prerequisites only, and they are done."
        return f"Running {self._name(task)}..."

    def _say_finished(self, event: e.TaskFinished) -> None:
        if self._main is not None:
            colours = self._console.out_colours
            paint = colours.green if event.exit_code == 0 else colours.red
            code = paint(str(event.exit_code))
            took = duration(event.seconds)
            self._say(f"{self._name(event.task)} finished with exit code {code} in {took}.")
        if not self._last:
            self._say("")

    def _name(self, name: str) -> str:
        return self._bold(one_line(name))

    def _say(self, text: str) -> None:
        self._console.print_out(text)
