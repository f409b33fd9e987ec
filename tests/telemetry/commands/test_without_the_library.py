"""taskrunner in an installation from which the package `telemetry` was removed."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

# None in the table of modules makes the import system answer as if there were no such package.
_PROGRAM = (
    "import sys; sys.modules['telemetry'] = None; "
    "from taskrunner.cli.entry import main; sys.exit(main(sys.argv[1:]))"
)


def _run(folder: Path, *words: str, **env: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-c", _PROGRAM, *words],
        cwd=folder,
        env={"PATH": os.environ["PATH"], "HOME": str(folder), **env},
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_state_is_told(tmp_path: Path) -> None:
    """Whoever asks hears that there is nothing that could report."""
    done = _run(tmp_path, "telemetry", "status")

    assert (0, "") == (done.returncode, done.stderr)
    assert (
        "Telemetry is not part of this installation: nothing is collected and nothing is sent.\n"
        == done.stdout
    )


@pytest.mark.parametrize("words", [["enable"], ["disable"], ["status", "--help"], ["policy"]])
def test_other_verbs_say_so_too(tmp_path: Path, words: list[str]) -> None:
    """As a mistake that can be mended, not as a crash."""
    done = _run(tmp_path, "telemetry", *words)

    assert 2 == done.returncode
    assert "[telemetry.not-installed]" in done.stderr


def test_other_commands_work(tmp_path: Path) -> None:
    """Even with a variable that allows telemetry, `list` does what it does, and nothing else."""
    (tmp_path / "taskrunner.yml").write_text(
        "containers: {shell: {image: busybox}}\ntasks: {hello: {run: {container: shell}}}\n"
    )

    done = _run(tmp_path, "list", TASKRUNNER_ENABLE_TELEMETRY="true")

    assert (0, "") == (done.returncode, done.stderr)
    assert "hello" in done.stdout
    assert ["taskrunner.yml"] == os.listdir(tmp_path)
