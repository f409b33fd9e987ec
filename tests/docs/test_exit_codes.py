"""The page of exit codes says what the table in the code says."""

import re
from pathlib import Path

from taskrunner import exit_codes

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "exit-codes.md"
ROW = re.compile(r"^\| (?P<code>\d+) \| `(?P<name>[A-Z_]+)` \| (?P<meaning>[^|]+) \|", re.MULTILINE)


def test_every_code_is_documented() -> None:
    """Each constant has one row with its number and a meaning, and no row is about a code that is gone."""
    defined = {name: value for name, value in vars(exit_codes).items() if name.isupper()}
    rows = [(row["name"], int(row["code"])) for row in ROW.finditer(PAGE.read_text(encoding="utf-8"))]

    assert sorted(rows) == sorted(defined.items())


def test_rows_are_in_order() -> None:
    """A code is found by its number."""
    codes = [int(row["code"]) for row in ROW.finditer(PAGE.read_text(encoding="utf-8"))]

    assert codes == sorted(set(codes))
