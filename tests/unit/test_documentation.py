"""Where errors say that their page is."""

import os
import re
from pathlib import Path

import pytest

from taskrunner import documentation
from taskrunner.usage_collectors.references import REFERENCES
from tests.support.journey import Journey


@pytest.mark.parametrize("reference", REFERENCES)
def test_every_error_has_a_page(reference: str) -> None:
    """The address of each leads to a file that is there, and to a heading in it."""
    path, _, anchor = documentation.errors_page(reference).partition("#")

    headings = re.findall(r"^## (\w+)$", Path(path).read_text(encoding="utf-8"), re.MULTILINE)
    assert anchor in headings


def test_it_is_printed(journey: Journey) -> None:
    """A person who made a mistake is told where to read on."""
    result = journey.run("run", "nothing")

    path = os.path.join(documentation.page("reference/errors.md"))
    assert result.stderr.endswith(f"More about it: {path}#config\n")


def test_a_published_address(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever distributes taskrunner sets one constant."""
    monkeypatch.setattr(documentation, "ADDRESS", "https://docs.example/taskrunner")

    page = documentation.errors_page("cli.usage")

    assert "https://docs.example/taskrunner/reference/errors.md#cli" == page
