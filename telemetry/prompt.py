"""Questions on a terminal: asked on standard error, answered on standard input, never guessed."""

import os
from collections.abc import Callable, Sequence
from typing import NamedTuple

from telemetry.growth import Addition
from telemetry.policy import Policy
from telemetry.reflow import reflow, terminal_width

__all__ = ["Terminal", "ask", "ask_about", "can_ask", "confirm", "standard_terminal"]


class Terminal(NamedTuple):
    """A person to talk to."""

    read: Callable[[], str]
    """Returns a line with its line break, or nothing at the end of the input."""
    write: Callable[[str], None]
    """Shows text as it is."""
    discard: Callable[[], None] = lambda: None
    """Forgets what was typed before the question could be read: it cannot be an answer to it."""
    width: int = 80
    """Columns that text may take."""

    def show(self, text: str) -> None:
        """Show paragraphs, broken at words."""
        self.write(reflow(text, self.width))


def can_ask() -> bool:
    """Return whether standard input and standard error are a terminal whose foreground is ours."""
    try:
        # A job in the background that reads from its terminal is stopped (tcgetpgrp(3), SIGTTIN).
        return os.isatty(2) and os.isatty(0) and os.tcgetpgrp(0) == os.getpgrp()
    except OSError:
        return False


def standard_terminal() -> Terminal:
    """Return the terminal of this process: descriptors 0 and 2."""
    return Terminal(_read_line, _write, _discard, terminal_width(2))


def ask(terminal: Terminal, name: str, policy: Policy) -> str | None:
    """Show the policy in short, and ask whether telemetry may be on.

    Returns `yes`, `no`, or None where the input ended without an answer. `p` shows the whole policy.
    Raises KeyboardInterrupt for Ctrl-C, which ends the command and is no answer either.
    """
    terminal.show(f"{policy.short.rstrip()}\n\nTo read it before you answer, type p.\n\n")
    question = f"Is it OK for {name} to collect and report this information? (Y/n) "
    return _answer(terminal, question, lambda: terminal.show(f"\n{policy.whole().rstrip()}\n\n"))


def ask_about(terminal: Terminal, name: str, additions: Sequence[Addition]) -> str | None:
    """Show what a newer catalogue adds, with the reasons, and ask for it; returns what `ask` returns."""
    terminal.show(f"This version of {name} can report more than you agreed to. New since then:\n")
    for addition in additions:
        terminal.show(
            f"- {addition.name} (level {addition.level}): {addition.question}\n{addition.identifying}"
        )
    terminal.show("With a no, what you agreed to before goes on, and nothing is added.\n\n")
    return _answer(terminal, f"Is it OK for {name} to collect and report this too? (Y/n) ", None)


def confirm(terminal: Terminal, question: str) -> bool:
    """Ask a question where only a clear yes is a yes; end of input is a no."""
    terminal.discard()
    terminal.write(f"{question} (y/N) ")
    line = terminal.read()
    if not line:
        terminal.write("\n")
    return line.strip().lower().startswith("y")


def _answer(terminal: Terminal, question: str, show_policy: Callable[[], None] | None) -> str | None:
    terminal.discard()
    while True:
        terminal.write(question)
        line = terminal.read()
        word = line.strip().lower()
        if not line:
            terminal.write("\n")
            return None
        if not word or word.startswith("y"):
            return "yes"
        if word.startswith("n"):
            return "no"
        if word == "p" and show_policy:
            show_policy()
        elif show_policy:
            terminal.write("Please answer y for yes, n for no, or p to read the whole policy first.\n")
        else:
            terminal.write("Please answer y for yes or n for no.\n")


def _read_line() -> str:
    """Read one line and not a byte more: what follows it is the task's."""
    line = bytearray()
    while not line.endswith(b"\n"):
        try:
            byte = os.read(0, 1)
        except OSError:
            return ""  # the terminal was hung up
        if not byte:
            return ""  # half a line and no Enter is no answer
        line += byte
    return line.decode(errors="replace")


def _write(text: str) -> None:
    data = text.encode(errors="replace")
    try:
        while data:
            data = data[os.write(2, data) :]
    except OSError:
        return  # nobody can see it; the input that then ends is no answer


def _discard() -> None:
    import termios

    try:
        termios.tcflush(0, termios.TCIFLUSH)
    except termios.error:
        return
