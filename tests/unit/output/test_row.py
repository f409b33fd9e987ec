"""A line about one container."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from taskrunner.output.cells import cells, clipped
from taskrunner.output.row import Progress, Row, glyphs
from taskrunner.output.text import Colours, one_line

PLAIN = Colours(enabled=False)
FINE = glyphs("C.UTF-8")

names = st.text(min_size=1, max_size=40).map(one_line)
progresses = st.none() | st.builds(Progress, st.integers(0, 10**12), st.integers(0, 10**12), st.booleans())
moments = st.none() | st.floats(-100, 100)
rows = st.builds(
    Row,
    names,
    st.sampled_from(["waiting", "busy", "done", "failed"]),
    names,
    progresses,
    moments,
    moments,
    names,
)


def drawn(row: Row, width: int, *, now: float = 0.0, locale: str = "C.UTF-8") -> str:
    """Return a row's text without colours."""
    return row.line(now, width, cells(row.name), glyphs(locale), PLAIN).text


@given(row=rows, width=st.integers(20, 250), colour=st.booleans())
def test_a_row_never_wraps(row: Row, width: int, colour: bool) -> None:
    """Whatever a row holds, it leaves the last column free, and knows how many cells it takes."""
    line = row.line(0.0, width, cells(row.name), FINE, Colours(enabled=colour))

    assert line.cells == cells(re.sub(r"\x1b\[\d+m", "", line.text))
    assert line.cells < width


@given(text=names, room=st.integers(0, 50))
def test_clipped_text_fits(text: str, room: int) -> None:
    """Text is cut to the room that it has, and is left alone where it has enough."""
    assert cells(clipped(text, room)) <= room
    assert cells(text) > room or clipped(text, room) == text


PULL = Row("db", "busy", "pulling postgres:16", Progress(61_200_000, 142_600_000, in_bytes=True), since=0.0)


@pytest.mark.parametrize(
    ("width", "expected"),
    [
        (100, "• db  pulling postgres:16 ━━━━━━━━━─────────── 42% 61.2 of 142.6 MB 7s"),
        (60, "• db  pulling postgres:16 42% 61.2 of 142.6 MB 7s"),
        (40, "• db  pulling postgres:16 42% 7s"),
        (30, "• db  pulling postgre… 42% 7s"),
    ],
)
def test_what_matters_most_stays_in_a_narrow_terminal(width: int, expected: str) -> None:
    """The bar goes first, then the bytes, then the time; the percentage stays."""
    assert expected == drawn(PULL, width, now=7.9)


def test_a_countdown_and_what_the_probe_said() -> None:
    """Waiting for health shows the time that is left, and the last probe where there is room."""
    row = Row("db", "busy", "waiting for health", gives_up=30.0, detail="connection refused")

    assert drawn(row, 80, now=2.0) == "• db  waiting for health 28s left · connection refused"
    assert drawn(row, 40, now=99.0) == "• db  waiting for health 0s left"


def test_a_terminal_that_knows_ascii_only() -> None:
    """Where the locale is not UTF-8, the display is drawn with ASCII."""
    row = Row("db", "done", "building", Progress(1, 2, in_bytes=False))

    assert drawn(row, 80, locale="C") == "+ db  building ##########---------- 50%"


def test_an_unknown_total_has_no_percentage() -> None:
    """Where the registry does not say how large an image is, only what is there is told."""
    row = Row("db", "busy", "pulling x", Progress(999, 0, in_bytes=True))

    assert drawn(row, 80) == "• db  pulling x 999 B"


def test_long_names_leave_room_for_what_happens() -> None:
    """A long name is cut in a narrow terminal, and takes a quarter of a wide one at most."""
    row = Row("integration-tests-database", "busy", "starting")

    assert drawn(row, 40) == "• integration-…  starting"
    assert drawn(row, 80) == "• integration-tests-d…  starting"
    assert drawn(row, 120) == "• integration-tests-database  starting"
