"""Text that is safe to print."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from taskrunner.output.text import Colours, one_line, plain_output, several_lines


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain", "plain"),
        ("naïve 漢字 🚀", "naïve 漢字 🚀"),
        ("a\tb\nc\r\nd\re", "a b c d e"),
        ("\x1b[31mred\x07", "\\x1b[31mred\\x07"),
        ("\x7f\x9b", "\\x7f\\x9b"),
        ("abc\u202edcba", "abc\\u202edcba"),
    ],
)
def test_one_line(text: str, expected: str) -> None:
    """Line breaks become spaces, other controls are shown, and letters of any script stay."""
    assert one_line(text) == expected


def test_several_lines_keeps_lines_and_tabs() -> None:
    """A message keeps its lines; a carriage return that is no line break is shown."""
    assert several_lines("a\r\nb\tc\rd\x1b") == "a\nb\tc\\x0dd\\x1b"


@given(st.text())
def test_nothing_that_controls_a_terminal_gets_through(text: str) -> None:
    """Whatever the text, what is printed of it holds no control character but tab and line break."""
    controls = {*map(chr, range(0x20)), *map(chr, range(0x7F, 0xA0))}
    assert controls.isdisjoint(one_line(text))
    assert controls & set(several_lines(text)) <= {"\t", "\n"}
    assert controls & set(plain_output(text)) <= {"\t", "\n"}


@pytest.mark.parametrize(
    ("output", "expected"),
    [
        ("\x1b[1;31merror\x1b[0m: no\n\n", "error: no"),
        ("\x1b]0;title\x07text\x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\", "textlink"),
        ("10%\r50%\r100%\ndone\r\n", "100%\ndone"),
        ("\x1b(Bplain\x1b=", "plain"),
        ("bell\x07", "bell\\x07"),
    ],
)
def test_plain_output(output: str, expected: str) -> None:
    """Captured output loses colours, titles and redrawn states, and keeps its text."""
    assert plain_output(output) == expected


def test_colours_nest() -> None:
    """The end of bold leaves the red around it on."""
    colours = Colours(enabled=True)
    assert colours.red(f"a {colours.bold('b')} c") == "\x1b[31ma \x1b[1mb\x1b[22m c\x1b[39m"


def test_colours_that_are_off_change_nothing() -> None:
    """Without colours, text stays as it is."""
    colours = Colours(enabled=False)
    assert colours.bold(colours.dim(colours.green(colours.coloured("text", 35)))) == "text"
