"""The recipe for backups, while the collector runs, and the way back."""

import os
import shutil
import subprocess
from pathlib import Path

from tests.support.collector import a_session, collecting
from tests.support.pages import commands
from tests.support.postgres import Cluster
from tests.support.verbs import collector_verb


def shell(text: str, folder: Path, **env: str) -> str:
    """Run what a page shows, in a folder that is the home folder too; return what it prints."""
    done = subprocess.run(
        ["/bin/sh", "-ec", text],
        cwd=folder,
        env={"PATH": os.environ["PATH"], "HOME": str(folder), **env},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_copy_and_restore(tmp_path: Path) -> None:
    """A copy that SQLite makes beside the service is whole; restored, it knows each session."""
    session = a_session()
    store = tmp_path / ".taskrunner-collector"
    with collecting(tmp_path, "--store", str(store)) as collector:
        assert collector.put(session).status == 201
        shell(commands("operate/backup.md", "VACUUM INTO"), tmp_path)
        assert collector.put(a_session()).status == 201

    shutil.rmtree(store)
    store.mkdir()
    for name in ("sessions", "aggregates"):
        (tmp_path / f"{name}-copy.db").rename(store / f"{name}.db")
    with collecting(tmp_path, "--store", str(store)) as collector:
        assert collector.put(session).status == 304
        assert collector.put(a_session()).status == 201


def test_copy_of_the_sums(tmp_path: Path, postgres: Cluster) -> None:
    """PostgreSQL's own tool copies the sums, and them alone."""
    place = postgres.new_database()
    with collecting(tmp_path, "--store", place) as collector:
        assert collector.put(a_session()).status == 201
        # What a service does each night, and makes the tables of the sums.
        assert collector_verb("summarise", "--store", place).exit_code == 0
        shell(commands("operate/backup.md", "pg_dump"), tmp_path, STORE=place)

    listed = shell("pg_restore --list aggregates.dump", tmp_path)
    assert "TABLE DATA aggregates" in listed
    assert " collector_sessions " not in listed
