"""How a command that failed says so: to a person, to programs, to GitHub Actions."""

import errno
import json
import os
import threading
from pathlib import Path

import pytest

from taskrunner.cli import failure
from taskrunner.cli.entry import main
from taskrunner.documentation import errors_page
from taskrunner.errors import ConfigError, EngineError, Position, Problem, UserError

ERROR = UserError("cli.no-task", "Which task? None is named.", "Name one.")


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Leave out what the machine of the tests says about itself."""
    monkeypatch.delenv("GITHUB_ACTIONS", raising=False)
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("TASKRUNNER_HOME", str(tmp_path / "home"))


class TestPerson:
    def test_words(self, capfd: pytest.CaptureFixture[str]) -> None:
        """Message, reference and hint are on standard error, and nothing is on standard output."""
        code = failure.tell(ERROR, ["run"])

        assert code == 2
        assert capfd.readouterr() == (
            "",
            (
                "Error: Which task? None is named. [cli.no-task]\nName one.\n"
                f"More about it: {errors_page('cli.no-task')}\n"
            ),
        )

    def test_the_error_has_its_exit_code(self, capfd: pytest.CaptureFixture[str]) -> None:
        """The engine's failures are told apart from mistakes."""
        assert failure.tell(EngineError("engine.timeout", "No answer."), ["list"]) == 125
        assert "engine.timeout" in capfd.readouterr().err

    def test_nobody_reads_standard_output(
        self, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The words still come out of standard error where the line for programs finds no reader."""
        reader, writer = os.pipe()
        os.close(reader)
        kept = os.dup(1)
        os.dup2(writer, 1)
        try:
            code = failure.tell(ERROR, ["run", "-o", "json"])
        finally:
            os.dup2(kept, 1)
            os.close(kept)
            os.close(writer)

        assert code == 2
        assert "Which task?" in capfd.readouterr().err


class TestPrograms:
    @pytest.mark.parametrize(
        "arguments",
        [
            ["run", "-o", "json"],
            ["-ojson", "run"],
            ["-o=json", "run"],
            ["run", "--output", "json"],
            ["run", "--output=json", "--", "-o", "quiet"],
            ["-o", "quiet", "run", "-o", "json"],
        ],
    )
    def test_json(self, arguments: list[str], capfd: pytest.CaptureFixture[str]) -> None:
        """In the style `json`, standard output has one event with all parts of the error."""
        failure.tell(ERROR, arguments)

        event = json.loads(capfd.readouterr().out)
        assert event.pop("time")
        assert event == {
            "event": "Error",
            "reference": "cli.no-task",
            "message": "Which task? None is named.",
            "hint": "Name one.",
            "exit_code": 2,
            "problems": [],
        }

    @pytest.mark.parametrize(
        "arguments",
        [
            ["run", "-o"],
            ["run", "--", "-o", "json"],
            ["-o", "json", "run", "-o", "simple"],
            ["--output=", "run"],
        ],
    )
    def test_no_json(self, arguments: list[str], capfd: pytest.CaptureFixture[str]) -> None:
        """Another style, none, or one that is the task's own argument makes no event."""
        failure.tell(ERROR, arguments)

        assert capfd.readouterr().out == ""


class TestGitHub:
    def test_places(self, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
        """Each problem is annotated at its place, besides the words for a person."""
        monkeypatch.setenv("GITHUB_ACTIONS", "true")
        where = [Position("/p/batect.yml", line, 3) for line in (2, 7)]

        failure.tell(ConfigError([Problem("config.bad-port", "Bad.", each) for each in where]), ["run"])

        out, err = capfd.readouterr()
        lines = out.splitlines()
        assert [line.partition(" ")[0] for line in lines] == ["::error", "::error"]
        assert ["line=2" in lines[0], "line=7" in lines[1]] == [True, True]
        assert "2 problems were found." in err

    @pytest.mark.parametrize("style", ["quiet", "json"])
    def test_styles_for_programs(
        self, style: str, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Whoever reads standard output by a program gets no annotations in it."""
        monkeypatch.setenv("GITHUB_ACTIONS", "true")

        failure.tell(ERROR, ["run", "-o", style])

        assert "::" not in capfd.readouterr().out


class TestCrash:
    def test_a_report_is_written(self, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
        """A person sees one line with the path of a file, and the file has the traceback."""
        try:
            raise KeyError("the fault")  # noqa: TRY301 - a traceback is wanted
        except KeyError as error:
            code = failure.report_crash(error)

        out, err = capfd.readouterr()
        (report,) = (tmp_path / "home" / "crashes").iterdir()
        assert (code, out) == (1, "")
        assert err == f"taskrunner itself failed (KeyError). A report is in {report}.\n"
        assert "KeyError: 'the fault'" in report.read_text()
        assert "Traceback" in report.read_text()
        assert report.stat().st_mode & 0o077 == 0

    def test_no_disk_takes_it(
        self, tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A report that cannot be written is no second crash."""
        (tmp_path / "file").touch()
        monkeypatch.setenv("TASKRUNNER_HOME", str(tmp_path / "file" / "below"))

        assert failure.report_crash(RuntimeError("x")) == 1

        assert "No report could be written" in capfd.readouterr().err


class TestThread:
    @pytest.fixture(autouse=True)
    def _after_a_run_began(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        """Let a run that has no project, and ends at once, do what each does first."""
        monkeypatch.chdir(tmp_path)
        monkeypatch.setattr(threading, "excepthook", threading.excepthook)
        assert main(["run", "-f", "none.yml", "task"]) == 2

    def test_a_fault_of_ours(self, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
        """What fails beside a command becomes a line and a report, as what fails in it does."""
        err = _err_of_a_thread_with(KeyError("the fault"), capfd)

        (report,) = (tmp_path / "home" / "crashes").iterdir()
        assert err == f"taskrunner itself failed (KeyError). A report is in {report}.\n"
        assert "KeyError: 'the fault'" in report.read_text()

    def test_a_refusal_of_the_machine(self, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
        """A thread that gets no file from the system says what would help, and no report is written."""
        err = _err_of_a_thread_with(OSError(errno.EMFILE, "Too many open files"), capfd)

        assert "ulimit -n 1024" in err
        assert not (tmp_path / "home" / "crashes").exists()

    def test_a_way_to_end(self, capfd: pytest.CaptureFixture[str]) -> None:
        """A thread that ends itself has not failed."""
        assert "" == _err_of_a_thread_with(SystemExit(3), capfd)


def _err_of_a_thread_with(error: BaseException, capfd: pytest.CaptureFixture[str]) -> str:
    def fail() -> None:
        raise error

    capfd.readouterr()
    thread = threading.Thread(target=fail)
    thread.start()
    thread.join()
    return capfd.readouterr().err
