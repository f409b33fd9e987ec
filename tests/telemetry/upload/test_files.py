"""Small private files."""

import os
from pathlib import Path

import pytest

from telemetry import files


def test_private(tmp_path: Path) -> None:
    """Whatever the umask says, nobody else reads the files or enters the folders."""
    before = os.umask(0)
    try:
        folder = files.make_folder(str(tmp_path / "a"), "b", "c")
        files.write(os.path.join(folder, "file"), b"data")
    finally:
        os.umask(before)

    assert 0o700 == os.stat(tmp_path / "a").st_mode & 0o777
    assert 0o700 == os.stat(folder).st_mode & 0o777
    assert 0o600 == os.stat(os.path.join(folder, "file")).st_mode & 0o777


def test_failure_leaves_nothing(tmp_path: Path) -> None:
    """A write that fails leaves no temporary file behind."""
    (tmp_path / "taken").mkdir()

    with pytest.raises(OSError, match="taken"):
        files.write(str(tmp_path / "taken"), b"data")

    assert ["taken"] == os.listdir(tmp_path)


def test_reads_regular_files_alone(tmp_path: Path) -> None:
    """Neither a link nor a folder is read, and a pipe without a writer does not hold up the reader."""
    (tmp_path / "file").write_bytes(b"data")
    (tmp_path / "link").symlink_to(tmp_path / "file")
    os.mkfifo(tmp_path / "pipe")

    assert b"dat" == files.read(str(tmp_path / "file"), 3)
    for path in (tmp_path / "link", tmp_path / "pipe", tmp_path):
        with pytest.raises(OSError, match=str(path)):
            files.read(str(path), 3)
