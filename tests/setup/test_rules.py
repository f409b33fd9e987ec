"""The rules that the suite keeps for every test: what is left out, and what a missing engine means."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TESTS = """
import pytest

def test_plain(journey):
    assert "no-engine.sock" in journey.variables()["DOCKER_HOST"]

@pytest.mark.long
def test_long():
    pass

@pytest.mark.engine
def test_engine(journey):
    assert "no-engine.sock" not in journey.variables().get("DOCKER_HOST", "")
"""


@pytest.mark.engine
def test_long_tests_are_left_out(tmp_path: Path) -> None:
    """Long tests run only where they are asked for, and the summary says how many were left out."""
    assert "2 passed, 1 deselected in" in _suite(tmp_path)
    assert "3 passed in" in _suite(tmp_path, "--long")


def test_missing_engine(tmp_path: Path) -> None:
    """Without an engine, a test that needs one fails and says what to do; none is skipped."""
    said = _suite(tmp_path, DOCKER_HOST=f"unix://{tmp_path}/dead.sock")

    assert "1 passed, 1 deselected, 1 error in" in said
    assert f"No Docker Engine answers at unix://{tmp_path}/dead.sock" in said
    assert "start one with `.ci/engine`" in said
    assert "skipped" not in said


def _suite(folder: Path, *arguments: str, **variables: str) -> str:
    """Run pytest in its own process on a few tests, under the rules of this suite."""
    file = folder / "test_few.py"
    file.write_text(TESTS)
    command = [sys.executable, "-m", "pytest", "-c", str(ROOT / "pyproject.toml"), "-p", "tests.conftest"]
    return subprocess.run(
        [*command, "-p", "no:cacheprovider", *arguments, str(file)],
        cwd=ROOT,
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
        check=False,
    ).stdout
