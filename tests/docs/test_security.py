"""The page on security points at tests that exist."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "develop" / "security.md").read_text(encoding="utf-8")


def test_each_threat_has_a_test() -> None:
    """Each row of a table of threats names what holds the threat, and at least one test that is there."""
    rows = [line for line in PAGE.splitlines() if line.startswith("| ") and "`tests/" in line]
    threats = re.findall(r"^\| threat \|.*?(?=\n\n)", PAGE, re.MULTILINE | re.DOTALL)

    assert len(rows) == sum(len(table.splitlines()) - 2 for table in threats)
    for row in rows:
        paths = re.findall(r"`(tests/[^`]+)`", row)
        assert paths, row
        for path in paths:
            assert (ROOT / path).exists(), path
