"""Verbs of `taskrunner-collector`, run as an operator does."""

import os
import subprocess
import sys
from collections.abc import Mapping
from typing import NamedTuple

__all__ = ["Result", "collector_verb"]


class Result(NamedTuple):
    """What a verb came to."""

    exit_code: int
    stdout: bytes
    stderr: str


def collector_verb(*arguments: str, stdin: bytes = b"", env: Mapping[str, str] | None = None) -> Result:
    """Run a verb to its end."""
    done = subprocess.run(
        [sys.executable, "-m", "telemetry.collector", *arguments],
        input=stdin, capture_output=True, timeout=120, check=False, env={**os.environ, **(env or {})},
    )  # fmt: skip
    return Result(done.returncode, done.stdout, done.stderr.decode())
