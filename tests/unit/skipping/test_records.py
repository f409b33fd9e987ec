"""What is remembered between runs is believed only where it is the person's own."""

from pathlib import Path

import pytest

from taskrunner.skipping.records import project_folder, read, write


@pytest.fixture
def record(tmp_path: Path) -> Path:
    """Give a record that was just written."""
    environment = {"TASKRUNNER_HOME": str(tmp_path / "state")}
    path = Path(project_folder(environment, str(tmp_path))) / "record.json"
    write(environment, str(path), 1, {"task": "test"})
    return path


def test_it_is_read_again(record: Path) -> None:
    """What was written comes back, under its own version alone."""
    assert {"version": 1, "task": "test"} == read(str(record), 1)
    assert {} == read(str(record), 2)


def test_what_others_may_have_written_is_nothing(record: Path) -> None:
    """Somebody else's record could say that a task need not run."""
    record.chmod(0o666)

    assert {} == read(str(record), 1)


def test_a_record_that_is_damaged_is_nothing(record: Path) -> None:
    """Neither is one that is no JSON, or is nested without an end."""
    for text in ("{", "[" * 100_000):
        record.write_text(text, encoding="utf-8")
        assert {} == read(str(record), 1)
