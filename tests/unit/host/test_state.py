"""The state folder and what is written there."""

import stat
from pathlib import Path

from taskrunner.host.crash import write_report
from taskrunner.host.state import ensure_folder, home


def test_the_folder_can_be_moved(tmp_path: Path) -> None:
    """TASKRUNNER_HOME says where it is."""
    assert str(tmp_path / "here") == home({"TASKRUNNER_HOME": str(tmp_path / "here")})


def test_the_folder_explains_itself(tmp_path: Path) -> None:
    """Whoever finds it can read what each part is, and nobody else can look in."""
    folder = Path(ensure_folder({"TASKRUNNER_HOME": str(tmp_path / "state")}, "crashes"))

    assert "crashes/" in (tmp_path / "state" / "README").read_text()
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_a_crash_report_has_the_traceback_and_no_environment(tmp_path: Path) -> None:
    """It helps to find the fault, and gives nothing else away."""
    environment = {"TASKRUNNER_HOME": str(tmp_path), "SECRET_TOKEN": "hunter2-value"}
    try:
        raise ValueError("the fault")  # noqa: TRY301
    except ValueError as error:
        path = write_report(error, environment)

    assert path is not None
    text = Path(path).read_text()
    assert "ValueError: the fault" in text
    assert "hunter2-value" not in text
    assert stat.S_IMODE(Path(path).stat().st_mode) == 0o600


def test_a_disk_that_takes_no_report_is_no_second_crash(tmp_path: Path) -> None:
    """There is no path then, and that is all."""
    (tmp_path / "file").write_text("")

    assert write_report(ValueError(), {"TASKRUNNER_HOME": str(tmp_path / "file")}) is None
