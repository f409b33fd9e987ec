"""What CI installs is locked: every package that is asked for, in a release that will do, with its hashes."""

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).parents[2]
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
FILES = {"lint": "lint", "tests": "test", "audit": "audit"}
"""The locked files, each with its group of dependencies."""


def wanted(group: str) -> Iterator[Requirement]:
    """Yield what a group asks for, the groups in it and the project itself."""
    for each in PROJECT["dependency-groups"][group]:
        if isinstance(each, dict):
            yield from wanted(each["include-group"])
        else:
            yield Requirement(each)
    yield from map(Requirement, PROJECT["project"]["dependencies"])


def entries(name: str) -> list[str]:
    """Return the entries of a locked file: a package with its release and its hashes each."""
    text = (ROOT / ".ci" / "locked" / f"{name}.txt").read_text(encoding="utf-8")
    lines = "\n".join(line for line in text.splitlines() if not line.lstrip().startswith("#"))
    return [entry for entry in re.split(r"\n(?=\S)", lines) if entry.strip()]


@pytest.mark.parametrize("name", FILES)
def test_it_has_what_is_asked_for(name: str) -> None:
    """After a change of dependencies, `.ci/locked/update` has been run."""
    heads = [re.match(r"([A-Za-z0-9._-]+)==([^ ;\\]+)", entry) for entry in entries(name)]
    locked = {canonicalize_name(found[1]): Version(found[2]) for found in heads if found}

    for requirement in wanted(FILES[name]):
        version = locked.get(canonicalize_name(requirement.name))
        assert version is not None, f"{requirement} is not locked"
        assert requirement.specifier.contains(version, prereleases=True), requirement


@pytest.mark.parametrize("name", FILES)
def test_every_package_has_hashes(name: str) -> None:
    """Nothing is installed of which another file could be handed to us, or from a place of its own."""
    found = entries(name)

    assert len(found) > 20
    for entry in found:
        assert re.match(r"[A-Za-z0-9._-]+==\S+", entry), entry
        assert re.search(r"--hash=sha256:[0-9a-f]{64}", entry), entry
    assert not any("://" in entry for entry in found)
