"""Every block of commands in the documentation is run by a test, or says why it is not.

What a guide shows as `console` is run by test_guides. Before any other block of commands stands a comment:
`<!-- run by tests/… -->` or `<!-- not run: a reason -->`.
"""

import re
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).parents[2]
PAGES = sorted([ROOT / "README.md", *(ROOT / "docs").rglob("*.md")])
FENCE = re.compile(
    r"^```(?P<kind>sh|bash|shell|console|(?=\n\$ ))\n(?P<text>.*?)^```$", re.DOTALL | re.MULTILINE
)
FILE = re.compile(r"(#!.*\n)?# [\w./-]+\n")
MARK = re.compile(r"<!-- (?:run by (?P<test>tests/\S+\.py)|not run: (?P<reason>\S.+)) -->\s*\Z")


class Commands(NamedTuple):
    """A block of commands, and the comment before it."""

    page: str
    line: int
    mark: re.Match[str] | None


def blocks() -> list[Commands]:
    """Return the blocks that nothing else runs."""
    found = []
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        name = str(page.relative_to(ROOT))
        for block in FENCE.finditer(text):
            run_by_guides = block["kind"] == "console" and name.startswith("docs/guide/")
            if run_by_guides or FILE.match(block["text"]):
                continue
            line = text.count("\n", 0, block.start()) + 1
            found.append(Commands(name, line, MARK.search(text[: block.start()])))
    return found


@pytest.mark.parametrize("block", blocks(), ids=lambda block: f"{block.page}:{block.line}")
def test_it_is_run_or_says_why_not(block: Commands) -> None:
    """A comment stands before it, and a test that it names exists."""
    assert block.mark, "write `<!-- run by tests/… -->` or `<!-- not run: … -->` before it"
    if block.mark["test"]:
        assert (ROOT / block.mark["test"]).is_file()


def test_blocks_are_found() -> None:
    """There are blocks of both kinds."""
    marks = [block.mark for block in blocks() if block.mark]

    assert any(mark["test"] for mark in marks)
    assert any(mark["reason"] for mark in marks)
