"""The `fancy` style: a line for each container that is kept up to date until the task's own output begins.

That output passes untouched; then comes a line of clean-up, and the result. Whatever has to stay on the
screen, such as a failure, is printed below the block, which is drawn for the last time before.
"""

import os
from collections.abc import Mapping

from taskrunner.execution import events as e
from taskrunner.exit_codes import BROKEN_PIPE
from taskrunner.host.terminal import Terminal
from taskrunner.output import words
from taskrunner.output.blocks import Block, CleanUpBlock, TaskBlock
from taskrunner.output.console import Console
from taskrunner.output.failures import Explainer, leftovers_removed, render, render_kept, task_failed
from taskrunner.output.painter import Painter, reflows
from taskrunner.output.row import glyphs

__all__ = ["Fancy"]


class Fancy:
    """Draws progress on standard output, which is a terminal, and prints failures to standard error.

    `terminal` is the person's keyboard, whose echo would tear the block apart; None where it is none.
    """

    def __init__(
        self,
        console: Console,
        explainer: Explainer,
        painter: Painter | None = None,
        *,
        terminal: Terminal | None = None,
        environment: Mapping[str, str] = os.environ,
    ) -> None:
        self._console = console
        self._explainer = explainer
        self._painter = painter or Painter(console, wraps=reflows(environment))
        self._terminal = terminal
        self._look = glyphs(_locale(environment))
        self._block: Block | None = None
        self._main: str | None = None
        self._last = True
        self._colours_left_on = False

    def on_event(self, event: e.Event, at: float) -> None:
        """Take note of an event, and let the painter show it soon."""
        if self._block is not None:
            self._block.note(event, at)
            self._painter.touch()
        explanation = self._explainer.explain(event)
        if explanation is not None:
            self._complain(render(explanation, self._console.err_colours))
        else:
            self._on_task_event(event, at)

    def on_output(self, container: str, stream: e.Stream, data: bytes) -> None:
        """Pass on what the main container printed."""
        if container == self._main:
            self._colours_left_on = True
            write = self._console.write_out if stream == "stdout" else self._console.write_err
            write(data)

    def _on_task_event(self, event: e.Event, at: float) -> None:
        colours = self._console.out_colours
        match event:
            case e.TaskStarted(main=main, last=last):
                self._main, self._last = main, last
                self._begin(event)
            case e.ContainerStarting(container=container) if container == self._main:
                self._freeze()
                self._console.print_out()
            case e.CleanupStarted(containers=containers):
                self._freeze()
                if containers:
                    self._say("")
                    self._show(CleanUpBlock(containers, at, self._look, colours))
            case e.CleanupFinished():
                self._freeze()
            case e.TaskSkipped(main=main, last=last):
                self._main, self._last = main, last
                self._say(words.skipped(event, colours))
            case e.TaskDue() | e.WatchWaiting() | e.WatchTriggered():
                self._freeze()
                self._say(words.of_loop(event, colours))
            case e.TaskFinished():
                self._say_finished(event)
            case _:
                self._on_aftermath(event)

    def _on_aftermath(self, event: e.Event) -> None:
        match event:
            case e.ResourcesKept():
                if text := render_kept(event, self._console.err_colours):
                    self._complain(text)
            case e.TaskFailed(task=task, exit_code=code) if code != BROKEN_PIPE:
                self._complain(self._console.err_colours.red(task_failed(task)))
            case e.ConfigRefused():
                self._complain(words.refused(event, self._console.err_colours))
            case e.ShellOpened() | e.ShellFailed():
                self._complain(words.shell(event, self._console.err_colours) or "")
            case e.LeftoversRemoved():
                self._say(leftovers_removed(event))

    def _begin(self, event: e.TaskStarted) -> None:
        colours = self._console.out_colours
        if event.main is None:
            self._say(words.nothing_to_run(event.task, colours))
            return
        self._say(words.running(event.task, colours))
        self._show(TaskBlock(event, self._look, colours))

    def _say_finished(self, event: e.TaskFinished) -> None:
        if self._main is not None:
            self._say(words.finished(event, self._console.out_colours))
        if not self._last:
            self._say("")

    def _complain(self, text: str) -> None:
        self._freeze()
        self._end_colours()
        self._console.print_err("\n" + text)

    def _say(self, text: str) -> None:
        self._end_colours()
        self._console.print_out(text)

    def _show(self, block: Block) -> None:
        self._block = block
        if self._terminal is not None:
            self._terminal.hush(self._painter.away)
        self._painter.begin(block.lines)

    def _freeze(self) -> None:
        if self._block is None:
            return
        self._painter.freeze()
        self._block = None
        if self._terminal is not None:
            self._terminal.leave()

    def _end_colours(self) -> None:
        """End what a container left on: its colours would run into our own lines."""
        if self._colours_left_on:
            self._colours_left_on = False
            if self._console.out_colours.enabled:
                self._console.end_colours()


def _locale(environment: Mapping[str, str]) -> str:
    """Return the locale for characters. Source: POSIX, 8.2: the first of these that is set and not empty."""
    return environment.get("LC_ALL") or environment.get("LC_CTYPE") or environment.get("LANG") or ""
