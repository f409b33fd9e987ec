"""Where caches live: names that batect's caches keep, and a key that all runs agree on."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from taskrunner.errors import UserError
from taskrunner.plan.caches import CacheStore, store_of


def refusal(store: CacheStore) -> UserError:
    """Return the error that asking for a key ends with."""
    with pytest.raises(UserError) as raised:
        store.key()
    return raised.value


class TestStore:
    @pytest.mark.parametrize(
        ("config", "old_key", "folder", "prefix"),
        [
            ("taskrunner.yml", False, ".taskrunner", "taskrunner-cache"),
            ("batect.yml", False, ".batect", "batect-cache"),
            ("batect.ci.yml", False, ".batect", "batect-cache"),
            ("other.yml", False, ".taskrunner", "taskrunner-cache"),
            ("taskrunner.yml", True, ".batect", "batect-cache"),
        ],
    )
    def test_names(self, tmp_path: Path, config: str, old_key: bool, folder: str, prefix: str) -> None:
        """A batect project, and one that has a key of batect's, keep folder and volume names."""
        if old_key:
            (tmp_path / ".batect" / "caches").mkdir(parents=True)
            (tmp_path / ".batect" / "caches" / "key").write_text("abc123\n")

        store = store_of(str(tmp_path), str(tmp_path / config))

        assert store == CacheStore(str(tmp_path / folder / "caches"), prefix)
        assert store.directory("modules") == str(tmp_path / folder / "caches" / "modules")

    def test_a_key_of_batect_is_used(self, tmp_path: Path) -> None:
        """The file as batect writes it gives the names of the volumes that exist."""
        folder = tmp_path / ".batect" / "caches"
        folder.mkdir(parents=True)
        (folder / "key").write_text("# This file is used by batect.\n# Do not commit it.\n\nabc123\n")

        store = store_of(str(tmp_path), str(tmp_path / "batect.yml"))

        assert store.volume("modules") == "batect-cache-abc123-modules"
        assert store.volume_prefix() == "batect-cache-abc123-"


class TestKey:
    def test_made_once(self, tmp_path: Path) -> None:
        """The first use makes a key, which stays; looking for volumes makes none."""
        store = CacheStore(str(tmp_path / "caches"), "p")

        assert store.volume_prefix() is None
        assert not (tmp_path / "caches").exists()
        key = store.key()
        assert re.fullmatch("[a-z0-9]{6}", key)
        assert [key, f"p-{key}-x", f"p-{key}-"] == [store.key(), store.volume("x"), store.volume_prefix()]
        assert os.listdir(store.folder) == ["key"]

    def test_every_checkout_has_its_own(self, tmp_path: Path) -> None:
        """Two folders do not share caches by accident."""
        assert CacheStore(str(tmp_path / "a"), "p").key() != CacheStore(str(tmp_path / "b"), "p").key()

    def test_another_process_was_first(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """A key that appears between looking and writing wins, and the loser leaves no file."""
        store = CacheStore(str(tmp_path), "p")
        random = os.urandom

        def another_writes(size: int) -> bytes:
            (tmp_path / "key").write_text("first1\n")
            return random(size)

        monkeypatch.setattr(os, "urandom", another_writes)

        assert store.key() == "first1"
        assert os.listdir(tmp_path) == ["key"]

    def test_many_processes_at_once(self, tmp_path: Path) -> None:
        """First runs that start at the same moment agree on one key."""
        code = (
            "import sys; from taskrunner.plan.caches import CacheStore; sys.stdin.readline(); "
            f"print(CacheStore({str(tmp_path / 'caches')!r}, 'p').key())"
        )
        started = [
            subprocess.Popen(
                [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
            )
            for _ in range(6)
        ]
        for process in started:
            assert process.stdin is not None
            process.stdin.write("go\n")
            process.stdin.flush()

        keys = {process.communicate(timeout=60)[0] for process in started}

        assert len(keys) == 1
        assert [0] * 6 == [process.returncode for process in started]
        assert os.listdir(tmp_path / "caches") == ["key"]

    @pytest.mark.parametrize(
        "content", [b"", b"# only a comment\n", b"abc\ndef\n", b"ABC\n", b"a/../b\n", b"\xff\xfe\n"]
    )
    def test_broken(self, tmp_path: Path, content: bytes) -> None:
        """A file that is no key is named; it neither crashes nor makes a volume's name."""
        (tmp_path / "key").write_bytes(content)

        error = refusal(CacheStore(str(tmp_path), "p"))

        assert error.reference == "plan.cache-key-broken"
        assert str(tmp_path / "key") in error.message

    def test_the_folder_cannot_be_made(self) -> None:
        """A project on a disk that takes no files ends with a sentence that names the file."""
        # Nobody, not even root, can make files here: the kernel keeps the folder for itself.
        store = CacheStore("/proc/self/caches", "p")

        error = refusal(store)

        assert error.reference == "plan.cache-key-not-writable"
        assert "/proc/self/caches/key" in error.message
        assert error.hint
