"""A block of lines that is redrawn in place."""

import time
from collections.abc import Callable, Iterator

import pytest

from taskrunner.output.painter import Painter, reflows
from taskrunner.output.row import Line
from tests.unit.output.emulator import Emulator
from tests.unit.output.screen import Screen


class Stage:
    """A painter, the lines that it draws, and the terminal that they end up on."""

    def __init__(self, screen: Screen) -> None:
        self.screen = screen
        self.emulator = Emulator(screen, rows=10, columns=40)
        self.painter = Painter(screen.console, wraps=False, size=lambda: self.emulator.size)
        self.lines = ["one", "two", "three"]
        self.limits: list[int] = []

    def draw(self, height: int, width: int, now: float) -> list[Line]:
        """Return the lines, as a block does."""
        self.limits.append(height)
        return [Line(text[: width - 1], len(text[: width - 1])) for text in self.lines[:height]]

    def begin(self) -> None:
        """Draw the first frame."""
        self.painter.begin(self.draw)
        self.wait(lambda: self.screen.raw_out != b"")

    def change(self, *lines: str) -> bytes:
        """Draw other lines, and return what that wrote."""
        before = len(self.screen.raw_out)
        self.lines = list(lines)
        self.painter.touch()
        self.wait(lambda: len(self.screen.raw_out) > before)
        return self.screen.raw_out[before:]

    def wait(self, done: Callable[[], bool]) -> None:
        """Wait until something is drawn."""
        until = time.monotonic() + 30
        while not done():
            assert time.monotonic() < until, "nothing is drawn"
            time.sleep(0.01)


@pytest.fixture
def stage(screen: Screen) -> Iterator[Stage]:
    """Give a painter at work."""
    made = Stage(screen)
    made.begin()
    yield made
    made.painter.freeze()


def test_only_what_changed_is_written(stage: Stage) -> None:
    """A frame goes up to the line that changed, writes it, and leaves the others alone."""
    written = stage.change("one", "2", "three")

    assert written == b"\r\x1b[2A2\x1b[K\r\n\n"
    assert stage.emulator.look() == ["one", "2", "three"]


def test_lines_come_and_go(stage: Stage) -> None:
    """A block that grows or shrinks leaves nothing behind."""
    stage.change("one", "two", "three", "four")
    assert stage.emulator.look() == ["one", "two", "three", "four"]
    stage.change("uno")
    assert stage.emulator.look() == ["uno"]


def test_what_stood_before_stays(screen: Screen) -> None:
    """Lines above the block are never touched, also where the terminal has to scroll."""
    above = [f"above {number}" for number in range(9)]
    screen.console.print_out("\n".join(above))
    made = Stage(screen)
    made.painter.begin(made.draw)
    made.wait(lambda: b"three" in screen.raw_out)
    for number in range(5):
        made.change("one", f"two {number}", "three")
    made.painter.freeze()
    screen.console.print_out("below")

    assert made.emulator.look() == [*above, "one", "two 4", "three", "below"]


def test_a_narrower_terminal_that_cuts_lines(stage: Stage) -> None:
    """After a change of size, the block stands where it stood."""
    stage.emulator.resize(rows=10, columns=20)
    stage.change("one", "two", "3" * 30)

    assert stage.emulator.look() == ["one", "two", "3" * 19]


def test_a_narrower_terminal_that_wraps_lines(screen: Screen) -> None:
    """Where lines wrap when a terminal is made narrower, the block begins so many lines higher."""
    size = [10, 40]
    painter = Painter(screen.console, wraps=True, size=lambda: (size[0], size[1]))
    lines = [Line("x" * 30, 30), Line("y", 1)]
    painter.begin(lambda _height, _width, _now: lines)
    until = time.monotonic() + 30
    while not screen.raw_out and time.monotonic() < until:
        time.sleep(0.01)
    size[1] = 20
    before = len(screen.raw_out)
    painter.freeze()

    # Two lines of 20 hold the first, so that it is three lines up.
    assert screen.raw_out[before:].startswith(b"\r\x1b[3A\x1b[J")


def test_no_more_lines_than_fit_and_all_of_them_at_the_end(stage: Stage) -> None:
    """While it is redrawn, a block leaves a line for the cursor; its last state is shown whole."""
    assert stage.limits[0] == 9
    stage.lines = [f"line {number}" for number in range(15)]
    stage.painter.freeze()

    assert stage.emulator.look() == [f"line {number}" for number in range(15)]


def test_at_most_twenty_frames_a_second(stage: Stage) -> None:
    """However often something changes, frames keep their distance."""
    stage.limits.clear()
    began = time.monotonic()
    while time.monotonic() - began < 0.5:
        stage.lines[0] = str(time.monotonic())
        stage.painter.touch()
        time.sleep(0.001)

    assert 1 <= len(stage.limits) <= (time.monotonic() - began) * 20 + 1


def test_others_may_print_meanwhile(stage: Stage) -> None:
    """While others have the terminal nothing is drawn, and then all of it below what they printed."""
    with stage.painter.away():
        stage.screen.console.print_out("[1]+ Stopped")
        drawn = len(stage.limits)
        time.sleep(0.3)
        assert len(stage.limits) == drawn
    stage.change("one", "two", "four")

    assert stage.emulator.look()[-3:] == ["one", "two", "four"]
    assert "[1]+ Stopped" in stage.emulator.look()


def test_freezing_twice_is_harmless(stage: Stage) -> None:
    """Once frozen, a block stays as it is."""
    stage.painter.freeze()
    stage.lines = ["other"]
    stage.painter.freeze()
    stage.painter.touch()

    assert stage.emulator.look() == ["one", "two", "three"]


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({"TERM": "xterm-256color"}, True),
        ({"TERM": "xterm", "XTERM_VERSION": "XTerm(379)"}, False),
        ({"TERM": "screen", "TMUX": "/tmp/tmux,1,0"}, True),
        ({"TERM": "screen"}, False),
        ({"TERM": "linux"}, False),
    ],
)
def test_terminals_that_wrap(environment: dict[str, str], expected: bool) -> None:
    """Most terminals wrap the lines that they show when they become narrower; a few cut them."""
    assert expected == reflows(environment)
