"""The changelog has a section for this version, and its links are relative."""

import re
from pathlib import Path

from taskrunner._version import VERSION

PAGE = (Path(__file__).parents[2] / "docs" / "changelog.md").read_text(encoding="utf-8")


def test_this_version_is_first() -> None:
    """What is released next is told at the top."""
    versions = re.findall(r"^## (\d+\.\d+\.\d+)", PAGE, re.MULTILINE)

    assert VERSION == versions[0]
    assert len(versions) == len(set(versions))
