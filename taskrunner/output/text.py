"""Text that is safe to print, and colours for it.

Names and messages come from config files, engines and registries. On a terminal a control character
in them could move the cursor, change colours or hide what follows, so it is shown instead of obeyed.
"""

import re

__all__ = ["Colours", "encode", "one_line", "plain_output", "several_lines"]

# C0 without tab and newline, DEL, C1, and the characters that reorder text (UAX #9).
_CONTROLS = [
    *(code for code in range(0x20) if code not in (0x09, 0x0A)),
    *range(0x7F, 0xA0),
    0x061C,
    *range(0x200E, 0x2010),
    *range(0x202A, 0x202F),
    *range(0x2066, 0x206A),
]
_SEVERAL_LINES = {code: f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" for code in _CONTROLS}
_ONE_LINE = {**_SEVERAL_LINES, 0x09: " ", 0x0A: " ", 0x0D: " "}

# ECMA-48: control sequences, command strings such as window titles, and two-character escapes.
_ESCAPE_SEQUENCE = r"\x1b(?:\[[0-?]*[ -/]*[@-~]|[\]PX^_][^\x07\x1b]*(?:\x07|\x1b\\)?|[ -/]*[0-~])"


def one_line(text: str) -> str:
    """Return text fit for a part of a line: line breaks become spaces, other controls are shown."""
    return text if text.isprintable() else text.replace("\r\n", "\n").translate(_ONE_LINE)


def several_lines(text: str) -> str:
    """Return text fit for lines of its own: tabs and line breaks stay, other controls are shown."""
    return text if text.isprintable() else text.replace("\r\n", "\n").translate(_SEVERAL_LINES)


def plain_output(text: str) -> str:
    """Return what a program printed as a terminal without colours would leave it on the screen.

    Of a line that was redrawn with carriage returns, the last state stays; blank lines at the end go.
    """
    lines = (_last_state(line) for line in re.sub(_ESCAPE_SEQUENCE, "", text).split("\n"))
    return several_lines("\n".join(lines)).rstrip()


def _last_state(line: str) -> str:
    return line.rstrip("\r").rpartition("\r")[2]


def encode(text: str) -> bytes:
    """Return UTF-8: undecodable bytes of file names as they were, other lone surrogates as `?`."""
    try:
        return text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return text.encode("utf-8", "replace")


class Colours:
    """Wraps text in the terminal's codes for colours, or leaves it alone where `enabled` is False."""

    def __init__(self, *, enabled: bool) -> None:
        self.enabled = enabled

    def bold(self, text: str) -> str:
        """Return bold text."""
        return self._wrapped(text, 1, 22)

    def dim(self, text: str) -> str:
        """Return faint text."""
        return self._wrapped(text, 2, 22)

    def red(self, text: str) -> str:
        """Return red text."""
        return self._wrapped(text, 31, 39)

    def green(self, text: str) -> str:
        """Return green text."""
        return self._wrapped(text, 32, 39)

    def coloured(self, text: str, code: int) -> str:
        """Return text in the colour with this code, 30 to 37 or 90 to 97 (ECMA-48, SGR)."""
        return self._wrapped(text, code, 39)

    def heading(self, text: str, code: int | None = None) -> str:
        """Return bold text, in a colour if given, for the beginning of each line: in few bytes."""
        codes = "1" if code is None else f"1;{code}"
        return f"\x1b[{codes}m{text}\x1b[m" if self.enabled else text

    def _wrapped(self, text: str, on: int, off: int) -> str:
        # Each attribute is ended by its own code, so that bold inside red leaves the red on.
        return f"\x1b[{on}m{text}\x1b[{off}m" if self.enabled and text else text
