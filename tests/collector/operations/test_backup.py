"""The recipe for backups, while the collector runs, and the way back."""

import shutil
import sqlite3
from pathlib import Path

from tests.support.collector import a_session, collecting


def test_copy_and_restore(tmp_path: Path) -> None:
    """A copy that SQLite makes beside the service is whole; restored, it knows each session."""
    session = a_session()
    store = tmp_path / "store"
    with collecting(tmp_path) as collector:
        assert collector.put(session).status == 201
        connection = sqlite3.connect(store / "sessions.db")
        connection.execute(f"VACUUM INTO '{tmp_path / 'copy.db'}'")
        connection.close()
        assert collector.put(a_session()).status == 201

    shutil.rmtree(store)
    store.mkdir()
    (tmp_path / "copy.db").rename(store / "sessions.db")
    with collecting(tmp_path) as collector:
        assert collector.put(session).status == 304
        assert collector.put(a_session()).status == 201
