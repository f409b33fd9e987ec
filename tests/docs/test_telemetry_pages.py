"""The pages about telemetry say what the program does, and the policy is in the installation."""

import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest
import typer.main

from taskrunner.cli.commands.telemetry.verbs import verbs
from taskrunner.usage_consent import policy
from telemetry.consent import decide_for
from telemetry.entries import LEVELS
from telemetry.gate import Application
from telemetry.settings import read_administrator
from telemetry.state import consent, store

ROOT = Path(__file__).parents[2]
PAGES = ROOT / "docs" / "telemetry"
ENABLE, DISABLE = "TASKRUNNER_ENABLE_TELEMETRY", "TASKRUNNER_DISABLE_TELEMETRY"


def page(name: str) -> str:
    """Return a page's text."""
    return (PAGES / f"{name}.md").read_text(encoding="utf-8")


def rows(text: str) -> list[list[str]]:
    """Return the cells of all tables, headings and rulers left out."""
    found = [
        [cell.strip() for cell in line.split("|")[1:-1]] for line in text.splitlines() if line[:2] == "| "
    ]
    return [cells for cells in found if cells[0].startswith("`")]


def test_every_verb_and_option_has_a_row() -> None:
    """In the order of `--help`, with the options of each verb below, and no other."""
    program: Any = typer.main.get_command(verbs)
    first = [cells[0].strip("`").split()[0] for cells in rows(page("commands")) if " --" not in cells[0]]
    listed = {
        (verb, option)
        for cells in rows(page("commands"))
        for verb, option in re.findall(r"^`(\w+) (--\w+)", cells[0])
    }
    existing = {
        (name, option)
        for name, command in program.commands.items()
        for parameter in command.params
        for option in parameter.opts
        if option.startswith("--")
    }

    assert list(program.commands) == first
    assert existing == listed


def test_every_key_of_the_policy_file_has_a_row(tmp_path: Path) -> None:
    """Each key that is documented is taken, and the error for any other names the same keys."""
    (tmp_path / "telemetry.toml").write_text("nonsense = 1")
    problem = read_administrator(str(tmp_path / "telemetry.toml")).problem
    keys = [cells[0].strip("`") for cells in rows(page("for-organisations"))]

    assert problem.endswith(f"the keys are {', '.join(sorted(keys))}.")


def test_the_examples_of_policies_are_taken(tmp_path: Path) -> None:
    """What an administrator copies from the page holds as it stands."""
    examples = re.findall(r"```toml\n(.*?)```", page("for-organisations"), re.DOTALL)

    assert examples
    for example in examples:
        (tmp_path / "telemetry.toml").write_text(example)
        assert "" == read_administrator(str(tmp_path / "telemetry.toml")).problem


def test_the_levels_are_those_that_exist() -> None:
    """The policy names each level that a person can choose."""
    assert list(LEVELS[1:]) == re.findall(r"^- `(\w+)`: ", page("privacy-policy"), re.MULTILINE)


@pytest.mark.parametrize("row", rows(page("for-ci")), ids=lambda row: row[0])
@pytest.mark.parametrize("column", [1, 2, 3])
@pytest.mark.parametrize("allowed", [True, False])
def test_the_variables_do_what_the_table_says(
    tmp_path: Path, row: list[str], column: int, allowed: bool
) -> None:
    """Each cell holds with a stored yes and without an answer."""
    variable, promise = row[0].strip("`"), row[column]
    values = [("1", "true"), ("0", "false"), ("yes", "TRUE", "2", "")][column - 1]
    demo = Application("demo", f"{tmp_path}/state", f"{tmp_path}/none.toml", ENABLE, DISABLE, "URL", 1)
    if allowed:
        store(demo.folder, consent(None, level="full", version=1, now=0, how="question"))

    for value in values:
        if (variable, value) == ("DO_NOT_TRACK", ""):
            continue  # the page counts it among those that say nothing
        decision = decide_for(demo, {variable: value})
        expected = {"allows": True, "says nothing": allowed}.get(promise.partition(",")[0], False)
        assert expected == decision.allowed, value
        assert ("warning" in promise) <= bool(decision.warnings)


def test_the_policy_is_printed_from_the_installation(tmp_path: Path) -> None:
    """The built wheel holds it word for word, beside the code that shows it."""
    for name in ("pyproject.toml", "README.md", "docs", "taskrunner", "telemetry", ".ci"):
        source = ROOT / name
        copy = shutil.copytree if source.is_dir() else shutil.copy
        copy(source, tmp_path / name)
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", "out"],
        cwd=tmp_path,
        check=True,
        capture_output=True,
    )
    (wheel,) = (tmp_path / "out").iterdir()

    with zipfile.ZipFile(wheel) as archive:
        assert page("privacy-policy") == archive.read("taskrunner/privacy-policy.md").decode()
    assert page("privacy-policy") == policy().whole()
