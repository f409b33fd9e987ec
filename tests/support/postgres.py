"""A PostgreSQL cluster of the tests' own, on a socket in a folder of its own."""

import asyncio
import contextlib
import os
import pwd
import shutil
import subprocess
import tempfile
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

__all__ = ["Cluster", "cluster"]

_SECONDS = 60.0


class Cluster:
    """A running cluster."""

    def __init__(self, folder: Path, programs: Path) -> None:
        self.folder = folder
        self._programs = programs
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, *options: str) -> None:
        """Start the server, and wait until it answers."""
        # Data that nobody keeps need not be flushed to the disk.
        arguments = ["-c", "fsync=off", "-c", "listen_addresses=", "-k", str(self.folder), *options]
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [self._programs / "postgres", "-D", self.folder / "data", *arguments],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, **_as_owner(),
            )  # fmt: skip
        end = time.monotonic() + _SECONDS
        while self._run("pg_isready", "-h", str(self.folder), check=False).returncode:
            if time.monotonic() > end or self._process.poll() is not None:
                raise AssertionError((self.folder / "log").read_text()[-2000:])
            time.sleep(0.05)

    @property
    def pid(self) -> int:
        """The server's first process."""
        assert self._process is not None
        return self._process.pid

    def stop(self, how: str = "immediate") -> None:
        """Stop the server: `immediate` is as if it crashed."""
        if self._process is not None:
            self._run("pg_ctl", "stop", "-D", str(self.folder / "data"), "-m", how, check=False)
            self._process.wait(_SECONDS)
            self._process = None

    def url(self, database: str = "postgres") -> str:
        """Return the address of a database."""
        return f"postgresql://postgres@/{database}?host={self.folder}"

    def new_database(self) -> str:
        """Make a database and return its address."""
        name = f"t{uuid.uuid4().hex}"
        self.sql(f"CREATE DATABASE {name}")
        return self.url(name)

    def sql(self, statement: str, url: str = "") -> list[tuple[Any, ...]]:
        """Run a statement as the cluster's owner."""
        import asyncpg

        async def run() -> list[tuple[Any, ...]]:
            connection = await asyncpg.connect(url or self.url())
            try:
                return [tuple(row) for row in await connection.fetch(statement)]
            finally:
                await connection.close()

        return asyncio.run(run())

    def _run(self, program: str, *arguments: str, check: bool = True) -> "subprocess.CompletedProcess[bytes]":
        return subprocess.run(
            [self._programs / program, *arguments],
            check=check, capture_output=True, timeout=_SECONDS, cwd="/", **_as_owner(),
        )  # fmt: skip

    def create(self) -> None:
        """Make the cluster's files."""
        self._run(
            "initdb", "-D", str(self.folder / "data"), "-U", "postgres", "-A", "trust",
            "--no-sync", "--no-instructions", "-E", "UTF8", "--locale", "C",
        )  # fmt: skip


@contextlib.contextmanager
def cluster() -> Iterator[Cluster]:
    """Make and start a cluster that is gone at the end of the block."""
    folder = Path(tempfile.mkdtemp(prefix="pg-"))  # a socket's path is at most 107 bytes
    owner = _owner()
    if owner is not None:
        os.chown(folder, owner.pw_uid, owner.pw_gid)
    made = Cluster(folder, _programs())
    try:
        made.create()
        made.start()
        yield made
    finally:
        made.stop()
        shutil.rmtree(folder)


def _programs() -> Path:
    """Return the folder of the newest installed version: Debian keeps them off the PATH."""
    found = [path for path in Path("/usr/lib/postgresql").glob("*/bin") if (path / "initdb").exists()]
    if found:
        return max(found, key=lambda path: int(path.parent.name))
    initdb = shutil.which("initdb")
    assert initdb, "PostgreSQL is needed: install the package postgresql"
    return Path(initdb).parent


def _owner() -> "pwd.struct_passwd | None":
    """Return who runs the server where we are root, which it refuses to be."""
    return pwd.getpwnam("postgres") if os.geteuid() == 0 else None


def _as_owner() -> dict[str, Any]:
    owner = _owner()
    return {} if owner is None else {"user": owner.pw_uid, "group": owner.pw_gid, "extra_groups": []}
