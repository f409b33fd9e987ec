"""The workflows of the project, and those that the guide shows, are what their systems can read."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
GUIDE = (ROOT / "docs" / "guide" / "ci.md").read_text(encoding="utf-8")
SHOWN = re.findall(r"^```yaml\n# (\S+)\n(.*?)^```", GUIDE, re.DOTALL | re.MULTILINE)
PINNED = re.compile(r"[\w./-]+@[0-9a-f]{40} # v[\d.]+")
SCRIPT = re.compile(r"(?<![\w/])((?:\.ci|tests|docs)/[\w./-]+)")


def steps(path: Path) -> list[dict[str, Any]]:
    """Return the steps of all jobs of a workflow."""
    jobs = yaml.safe_load(path.read_text(encoding="utf-8"))["jobs"]
    return [step for job in jobs.values() for step in job["steps"]]


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: str(path.name))
def test_workflows(path: Path) -> None:
    """Each has a limit of time and of rights, and every file that a step names is there."""
    text = path.read_text(encoding="utf-8")
    workflow = yaml.safe_load(text)
    named = {name for step in steps(path) for name in SCRIPT.findall(step.get("run", ""))}

    assert {"contents": "read"} == workflow["permissions"]
    assert all(job["timeout-minutes"] for job in workflow["jobs"].values())
    assert [] == [name for name in named if not (ROOT / name).exists()]
    assert all("uses" in step or "run" in step for step in steps(path))


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: str(path.name))
def test_actions_of_others(path: Path) -> None:
    """Each is named by its commit, with its release beside it, and none is left a token to push with."""
    used = re.findall(r"uses: (.+)", path.read_text(encoding="utf-8"))
    checkouts = [step for step in steps(path) if step.get("uses", "").startswith("actions/checkout@")]

    assert used
    assert [] == [each for each in used if not PINNED.fullmatch(each)]
    assert all(step["with"]["persist-credentials"] is False for step in checkouts)


@pytest.mark.parametrize(("name", "text"), SHOWN)
def test_shown_workflows(name: str, text: str) -> None:
    """Each that the guide shows is YAML, and calls the project's script."""
    assert yaml.safe_load(text)
    assert "./taskrunner run test" in text, name


def test_five_systems_are_shown() -> None:
    """The guide has the five commonest, of which one is not YAML."""
    assert 4 == len(SHOWN)
    assert "// Jenkinsfile" in GUIDE
