"""The state folder and what is written there."""

import os
import stat
from pathlib import Path

import pytest

from taskrunner.host.crash import write_report
from taskrunner.host.files import read_start
from taskrunner.host.state import ensure_folder, home, read_own


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


class TestAFolderThatOthersMayWriteTo:
    """`TASKRUNNER_HOME` may name one; what others put there is neither believed nor written through."""

    @pytest.fixture
    def shared(self, tmp_path: Path) -> Path:
        """Give a folder that is open to everybody."""
        folder = tmp_path / "shared"
        folder.mkdir()
        folder.chmod(0o777)
        return folder

    def test_what_we_make_there_is_ours(self, shared: Path) -> None:
        """Our folders in it are closed to others."""
        folder = Path(ensure_folder({"TASKRUNNER_HOME": str(shared)}, "parsed"))

        assert 0o700 == stat.S_IMODE(folder.stat().st_mode)

    def test_a_folder_that_is_open_is_refused(self, shared: Path) -> None:
        """Others may have filled it ahead of us."""
        (shared / "bundles").mkdir()
        (shared / "bundles").chmod(0o777)

        with pytest.raises(PermissionError, match="other users may write to it"):
            ensure_folder({"TASKRUNNER_HOME": str(shared)}, "bundles")

    @pytest.mark.skipif(os.geteuid() != 0, reason="only root may give files away")
    def test_a_folder_of_another_user_is_refused(self, shared: Path) -> None:
        """It could change at any moment."""
        (shared / "bundles").mkdir(mode=0o700)
        os.chown(shared / "bundles", 65534, 65534)

        with pytest.raises(PermissionError, match="it belongs to another user"):
            ensure_folder({"TASKRUNNER_HOME": str(shared)}, "bundles")

    def test_a_link_in_the_place_of_the_readme_is_not_followed(self, shared: Path, tmp_path: Path) -> None:
        """No file comes into being where it leads."""
        (shared / "README").symlink_to(tmp_path / "elsewhere")

        ensure_folder({"TASKRUNNER_HOME": str(shared)}, "crashes")

        assert not (tmp_path / "elsewhere").exists()

    @pytest.mark.parametrize("kind", ["open", "link", "pipe", "folder"])
    def test_a_file_that_may_not_be_ours_is_not_read(self, shared: Path, kind: str) -> None:
        """One that others may write, a link, a pipe, which would keep us waiting, and a folder."""
        path = shared / "record.json"
        if kind == "open":
            path.touch()
            path.chmod(0o666)
        elif kind == "link":
            (shared / "mine").touch(0o600)
            path.symlink_to(shared / "mine")
        elif kind == "pipe":
            os.mkfifo(path, 0o600)
        else:
            path.mkdir(0o700)

        with pytest.raises(OSError, match=r"record\.json"):
            read_own(str(path))


@pytest.mark.parametrize("kind", ["pipe", "device"])
def test_a_file_of_a_project_that_is_none_is_not_read(tmp_path: Path, kind: str) -> None:
    """A pipe would keep us waiting, and a device never end."""
    if kind == "pipe":
        os.mkfifo(tmp_path / "file")
    else:
        (tmp_path / "file").symlink_to("/dev/zero")

    with pytest.raises(OSError, match="not a regular file"):
        read_start(str(tmp_path / "file"), 100)
