"""Lines out of chunks."""

from collections.abc import Iterable
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from taskrunner.output import lines
from taskrunner.output.lines import LineSplitter

PIECES = st.sampled_from(
    [b"a", b"\n", b"\r", b"\r\n", "é".encode(), "漢🚀".encode(), b"\xff", b"\xe2\x82", b"xyz"]
)
OUTPUT = st.lists(PIECES, max_size=40).map(b"".join)


def split(chunks: Iterable[bytes]) -> list[str]:
    """Return the lines of a stream that comes in these chunks."""
    splitter = LineSplitter()
    blocks = [*map(splitter.feed, chunks), splitter.finish()]
    assert all(not block or block.endswith(b"\n") for block in blocks)
    return b"".join(blocks).decode("utf-8", "surrogateescape").split("\n")[:-1]


@given(OUTPUT, st.lists(st.integers(0, 120)))
def test_any_cut_gives_the_same_lines(data: bytes, cuts: list[int]) -> None:
    """Where the chunks of a stream end, in a character or between CR and LF, makes no difference."""
    places = sorted({0, len(data), *(cut for cut in cuts if cut < len(data))})
    chunks = [data[start:end] for start, end in pairwise(places)]
    assert split(chunks) == split([data])


@given(st.lists(st.text(st.characters(exclude_characters="\r\n", codec="utf-8"), min_size=1)))
def test_plain_lines_come_back(expected: list[str]) -> None:
    """Lines without carriage returns are found as they were printed, with and without the last break."""
    assert split(["\n".join(expected).encode()]) == expected
    assert split(["".join(f"{line}\r\n" for line in expected).encode()]) == expected


def test_empty_lines_stay() -> None:
    """An empty line is a line."""
    assert split([b"a\n\n\r\nb\n"]) == ["a", "", "", "b"]


def test_a_redrawn_line_shows_its_last_state() -> None:
    """A progress bar becomes one line, and does not pile up while it is drawn."""
    splitter = LineSplitter()
    for percent in range(100):
        assert splitter.feed(f"\r{percent}%".encode()) == b""
    assert splitter.feed(b"\r100%\r\n") == b"100%\n"


@pytest.mark.parametrize(("tail", "expected"), [(b"", []), (b"\nnext", ["next"]), (b"rest\n", ["rest"])])
def test_a_line_without_end_is_cut(tail: bytes, expected: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Output without line breaks goes out in pieces, and its line break adds no empty line."""
    monkeypatch.setattr(lines, "LONGEST", 4)
    assert split([b"abcdefgh" + tail]) == ["abcd", "efgh", *expected]


@given(st.lists(st.sampled_from([b"ab", b"\r", b"\n", b"abcde"])).map(b"".join))
def test_cuts_do_not_depend_on_chunks(data: bytes) -> None:
    """Long lines are cut at the same places byte by byte as in one go."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lines, "LONGEST", 4)
        assert split([bytes([byte]) for byte in data]) == split([data])


@given(st.lists(st.sampled_from(["é", "漢", "🚀", "a"])).map("".join))
def test_no_character_is_cut(text: str) -> None:
    """A long line is cut between characters, however many bytes they have."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lines, "LONGEST", 4)
        assert "".join(split([text.encode()])) == text
