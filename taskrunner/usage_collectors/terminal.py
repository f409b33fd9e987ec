"""The shell, the terminal, and whether anybody looks at it."""

import os
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from taskrunner.usage_collectors.answers import Topic

__all__ = ["FIELDS", "collect"]

_TOPIC: Final = Topic(
    proposal="0003-terminal",
    level="middle",
    gathered="An environment variable, looked up in a list of known values.",
    load="One look-up.",
    identifying="Only values of the list are told; whatever else somebody wrote there is `other`.",
    alternatives="The variable as it is, which people put names into.",
)
_STREAM: Final = _TOPIC._replace(
    gathered="The operating system is asked about the descriptor.",
    identifying="True or false.",
    alternatives="The terminal's device, which says more than the question needs.",
)

_SHELLS: Final = (
    "bash", "zsh", "fish", "sh", "dash", "ash", "ksh", "mksh", "tcsh", "csh", "nu", "pwsh", "elvish", "xonsh",
)  # fmt: skip
_TERMINALS: Final = (
    "xterm", "xterm-256color", "xterm-color", "xterm-kitty", "xterm-ghostty", "screen", "screen-256color",
    "tmux", "tmux-256color", "linux", "dumb", "alacritty", "foot", "rxvt", "rxvt-unicode",
    "rxvt-unicode-256color", "wezterm", "vt100", "vt220", "ansi", "cygwin", "konsole-256color",
    "gnome-256color", "iterm2", "eterm-color", "st-256color", "none",
)  # fmt: skip

FIELDS: Final = (
    _TOPIC.enum("shell", "For which shells are completions worth their upkeep?", _SHELLS),
    _TOPIC.enum("terminalType", "Which abilities of terminals can the output rely on?", _TERMINALS),
    _STREAM.flag("stdinIsTerminal", "How often is there somebody who could be asked?"),
    _STREAM.flag("stdoutIsTerminal", "How often is the output read by a person?"),
    _STREAM.flag("stderrIsTerminal", "How often are notices read by a person?"),
)


def collect(
    environment: Mapping[str, str], terminals: Sequence[bool] | None = None
) -> Iterator[tuple[str, object]]:
    """Give the fields' values; `terminals` says of descriptors 0, 1 and 2 whether they were terminals."""
    if environment.get("SHELL"):
        yield "shell", os.path.basename(environment["SHELL"])
    yield "terminalType", environment.get("TERM") or "none"
    names = ("stdinIsTerminal", "stdoutIsTerminal", "stderrIsTerminal")
    yield from zip(names, terminals or map(os.isatty, range(3)), strict=True)
