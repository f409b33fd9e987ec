"""Which modules a command loads, seen from a fresh interpreter."""

import os
import subprocess
import sys
from collections.abc import Mapping

from tests.support.journey import program

__all__ = ["NOT_MEASURED", "loaded_modules", "uncovered"]

_PREFIX = "import time:"


NOT_MEASURED: Mapping[str, None] = dict.fromkeys(name for name in os.environ if name.startswith("COVERAGE_"))
"""For a journey's `env`: coverage swallows signals while it starts, and writes files at the end."""


def uncovered(variables: Mapping[str, str] = os.environ) -> dict[str, str]:
    """Return an environment without what makes a Python child measure its coverage.

    For tests of what a child imports, how fast it is, or how it meets an odd stdout or another user:
    measuring loads modules of its own, and writes a file at the end.
    """
    return {name: value for name, value in variables.items() if not name.startswith("COVERAGE_")}


def loaded_modules(
    *arguments: str, folder: str = "/", env: Mapping[str, str] | None = None, timeout: float = 60
) -> set[str]:
    """Run the installed program with arguments and return the names of all modules that it loaded.

    What the interpreter loads for itself is among them. The program may fail: what it loaded counts.
    """
    # The interpreter reports each import as it happens, so a program that ends by os._exit hides none.
    command = [sys.executable, "-I", "-X", "importtime", program(), *arguments]
    done = subprocess.run(
        command,
        cwd=folder,
        env=uncovered({**os.environ, **(env or {})}),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
        timeout=timeout,
        check=False,
    )
    lines = [line for line in done.stderr.splitlines() if line.startswith(_PREFIX)]
    assert lines, f"the interpreter reported no imports:\n{done.stderr}"
    return {line.rpartition("|")[2].strip() for line in lines[1:]}
