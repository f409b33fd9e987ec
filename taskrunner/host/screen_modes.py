"""What a full-screen program does to a terminal, and how to undo it where the program could not.

Source of the sequences: xterm's "Control Sequences" (DEC private modes, DECSTBM, DECKPAM).
"""

import re

__all__ = ["ScreenModes"]

_SEQUENCE = rb"\x1b(?:\[\?([0-9;]+)([hl])|\[([0-9;]*)r|([=>c]))"
_UNFINISHED = rb"\x1b(?:\[[?0-9;]{0,40})?\Z"

_ALTERNATE_SCREENS = frozenset({47, 1047, 1049})
_ON_FROM_THE_START = frozenset({7, 25})
"""Lines that wrap, and the cursor."""
_WATCHED = (
    {1, 66, 2004}  # cursor keys, keypad, bracketed paste
    | {9, 1000, 1001, 1002, 1003, 1004, 1005, 1006, 1015, 1016}  # mouse and focus
    | _ON_FROM_THE_START
    | _ALTERNATE_SCREENS
)


class ScreenModes:
    """Follows which modes are not as a terminal has them from the start."""

    def __init__(self) -> None:
        self._changed: dict[int, None] = {}
        """In the order in which they were changed."""
        self._keypad = False
        self._region = b""
        self._rest = b""

    def note(self, data: bytes) -> None:
        """Take note of what is printed; where chunks begin and end makes no difference."""
        if self._rest:
            data = self._rest + data
            self._rest = b""
        if b"\x1b" not in data:
            return
        for sequence in re.finditer(_SEQUENCE, data):
            self._obey(sequence)
        if (unfinished := re.search(_UNFINISHED, data[-48:])) is not None:
            self._rest = unfinished[0]

    def undo(self) -> bytes:
        """Return what makes the terminal as it was; nothing where it is."""
        modes = [mode for mode in self._changed if mode not in _ALTERNATE_SCREENS]
        screens = [mode for mode in self._changed if mode in _ALTERNATE_SCREENS]
        parts = [_switch(mode, on=mode in _ON_FROM_THE_START) for mode in (*modes, *screens)]
        if self._keypad:
            parts.append(b"\x1b>")
        if self._region:
            # It also moves the cursor, which is put back.
            parts.append(b"\x1b7\x1b[r\x1b8")
        return b"".join(parts) + b"\x1b[0m" if parts else b""

    def redo(self) -> bytes:
        """Return what makes the terminal as the program had it."""
        parts = [_switch(mode, on=mode not in _ON_FROM_THE_START) for mode in self._changed]
        if self._keypad:
            parts.append(b"\x1b=")
        if self._region:
            parts.append(b"\x1b7\x1b[" + self._region + b"r\x1b8")
        return b"".join(parts)

    def forget(self) -> None:
        """Take it that all is as it was."""
        self._changed.clear()
        self._keypad, self._region, self._rest = False, b"", b""

    def _obey(self, sequence: re.Match[bytes]) -> None:
        modes, switch, region, other = sequence.groups()
        if modes is not None:
            for text in modes.split(b";"):
                self._set(int(text or b"0"), on=switch == b"h")
        elif region is not None:
            self._region = region
        elif other == b"c":
            self.forget()
        else:
            self._keypad = other == b"="

    def _set(self, mode: int, *, on: bool) -> None:
        if mode not in _WATCHED:
            return
        self._changed.pop(mode, None)
        if on != (mode in _ON_FROM_THE_START):
            self._changed[mode] = None


def _switch(mode: int, *, on: bool) -> bytes:
    return b"\x1b[?%d%s" % (mode, b"h" if on else b"l")
