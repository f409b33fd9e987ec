"""Reading files: what is read, and why some are not."""

import os
from pathlib import Path

import pytest

from taskrunner.config.files import read_source
from taskrunner.config.nodes import Source
from taskrunner.errors import Position, Problem


def problem_of(path: Path) -> Problem:
    """Return the problem that keeps a file from being read."""
    found = read_source(str(path))
    assert isinstance(found, Problem)
    return found


def test_a_byte_order_mark_is_left_out(tmp_path: Path) -> None:
    """Editors on Windows write one, and it must not become part of the first key."""
    path = tmp_path / "a.yml"
    path.write_bytes(b"\xef\xbb\xbfa: \xc3\xa9\r\n")

    source = read_source(str(path))

    assert isinstance(source, Source)
    assert source.text == "a: é\r\n"


@pytest.mark.parametrize(
    ("data", "line", "column"),
    [
        (b"a: b\nc\xc3\xa9: \xe9\n", 2, 5),
        (b"\xef\xbb\xbfa\xff", 1, 2),
        (b"\xff\xfea\0", 1, 1),
    ],
)
def test_other_encodings_are_refused(tmp_path: Path, data: bytes, line: int, column: int) -> None:
    """The first byte that is not UTF-8 is named with its place."""
    path = tmp_path / "a.yml"
    path.write_bytes(data)

    problem = problem_of(path)

    assert problem.reference == "config.not-utf-8"
    assert problem.where == Position(str(path), line, column)


def test_what_is_no_file(tmp_path: Path) -> None:
    """Missing files, folders, pipes and impossible names are told apart."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)

    references = [
        problem_of(path).reference
        for path in (tmp_path / "no", tmp_path, pipe, tmp_path / "a\0b", pipe / "x")
    ]

    assert references == [
        "config.file-not-found",
        "config.file-is-folder",
        "config.file-unreadable",
        "config.file-unreadable",
        "config.file-unreadable",
    ]


def test_size_limit(tmp_path: Path) -> None:
    """Ten megabytes are read, and one byte more is not."""
    path = tmp_path / "a.yml"
    path.write_bytes(b"#" * 10_000_000)
    assert isinstance(read_source(str(path)), Source)

    with path.open("ab") as file:
        file.write(b"#")

    assert problem_of(path).reference == "config.file-too-large"
