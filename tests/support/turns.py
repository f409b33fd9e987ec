"""Whose turn it is on the engine: most tests share it, a few need it for themselves.

A run sweeps what killed runs left, whoever's they were. A test that looks at such leftovers, or that
measures time, is marked `alone`: it waits until no other test uses the engine, and others wait for it,
in all processes of a test run and in other test runs of the same user.
"""

import fcntl
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["turn"]


@contextmanager
def turn(*, alone: bool) -> Iterator[None]:
    """Hold the engine, together with others or alone."""
    with _open("gate") as gate, _open("engine") as engine:
        # Who waits to be alone keeps the gate, so that newcomers cannot go on for ever before it.
        fcntl.flock(gate, fcntl.LOCK_EX)
        fcntl.flock(engine, fcntl.LOCK_EX if alone else fcntl.LOCK_SH)
        fcntl.flock(gate, fcntl.LOCK_UN)
        yield


@contextmanager
def _open(name: str) -> Iterator[int]:
    path = os.path.join(tempfile.gettempdir(), f"taskrunner-tests-{name}-{os.getuid()}.lock")
    # Not handed down: a process that outlives its test would hold on to the lock.
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        yield descriptor
    finally:
        os.close(descriptor)
