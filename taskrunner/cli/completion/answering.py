"""`taskrunner completion --complete …`: what the scripts call at each press of the key.

A person waits for it, so nothing is imported but what answers: no command-line library, no config model.
"""

import os
import sys

from taskrunner._version import VERSION
from taskrunner.cli.completion.words import Answer, answer, read_table, split_line

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from taskrunner.cli.completion.words import Row

__all__ = ["complete", "is_question"]

_LENGTHS = {"bash": 5, "zsh": 2, "fish": 2}

# Values of COMP_TYPE: bash is about to list what there is, and inserts nothing.
_BASH_LISTS = ("33", "63", "64")
_NARROWEST = 20


def is_question(arguments: "Sequence[str]") -> bool:
    """Return whether these are what a script hands over; otherwise a person tried it out."""
    return len(arguments) == _LENGTHS.get(arguments[0] if arguments else "")


def complete(arguments: "Sequence[str]") -> int:
    """Answer a script; return the exit code.

    The arguments are the shell's name and the line up to the cursor. For bash, COMP_TYPE, the width of the
    terminal and COMP_WORDBREAKS stand between them. The table is on standard input, after a line with the
    version that made it. The first line of the answer is what kind it is, with ` open` behind it where the
    word goes on; then there is a line a word, with a tab before its description.
    """
    shell, *settings, line = arguments
    words = split_line(line)
    found = answer(_table(), words, _lookup)
    is_open = bool(found.words) and all(word.endswith("=") for word, _ in found.words)
    print(found.kind + (" open" if is_open else ""))
    lines = _for_bash(found, words[-1], settings) if shell == "bash" else _with_tabs(found)
    sys.stdout.writelines(f"{each}\n" for each in lines)
    return 0


def _table() -> "list[Row]":
    version, _, text = sys.stdin.read().partition("\n")
    if version != VERSION:
        # The script is of another release: slower, but right.
        from taskrunner.cli.completion.table import table

        text = table()
    return read_table(text)


def _lookup(kind: str, config_file: "str | None") -> "list[tuple[str, str]]":
    from taskrunner.cli.completion.names import names

    path = os.path.expanduser(config_file) if config_file else None
    return [(_printable(word), _printable(text)) for word, text in names(kind, path) if word]


def _printable(text: str) -> str:
    """Return the first line of a text, without what a terminal would obey."""
    first = text.strip().split("\n", 1)[0]
    return "".join(character if character.isprintable() else " " for character in first)


def _with_tabs(found: Answer) -> "list[str]":
    return [f"{word}\t{text}" for word, text in found.words]


def _for_bash(found: Answer, current: str, settings: "Sequence[str]") -> "list[str]":
    """Return words that go on from the current one, cut as bash cuts words, with descriptions for a list."""
    kind, width, breaks = settings
    fitting = [(word, text) for word, text in found.words if word.startswith(current)]
    cut = max(current.rfind(sign) + 1 if sign in breaks else 0 for sign in "=:")
    words = [(word[cut:], text) for word, text in fitting]
    if kind not in _BASH_LISTS or len(words) < 2 or not any(text for _, text in words):
        return [word for word, _ in words]
    longest = max(len(word) for word, _ in words)
    room = max(int(width) if width.isdecimal() else 80, _NARROWEST) - longest - 5
    return [f"{word:{longest}}  ({_shortened(text, room)})" if text else word for word, text in words]


def _shortened(text: str, room: int) -> str:
    return text if len(text) <= room else text[: max(room - 1, 0)] + "…"
