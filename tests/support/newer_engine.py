"""A Docker Engine that is newer than the system's, with its own client and plugin buildx, beside it."""

import os
import subprocess
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest

__all__ = ["NewerFiles", "newer_files"]

_CHECKOUT = Path(__file__).parents[2]
_FOLDER = _CHECKOUT / ".cache" / "newer-engine"
_PLUGINS = "usr/libexec/docker/cli-plugins"


class NewerFiles(NamedTuple):
    """Where the programs of a newer engine are."""

    path: str
    """A PATH on which the engine and its client come first."""
    plugins: Path | None
    """The folder of its client's plugins; None where the client finds them by itself."""


def newer_files() -> NewerFiles:
    """Return a newer engine's programs, which `.ci/newer-engine` fetches.

    Where they cannot be had, the test that asks is not run, and the end of the test run says so in so many
    words: no change of ours is to blame for a mirror. It fails there with TASKRUNNER_NEWER_ENGINE=required.
    """
    reason = _reason()
    if reason:
        if os.environ.get("TASKRUNNER_NEWER_ENGINE") == "required":
            pytest.fail(reason, pytrace=False)
        pytest.skip(reason)
    usual = os.environ["PATH"]
    for suite in sorted(_FOLDER.glob("*/usr/sbin/dockerd")):
        files = suite.parents[2]
        return NewerFiles(f"{files}/usr/bin:{files}/usr/sbin:{usual}", files / _PLUGINS)
    return NewerFiles(usual, None)


@cache
def _reason() -> str:
    script = _CHECKOUT / ".ci" / "newer-engine"
    got = subprocess.run([str(script)], capture_output=True, text=True, check=False, timeout=600)
    return "" if got.returncode == 0 else got.stderr.strip()
