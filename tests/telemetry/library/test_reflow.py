"""How text is fitted to a terminal."""

import os
from pathlib import Path

import pytest

from taskrunner import usage_consent
from telemetry.reflow import reflow, terminal_width


@pytest.mark.parametrize("width", [40, 80, 100])
def test_the_policy_fits(width: int) -> None:
    """No word of the policy is broken or lost, and no line is wider than the terminal but a single word."""
    text = usage_consent.policy().whole()

    lines = reflow(text, width).splitlines()
    assert [line for line in lines if len(line) > width and len(line.split()) > 2] == []
    assert _words(text) == _words("\n".join(lines))


def test_blocks_stay_apart() -> None:
    """Headings, items of lists, quotations and blank lines begin a line of their own."""
    text = "# One\ntwo\nthree\n\n- four five\n  six\n- seven\n1. eight\n\n> nine\n> ten eleven\n"

    assert reflow(text, 9) == (
        "# One\ntwo three\n\n- four\n  five\n  six\n- seven\n1. eight\n\n> nine\n> ten\n> eleven\n"
    )


def test_what_is_printed_where_nobody_is_asked_needs_no_fitting() -> None:
    """The policy in short has lines of 80 columns, so that a run without a terminal loads nothing for it."""
    short = usage_consent.policy().short

    assert max(map(len, short.splitlines())) <= 80


def test_no_terminal(tmp_path: Path) -> None:
    """Text for a file has 80 columns."""
    with open(tmp_path / "file", "wb") as file:
        assert terminal_width(file.fileno()) == 80


def test_width_of_a_terminal() -> None:
    """Text for a terminal is as wide as it is, up to 100 columns; one that says nothing has 80."""
    import fcntl
    import pty
    import struct
    import termios

    ours, theirs = pty.openpty()
    try:
        widths = []
        for columns in (0, 40, 250):
            fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
            widths.append(terminal_width(theirs))
    finally:
        os.close(ours)
        os.close(theirs)

    assert widths == [80, 40, 100]


def _words(text: str) -> list[str]:
    return [word for word in text.split() if word != ">"]
