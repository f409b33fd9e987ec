"""The stored answer: written whole, read with suspicion, never replaced unseen."""

import json
import os
import stat
from pathlib import Path
from typing import Any

import pytest

from telemetry.state import StateError, Unusable, consent, denial, load, store
from tests.telemetry.consent.given import NOW, allowed, application, stored


class _Owned:
    """A file's status with another owner, as only root could make it."""

    def __init__(self, status: os.stat_result, owner: int) -> None:
        self.st_uid = owner
        self.st_mode = status.st_mode


def _with(path: str, **changed: Any) -> None:
    entries = json.loads(Path(path).read_text())
    Path(path).write_text(json.dumps({**entries, **changed}))


def test_an_answer_comes_back_as_it_was_stored(tmp_path: Path) -> None:
    """What a yes covers is kept to the last part, its end and its secret among it."""
    demo = application(tmp_path)
    answer = allowed("basic", 7)._replace(until="2027-01-01T00:00:00.000Z")
    stored(demo, answer)

    assert answer == load(demo.folder)


def test_without_an_answer_there_is_nothing(tmp_path: Path) -> None:
    """Looking creates no folder."""
    demo = application(tmp_path)

    assert load(demo.folder) is None
    assert not os.path.lexists(demo.folder)


def test_only_the_owner_can_read_any_of_it(tmp_path: Path) -> None:
    """Folder and files are private whatever the umask says, also where the folder was there before."""
    demo = application(tmp_path)
    os.mkdir(demo.folder, 0o755)
    previous = os.umask(0)
    try:
        path = stored(demo, allowed())
    finally:
        os.umask(previous)

    assert 0o700 == stat.S_IMODE(os.stat(demo.folder).st_mode)
    assert 0o600 == stat.S_IMODE(os.stat(path).st_mode)


def test_the_folder_explains_itself(tmp_path: Path) -> None:
    """A README says what each file is, and no temporary file stays behind."""
    demo = application(tmp_path)
    stored(demo, allowed())

    assert ["README", "consent.json"] == sorted(os.listdir(demo.folder))
    readme = Path(demo.folder, "README").read_text()
    assert all(name in readme for name in ("consent.json", "settings.toml", "spool", "sent.log"))


def test_a_second_yes_keeps_the_id_and_a_yes_after_a_no_is_a_new_one() -> None:
    """Changing the level is no new person; whoever said no and comes back is."""
    first = allowed()
    second = consent(first, level="basic", version=2, now=NOW, how="command")
    refused = denial(version=2, now=NOW, how="command")
    third = consent(refused, level="full", version=2, now=NOW, how="command")

    assert first.secret == second.secret
    assert "" == refused.secret
    assert third.secret not in ("", first.secret)


@pytest.mark.parametrize(
    "changed",
    [
        {"state": "maybe"},
        {"state": ["allowed"]},
        {"level": "none"},
        {"level": "everything"},
        {"catalog_version": 0},
        {"catalog_version": True},
        {"catalog_version": "1"},
        {"asked_version": 1.5},
        {"when": "yesterday"},
        {"when": "2026-11-22T06:33:19.000Z\n"},
        {"how": "guessed"},
        {"until": 5},
        {"until": "9"},
        {"secret": ""},
        {"secret": "F" * 64},
        {"surplus": 1},
        {"state": "denied"},
    ],
)
def test_an_answer_with_one_wrong_part_is_no_answer(tmp_path: Path, changed: dict[str, Any]) -> None:
    """Nothing is taken from a file that is not what was written: half a yes is none."""
    demo = application(tmp_path)
    path = stored(demo, allowed())
    assert not isinstance(load(demo.folder), Unusable)

    _with(path, **changed)

    assert Unusable("is damaged") == load(demo.folder)


@pytest.mark.parametrize("text", ["", "{", "null", "[]", '"allowed"', "[" * 4000, "\x00", "{}"])
def test_what_is_no_answer_at_all_is_damaged(tmp_path: Path, text: str) -> None:
    """Any bytes are told from an answer without an exception."""
    demo = application(tmp_path)
    Path(stored(demo, allowed())).write_text(text)

    assert Unusable("is damaged") == load(demo.folder)


def test_a_damaged_answer_is_never_replaced(tmp_path: Path) -> None:
    """A person may want to know what happened to their answer before it is gone."""
    demo = application(tmp_path)
    path = Path(stored(demo, allowed()))
    path.write_text("damaged")

    with pytest.raises(StateError, match="is damaged"):
        store(demo.folder, allowed())

    assert "damaged" == path.read_text()


def test_files_of_another_user_are_not_believed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who writes into my home speaks for themselves: neither their folder nor their file is my answer."""
    demo = application(tmp_path)
    stored(demo, allowed())
    us, owner = os.geteuid(), os.stat
    monkeypatch.setattr(os, "geteuid", lambda: us + 1)

    foreign_folder = load(demo.folder)
    monkeypatch.setattr(os, "stat", lambda path: _Owned(owner(path), us + 1))
    foreign_file = load(demo.folder)

    assert Unusable("lies in a folder of another user") == foreign_folder
    assert Unusable("belongs to another user") == foreign_file


def test_a_folder_of_another_user_without_an_answer_is_left_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is written where somebody else could read or change it."""
    demo = application(tmp_path)
    os.mkdir(demo.folder)
    us = os.geteuid()
    monkeypatch.setattr(os, "geteuid", lambda: us + 1)

    with pytest.raises(StateError, match="another user"):
        store(demo.folder, allowed())

    assert [] == os.listdir(demo.folder)


def test_a_home_that_is_no_folder_is_an_error_in_words(tmp_path: Path) -> None:
    """An answer that cannot be stored says where and why."""
    (tmp_path / "state").write_text("")
    demo = application(tmp_path)

    with pytest.raises(StateError, match=r"state/consent\.json cannot be read"):
        store(demo.folder, allowed())
