"""Errors as a person sees them."""

from collections.abc import Callable
from pathlib import Path

import pytest

from taskrunner.errors import ConfigError, EngineError, Position, Problem, UserError
from taskrunner.output.problems import display_path, render_error

Show = Callable[..., str]


@pytest.fixture
def show(tmp_path: Path) -> Show:
    """Give a function that writes a file and renders one problem in it."""

    def rendered(
        content: str | bytes, line: int, column: int, width: int = 1, *, hint: str | None = None
    ) -> str:
        file = tmp_path / "taskrunner.yml"
        file.write_bytes(content.encode() if isinstance(content, str) else content)
        problem = Problem("config.wrong", "This is wrong.", Position(str(file), line, column, width), hint)
        return render_error(ConfigError([problem]), colour=False, cwd=str(tmp_path))

    return rendered


def test_a_problem_with_its_place(show: Show) -> None:
    """A problem comes with its place, its reference, its line, a caret below the part meant, and a hint."""
    assert show("tasks:\n  a:\n    rnu: x\n", 3, 5, 3, hint="Did you mean 'run'?") == (
        "taskrunner.yml:3:5: This is wrong. [config.wrong]\n      rnu: x\n      ^^^\n  Did you mean 'run'?"
    )


@pytest.mark.parametrize(
    ("source", "column", "width", "expected"),
    [
        ("a:\tbad", 4, 3, ["  a:    bad", "        ^^^"]),
        ("\t\tbad", 3, 3, ["          bad", "          ^^^"]),
        ("漢字: bad", 5, 3, ["  漢字: bad", "        ^^^"]),
        ("a: 漢字", 4, 2, ["  a: 漢字", "     ^^^^"]),
        ("e\u0301te\u0301: bad", 8, 3, ["  e\u0301te\u0301: bad", "       ^^^"]),
        ("a: \x1b[0m", 4, 1, ["  a: \\x1b[0m", "     ^^^^"]),
        ("a:", 3, 1, ["  a:", "    ^"]),
        ("a: b", 4, 99, ["  a: b", "     ^"]),
        ("a: b", 99, 1, ["  a: b", "      ^"]),
        ("", 1, 1, ["  ", "  ^"]),
    ],
    ids=["tab", "tabs", "wide", "wide-meant", "combining", "control", "end", "too-wide", "beyond", "empty"],
)
def test_the_caret_stands_below_what_is_meant(
    source: str, column: int, width: int, expected: list[str], show: Show
) -> None:
    """Tabs, wide letters, combining marks and control characters do not move the caret."""
    assert show(f"first\n{source}\nlast\n", 2, column, width).splitlines()[1:] == expected


@pytest.mark.parametrize("line_break", ["\n", "\r\n", "\r"])
def test_line_breaks_of_other_systems(line_break: str, show: Show) -> None:
    """A file may have any line breaks that YAML has; none of them is shown."""
    text = show(line_break.join(["a: 1", "b: 2", "c: 3"]), 2, 4)
    assert text.splitlines()[1:] == ["  b: 2", "     ^"]


def test_a_byte_order_mark_is_no_column(show: Show) -> None:
    """A mark at the start of a file does not move the caret of its first line."""
    assert show(b"\xef\xbb\xbfab: 1\n", 1, 1, 2).splitlines()[1:] == ["  ab: 1", "  ^^"]


@pytest.mark.parametrize("column", [1, 30, 500, 990, 1000])
def test_a_long_line_is_cut_around_the_caret(column: int, show: Show) -> None:
    """Of a very long line, the part around the caret is shown, and what is missing is marked."""
    source = "".join(str(place % 10) for place in range(1, 1001))
    line, caret = show(source, 1, column).splitlines()[1:]
    assert len(line) <= 104
    assert line[caret.index("^")] == str(column % 10)
    assert line.startswith("  …") == (column > 41)
    assert line.endswith("…") == (column < 940)


def test_a_long_line_of_wide_letters_is_cut_by_its_width(show: Show) -> None:
    """Letters that take two cells count twice."""
    line, caret = show("漢" * 300 + "x" + "字" * 300, 1, 301).splitlines()[1:]
    before = line[: line.index("x")]
    assert caret.index("^") == 2 + 1 + 2 * before.count("漢")
    assert line.count("漢") + line.count("字") <= 52


def test_a_file_that_is_gone_costs_its_lines_only(tmp_path: Path) -> None:
    """A problem in a file that cannot be read any more still says what and where."""
    place = Position(str(tmp_path / "gone.yml"), 3, 5)
    error = ConfigError([Problem("config.wrong", "This is wrong.", place, "Mend it.")])
    assert render_error(error, colour=False, cwd=str(tmp_path)) == (
        "gone.yml:3:5: This is wrong. [config.wrong]\n  Mend it."
    )


@pytest.mark.parametrize("line", [0, 4])
def test_a_line_that_does_not_exist_is_not_shown(line: int, show: Show) -> None:
    """A file that became shorter since it was read does not break the message."""
    assert show("a\nb\nc", line, 1) == f"taskrunner.yml:{line}:1: This is wrong. [config.wrong]"


def test_bytes_that_are_no_text_are_replaced(show: Show) -> None:
    """A file in another encoding is shown as well as that goes."""
    assert show(b"a: caf\xe9\n", 1, 4, 4).splitlines()[1:] == ["  a: caf\ufffd", "     ^^^^"]


def test_problems_come_in_the_order_of_the_file(tmp_path: Path) -> None:
    """Problems are sorted by place, those without one first, and counted."""
    one, two = str(tmp_path / "one.yml"), str(tmp_path / "two.yml")
    error = ConfigError(
        [
            Problem("c.d", "d", Position(one, 10, 1)),
            Problem("c.e", "e", Position(two, 1, 1)),
            Problem("c.c", "c", Position(one, 2, 9)),
            Problem("c.b", "b", Position(one, 2, 1)),
            Problem("c.a", "a", None, "Do this.\nAnd that."),
        ]
    )
    assert render_error(error, colour=False, cwd=str(tmp_path)) == (
        "Error: a [c.a]\nDo this.\nAnd that.\n\n"
        "one.yml:2:1: b [c.b]\n\none.yml:2:9: c [c.c]\n\none.yml:10:1: d [c.d]\n\n"
        "two.yml:1:1: e [c.e]\n\n"
        "5 problems were found."
    )


@pytest.mark.parametrize("kind", [UserError, EngineError])
def test_errors_without_a_place(kind: type[UserError | EngineError]) -> None:
    """Other errors are a sentence, a reference and a hint, safe to print."""
    error = kind("engine.down", "No engine\x1b[2J answers.", "Start one.")
    expected = "Error: No engine\\x1b[2J answers. [engine.down]\nStart one."
    assert render_error(error, colour=False, cwd="/") == expected


def test_colours(tmp_path: Path) -> None:
    """The place is bold, the message and the caret red, and the reference faint."""
    file = tmp_path / "a.yml"
    file.write_text("x")
    error = ConfigError([Problem("c.a", "no", Position(str(file), 1, 1))])
    assert render_error(error, colour=True, cwd=str(tmp_path)) == (
        "\x1b[1ma.yml:1:1:\x1b[22m \x1b[31mno\x1b[39m \x1b[2m[c.a]\x1b[22m\n  x\n  \x1b[31m^\x1b[39m"
    )


@pytest.mark.parametrize(
    ("path", "cwd", "expected"),
    [
        ("/p/shop/batect.yml", "/p/shop", "batect.yml"),
        ("/p/shop/batect.yml", "/p/shop/src", "../batect.yml"),
        ("/a.yml", "/p/shop/src", "/a.yml"),
        (
            "https://example.com/bundle.git@1.0: batect.yml",
            "/p",
            "https://example.com/bundle.git@1.0: batect.yml",
        ),
    ],
)
def test_paths_are_short(path: str, cwd: str, expected: str) -> None:
    """A path is relative to the current folder where that is shorter, and only if it is a path."""
    assert display_path(path, cwd) == expected


@pytest.mark.parametrize("columns", [1, 30, 40, 200])
def test_a_narrow_terminal(columns: int, tmp_path: Path) -> None:
    """A source line never wraps where a terminal has room for twenty characters, and the caret is right."""
    file = tmp_path / "taskrunner.yml"
    file.write_text("x" * 60 + "Y" + "z" * 200)
    problem = Problem("config.wrong", "This is wrong.", Position(str(file), 1, 61, 1), None)
    text = render_error(ConfigError([problem]), colour=False, cwd=str(tmp_path), columns=columns)
    _, line, caret = text.splitlines()

    assert len(line) <= max(columns, 24)
    assert line[caret.index("^")] == "Y"
