"""What the first pages show works as it stands there."""

import re
from pathlib import Path

import pytest

from tests.support.journey import Journey

ROOT = Path(__file__).parents[2]
README = ROOT / "README.md"
TESTING = ROOT / "docs" / "develop" / "testing.md"


@pytest.mark.engine
def test_readme(journey: Journey, busybox: str) -> None:
    """The config of the README runs its task, with the arguments that are handed on."""
    journey.file("taskrunner.yml", _block(README, "yaml"))
    journey.file("run-tests.sh", '#!/bin/sh\necho "tested $1 in $PWD"\n', mode=0o755)
    override = f"build-env={busybox}"

    result = journey.run("run", "-o", "quiet", "--override-image", override, "test", "--", "--fast")

    assert (result.exit_code, result.stdout, result.stderr) == (0, "tested --fast in /code\n", "")
    assert "test" in journey.run("list").stdout


@pytest.mark.engine
def test_journey(journey: Journey) -> None:
    """The journey that shows how to write one is a test that passes."""
    names = {"pytest": pytest, "Journey": Journey}
    exec(_block(TESTING, "python"), names)  # noqa: S102 - the page is our own

    names["test_exit_code"](journey)  # type: ignore[operator]


@pytest.mark.parametrize(
    "page", [README, TESTING, ROOT / "docs" / "reference" / "exit-codes.md"], ids=lambda p: p.name
)
def test_links(page: Path) -> None:
    """Every file that a page links to, or names as a script to run, is there."""
    text = page.read_text(encoding="utf-8")
    links = [page.parent / target for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", text)]
    scripts = [ROOT / name for name in re.findall(r"^(?:sh )?((?:docs|tests|\.ci)/\S+)", text, re.MULTILINE)]

    assert [path for path in links + scripts if not path.exists()] == []


def _block(page: Path, language: str) -> str:
    """Return the first block of code in a language."""
    found = re.search(
        rf"^```{language}\n(.*?)^```", page.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL
    )
    assert found, f"{page.name} has no block of {language}"
    return found[1]
