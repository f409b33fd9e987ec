"""Finding the config file and the file of config variables."""

import os
from pathlib import Path

import pytest

from taskrunner.config.discovery import find_config, find_variables_file
from taskrunner.errors import UserError


def test_nearest_folder_first(tmp_path: Path) -> None:
    """A batect.yml that is nearer wins over a taskrunner.yml further up; in one folder ours wins."""
    inner = tmp_path / "a" / "b"
    inner.mkdir(parents=True)
    (tmp_path / "taskrunner.yml").touch()
    assert find_config(None, str(inner)) == str(tmp_path / "taskrunner.yml")

    (tmp_path / "a" / "batect.yml").touch()
    assert find_config(None, str(inner)) == str(tmp_path / "a" / "batect.yml")

    (tmp_path / "a" / "taskrunner.yml").touch()
    assert find_config(None, str(inner)) == str(tmp_path / "a" / "taskrunner.yml")

    (inner / "taskrunner.yml").mkdir()
    assert find_config(None, str(inner)) == str(tmp_path / "a" / "taskrunner.yml")


def test_explicit_file(tmp_path: Path) -> None:
    """A file that is named is taken, relative to the start folder, whatever else is there."""
    (tmp_path / "taskrunner.yml").touch()
    (tmp_path / "x.yml").touch()

    assert find_config("x.yml", str(tmp_path)) == str(tmp_path / "x.yml")
    assert find_config(str(tmp_path / "x.yml"), "/") == str(tmp_path / "x.yml")


def test_nothing_found(tmp_path: Path) -> None:
    """The error names both files, the folder and the option that helps."""
    with pytest.raises(UserError) as caught:
        find_config(None, str(tmp_path))

    assert caught.value.reference == "config.no-config-file"
    assert f"no taskrunner.yml and no batect.yml in {tmp_path}" in caught.value.message
    assert caught.value.hint == (
        "Go to a project's folder, create a taskrunner.yml, or name the file with -f."
    )


def test_explicit_file_is_missing(tmp_path: Path) -> None:
    """A named file that does not exist is an error, not a reason to look elsewhere."""
    (tmp_path / "taskrunner.yml").touch()

    for find in (
        lambda: find_config("x.yml", str(tmp_path)),
        lambda: find_variables_file("x.yml", "taskrunner.yml", str(tmp_path)),
    ):
        with pytest.raises(UserError) as caught:
            find()
        assert caught.value.reference == "config.file-not-found"
        assert os.path.join(tmp_path, "x.yml") in caught.value.message


def test_variables_file(tmp_path: Path) -> None:
    """Next to the config file first, ours before batect's, then the current folder, else none."""
    start = tmp_path / "inner"
    start.mkdir()
    config = str(tmp_path / "batect.yml")
    assert find_variables_file(None, config, str(start)) is None

    expected = [start / "batect.local.yml", start / "taskrunner.local.yml"]
    expected += [tmp_path / "batect.local.yml", tmp_path / "taskrunner.local.yml"]
    for file in expected:
        file.touch()
        assert find_variables_file(None, config, str(start)) == str(file)

    (start / "mine.yml").touch()
    assert find_variables_file("mine.yml", config, str(start)) == str(start / "mine.yml")
