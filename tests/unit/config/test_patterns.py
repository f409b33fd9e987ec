"""Includes by pattern: which files match, and in which order."""

from pathlib import Path

import pytest

from taskrunner.config import patterns
from taskrunner.config.loader import load
from tests.unit.config.projects import problems, write


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Give a folder with config files in it."""
    names = ("b.yml", "a.yml", ".hidden.yml", "c.txt", "x/one.yml", "y/one.yml", ".z/one.yml", "d.yml/e.yml")
    for name in names:
        file = tmp_path / name
        file.parent.mkdir(exist_ok=True)
        file.touch()
    (tmp_path / "x" / "back").symlink_to(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("*.yml", ["a.yml", "b.yml"]),
        (".*.yml", [".hidden.yml"]),
        ("?.txt", ["c.txt"]),
        ("[ab].yml", ["a.yml", "b.yml"]),
        ("*/one.yml", ["x/one.yml", "y/one.yml"]),
        ("x/*/b.yml", ["x/back/b.yml"]),
        ("nothing/*.yml", []),
        ("*.nothing", []),
    ],
)
def test_matches(folder: Path, pattern: str, expected: list[str]) -> None:
    """Files alone match, sorted; hidden ones only where the pattern says so."""
    found = patterns.matching(str(folder / pattern))

    assert found.files == tuple(str(folder / name) for name in expected)


def test_folders_that_were_looked_into(folder: Path) -> None:
    """Every folder is told in which a new file could match."""
    found = patterns.matching(str(folder / "*" / "one.yml"))

    assert sorted(found.folders) == [str(folder), *(str(folder / name) for name in ("d.yml", "x", "y"))]


def test_a_pattern_ends(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A pattern that leads through too many folders is given up."""
    monkeypatch.setattr(patterns, "_MOST_NAMES", 20)

    with pytest.raises(patterns.PatternTooWide):
        patterns.matching(str(folder / "*/*/*/*"))


def test_including_by_pattern(tmp_path: Path) -> None:
    """Each file that matches is included once, in order, and a file never includes itself again."""
    path = write(tmp_path / "shop", "include: ['*.yml', 'parts/*.yml', parts/a.yml]\ncontainers: {}")
    for name in ("b", "a"):
        write(tmp_path / "shop" / "parts", f"tasks: {{{name}: {{prerequisites: ['x*']}}}}", f"{name}.yml")

    assert list(load(path).tasks) == ["a", "b"]


def test_a_name_with_wildcards_is_a_name_first(tmp_path: Path) -> None:
    """A file that is called like a pattern is included as it is: batect knows no patterns."""
    path = write(tmp_path / "shop", "include: ['[ab].yml']\ncontainers: {}")
    write(tmp_path / "shop", "tasks: {right: {prerequisites: ['x*']}}", "[ab].yml")
    write(tmp_path / "shop", "tasks: {wrong: {prerequisites: ['x*']}}", "a.yml")

    assert list(load(path).tasks) == ["right"]


def test_no_match(tmp_path: Path) -> None:
    """A pattern that matches nothing is a mistake, at its place."""
    [problem] = problems(tmp_path / "shop", "include: ['parts/*.yml']")

    assert problem.reference == "config.file-not-found"
    assert problem.where is not None
    assert (problem.where.line, problem.where.column) == (1, 11)
