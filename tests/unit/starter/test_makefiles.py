"""Targets of Makefiles."""

from pathlib import Path

import pytest

from taskrunner.starter import makefiles


def names(folder: Path, text: str) -> dict[str, str]:
    """Return the targets of a Makefile with their descriptions."""
    path = folder / "Makefile"
    path.write_text(text, encoding="utf-8")
    return dict(makefiles.targets(str(path)))


def test_targets_and_their_comments(tmp_path: Path) -> None:
    """A comment stands beside a target, or in the line above it."""
    found = names(tmp_path, "# Build it\nbuild: a.c ## Compile\n\tcc\n\n# Test it\ntest:\n\ttrue\n\nother:\n")

    assert {"build": "Compile", "test": "Test it", "other": ""} == found


def test_phony_targets_only(tmp_path: Path) -> None:
    """Where the file says which targets are no files, the others are left out."""
    assert ["a", "b"] == list(names(tmp_path, ".PHONY: a \\\n  b\na:\nb:\nmain.o: main.c\n"))


@pytest.mark.parametrize(
    "line",
    ["X := 1", "X = a:b", "%.o: %.c", "$(OBJ): x", "\techo: hi", ".SUFFIXES: .c", "X ?= a: b", "a/b: c"],
)
def test_what_is_no_target(tmp_path: Path, line: str) -> None:
    """Variables, patterns, commands and paths are none."""
    assert {} == names(tmp_path, f"{line}\n")


def test_several_at_once(tmp_path: Path) -> None:
    """One rule may have several targets, and one target several rules."""
    assert {"a": "", "b": "last"} == names(tmp_path, "a b: c\nb: ## last\n")
