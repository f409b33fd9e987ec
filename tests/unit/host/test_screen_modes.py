"""What a full-screen program does to a terminal."""

from itertools import pairwise

import pyte
import pytest
from hypothesis import given
from hypothesis import strategies as st

from taskrunner.host.screen_modes import ScreenModes

VI = b"\x1b[?1049h\x1b[?25l\x1b[?2004h\x1b=text\x1b[2;20r"


def after(*chunks: bytes) -> ScreenModes:
    """Return the modes once all of it was printed."""
    modes = ScreenModes()
    for chunk in chunks:
        modes.note(chunk)
    return modes


@pytest.mark.parametrize(
    ("printed", "undone"),
    [
        (b"plain \x1b[31mtext\x1b[0m", b""),
        (b"\x1b[?1049h", b"\x1b[?1049l\x1b[0m"),
        (b"\x1b[?1049h text \x1b[?1049l", b""),
        (b"\x1b[?25l", b"\x1b[?25h\x1b[0m"),
        (b"\x1b[?25l\x1b[?25h", b""),
        (b"\x1b[?1000;1006h", b"\x1b[?1000l\x1b[?1006l\x1b[0m"),
        (b"\x1b[?1049h\x1b[?1h", b"\x1b[?1l\x1b[?1049l\x1b[0m"),
        (b"\x1b=", b"\x1b>\x1b[0m"),
        (b"\x1b=\x1b>", b""),
        (b"\x1b[3;9r", b"\x1b7\x1b[r\x1b8\x1b[0m"),
        (b"\x1b[3;9r\x1b[r", b""),
        (b"\x1b[?1049h\x1b=\x1b[2;3r\x1bc", b""),
        (b"\x1b[?12h\x1b[?9999l", b""),
    ],
)
def test_what_is_undone(printed: bytes, undone: bytes) -> None:
    """Modes that a program left on are switched off, the alternate screen last, and nothing else is."""
    assert undone == after(printed).undo()


@given(cuts=st.lists(st.integers(0, len(VI)), max_size=5))
def test_chunks_make_no_difference(cuts: list[int]) -> None:
    """A sequence that is cut in two counts as a whole one."""
    places = sorted({0, len(VI), *cuts})
    chunks = [VI[start:end] for start, end in pairwise(places)]

    assert after(VI).undo() == after(*chunks).undo()


def test_a_program_gets_its_screen_back() -> None:
    """After a stop, all modes are as the program had set them."""
    modes = after(VI)
    again = after(modes.redo())

    assert again.undo() == modes.undo()


def test_the_cursor_is_shown_again_on_a_terminal() -> None:
    """A terminal that gets what undoes a program's modes is as it was."""
    screen = pyte.Screen(80, 24)
    stream = pyte.ByteStream(screen)
    before = set(screen.mode)
    stream.feed(VI)
    assert set(screen.mode) != before
    stream.feed(after(VI).undo())

    assert before == {mode for mode in screen.mode if mode in before or mode == pyte.modes.DECTCEM}
    assert not screen.cursor.hidden


def test_forgetting() -> None:
    """Once all is undone, nothing is undone again."""
    modes = after(VI)
    modes.forget()

    assert modes.undo() == b""
