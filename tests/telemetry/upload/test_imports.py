"""What a command in the foreground loads of all this."""

import subprocess
import sys

import pytest

from tests.support.modules import uncovered

_HEAVY = {
    "asyncio",
    "concurrent.futures",
    "dataclasses",
    "email",
    "gzip",
    "hashlib",
    "http.client",
    "httpx",
    "inspect",
    "logging",
    "pathlib",
    "psutil",
    "random",
    "shutil",
    "socket",
    "ssl",
    "subprocess",
    "tempfile",
    "urllib",
}


@pytest.mark.parametrize("module", ["spool", "uploader", "direct", "switches", "endpoints"])
def test_foreground_stays_light(module: str) -> None:
    """Neither the HTTP library nor anything else that takes milliseconds is loaded by a command."""
    script = (
        f"import sys; before = set(sys.modules); import telemetry.{module}; print(*set(sys.modules) - before)"
    )
    command = [sys.executable, "-I", "-c", script]
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=uncovered())

    assert set() == _HEAVY & set(done.stdout.split())
    assert f"telemetry.{module}" in done.stdout.split()
