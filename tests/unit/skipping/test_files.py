"""Digests of files."""

import os
from pathlib import Path

import pytest

from taskrunner.skipping.files import content_digest, states


def listing(root: Path) -> list[tuple[str, str]]:
    """Return what is in a folder."""
    return [(path.name, str(path)) for path in sorted(root.iterdir())]


def rewrite(root: Path) -> None:
    """Write as many other bytes, and set the time of the last change back."""
    before = (root / "a").stat()
    (root / "a").write_text("A")
    os.utime(root / "a", ns=(before.st_atime_ns, before.st_mtime_ns))


CHANGES = {
    "content": rewrite,
    "name": lambda root: (root / "a").rename(root / "b"),
    "mode": lambda root: (root / "a").chmod(0o700),
    "kind": lambda root: ((root / "link").unlink(), (root / "link").write_text("a")),
    "target": lambda root: ((root / "link").unlink(), (root / "link").symlink_to("b")),
    "new": lambda root: (root / "new").touch(),
    "gone": lambda root: (root / "a").unlink(),
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Give a folder with a file and a link."""
    (tmp_path / "a").write_text("a")
    (tmp_path / "link").symlink_to("a")
    (tmp_path / "folder").mkdir()
    return tmp_path


@pytest.mark.parametrize("change", CHANGES)
def test_every_change_is_seen(folder: Path, change: str) -> None:
    """Contents and states both notice a file that is written, named, linked or permitted otherwise."""
    before = (content_digest(listing(folder)), states(listing(folder)).digest)

    CHANGES[change](folder)

    after = (content_digest(listing(folder)), states(listing(folder)).digest)
    assert before[0] != after[0]
    assert before[1] != after[1]


def test_equal_files_have_equal_contents(folder: Path) -> None:
    """A file that is written anew with what it had is the same, though its state is not."""
    files = listing(folder)
    content, state = content_digest(files), states(files)

    (folder / "a").write_text("a")
    os.utime(folder / "a", (1, 1))

    assert content == content_digest(files)
    assert state.digest != states(files).digest


def test_a_fresh_change_is_not_settled(folder: Path) -> None:
    """What was written just now may be written again within the clock's tick."""
    assert not states(listing(folder)).settled
    assert states([("passwd", "/etc/passwd")]).settled


def test_missing_files_count(tmp_path: Path) -> None:
    """A file that is not there is a state too, and is told from an empty one."""
    files = [("a", str(tmp_path / "a"))]
    before = (content_digest(files), states(files).digest)

    (tmp_path / "a").touch()

    assert before[0] != content_digest(files)
    assert before[1] != states(files).digest
