"""The program in docs/telemetry/in-your-own-tool.md does what the page says."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
PAGE = ROOT / "docs" / "telemetry" / "in-your-own-tool.md"
CANARY = "Canary7c31"


@pytest.fixture
def program(tmp_path: Path) -> Path:
    """Write the program from the page to the disk."""
    (code,) = re.findall("^```python\n(.*?)^```$", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    path = tmp_path / "greet.py"
    path.write_text(code, encoding="utf-8")
    return path


def run(program: Path, home: Path, **environment: str) -> str:
    """Run the program with two names, and return what it printed."""
    done = subprocess.run(
        [sys.executable, str(program), CANARY, "Bob"],
        env={"HOME": str(home), "PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), **environment},
        capture_output=True,
        text=True,
        check=True,
    )
    assert "" == done.stderr
    return done.stdout


def test_nothing_is_written_before_a_yes(program: Path, tmp_path: Path) -> None:
    """Without a yes the program does its work and leaves no file."""
    home = tmp_path / "home"
    home.mkdir()

    assert f"Hello {CANARY}!\nHello Bob!\n" == run(program, home)
    assert [] == list(home.iterdir())


def test_after_a_yes_one_record_lies_there(program: Path, tmp_path: Path) -> None:
    """With the variable one record lies in the spool, with what the page promises and no name."""
    home = tmp_path / "home"
    home.mkdir()

    printed = run(program, home, GREET_ENABLE_TELEMETRY="1", GREET_STYLE=CANARY)

    assert f"Hello {CANARY}!\nHello Bob!\n" == printed
    (file,) = (home / ".greet" / "telemetry" / "spool").iterdir()
    text = file.read_text(encoding="utf-8")
    record = json.loads(text)
    assert {"names": "2+", "style": "other"}.items() <= record["attributes"].items()
    assert ["Greet"] == [span["type"] for span in record["spans"]]
    assert CANARY not in text


def test_the_page_names_what_exists() -> None:
    """Every function of the library that the page names can be imported."""
    import importlib

    for dotted in re.findall(r"`(telemetry(?:\.\w+)+)\b", PAGE.read_text(encoding="utf-8")):
        module, _, name = dotted.rpartition(".")
        assert hasattr(importlib.import_module(module), name), dotted
