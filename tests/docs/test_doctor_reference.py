"""The page of the doctor has every finding that the code has, and no other."""

import ast
import re
from pathlib import Path

from taskrunner.doctor.findings import LEVELS
from taskrunner.doctor.run import CHECKS

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "reference" / "doctor.md").read_text(encoding="utf-8")
ROW = re.compile(r"^\| `(?P<name>[a-z]+\.[a-z-]+)` \| (?P<level>\w+) \| [^|]+ \|$", re.MULTILINE)


def names() -> set[str]:
    """Return the texts that calls in the room begin with and that have the form of a finding's name."""
    found = set()
    for path in (ROOT / "taskrunner" / "doctor").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_bytes())):
            first = node.args[0] if isinstance(node, ast.Call) and node.args else None
            if isinstance(first, ast.Constant) and re.fullmatch(r"[a-z]+\.[a-z-]+", str(first.value)):
                found.add(str(first.value))
    return found


def test_findings() -> None:
    """Each has one row, in the order of the topics."""
    rows = [row["name"] for row in ROW.finditer(PAGE)]
    topics = [name.partition(".")[0] for name in rows]

    assert sorted(rows) == sorted(names())
    assert list(dict.fromkeys(topics)) == list(CHECKS)


def test_levels() -> None:
    """Each level is explained, and no row has another."""
    explained = re.findall(r"^\| `(\w+)` \| [A-Z]", PAGE, re.MULTILINE)

    assert list(LEVELS) == explained
    assert {row["level"] for row in ROW.finditer(PAGE)} <= set(LEVELS)
