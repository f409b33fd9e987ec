"""The boundary of the program: however a command ends, a person sees words and a shell sees a code."""

import os
import signal
import socket
import subprocess
from pathlib import Path
from typing import NoReturn

import pytest

import taskrunner.cli.app
from taskrunner._version import VERSION
from taskrunner.cli.entry import main
from tests.support.journey import Journey, program

CONFIG = """\
containers:
  shell: {image: busybox}
tasks:
  hello: {run: {container: shell, command: echo hello}}
"""


def ends_with(monkeypatch: pytest.MonkeyPatch, error: BaseException) -> None:
    """Let every command end with an error."""

    def fail(*_: object) -> NoReturn:
        raise error

    monkeypatch.setattr(taskrunner.cli.app, "run_app", fail)


def run_into(
    journey: Journey, *arguments: str, stdout: int, env: dict[str, str | None] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run the program with a standard output of the test's own."""
    return subprocess.run(
        [program(), *arguments],
        cwd=journey.folder,
        env=journey.variables(env),
        stdin=subprocess.DEVNULL,
        stdout=stdout,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
        timeout=60,
    )


class TestInside:
    def test_version(self, capsys: pytest.CaptureFixture[str]) -> None:
        """`--version` prints the version, alone and among other options."""
        assert [main(["--version"]), main(["--no-color", "--version"])] == [0, 0]
        assert capsys.readouterr().out == f"taskrunner {VERSION}\n" * 2

    def test_a_fault_of_ours(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
    ) -> None:
        """It ends with 1 and the path of a report, and shows no traceback."""
        monkeypatch.setenv("TASKRUNNER_HOME", str(tmp_path))
        ends_with(monkeypatch, ZeroDivisionError("division by zero"))

        code = main(["schema"])

        (report,) = (tmp_path / "crashes").iterdir()
        assert code == 1
        assert (
            capfd.readouterr().err
            == f"taskrunner itself failed (ZeroDivisionError). A report is in {report}.\n"
        )
        assert "division by zero" in report.read_text()

    def test_an_interrupt(self, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
        """Ctrl-C ends a command without a word."""
        ends_with(monkeypatch, KeyboardInterrupt())

        assert main(["schema"]) == 130
        assert capfd.readouterr() == ("", "")

    def test_windows(self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        """On Windows one sentence says where taskrunner runs."""
        with monkeypatch.context() as patch:
            patch.setattr(os, "name", "nt")
            code = main(["schema"])

        assert code == 2
        assert "WSL2" in capsys.readouterr().err


class TestInterrupt:
    def test_while_the_engine_is_silent(self, journey: Journey, tmp_path: Path) -> None:
        """Ctrl-C ends a command that waits for an engine, with 130 and without a traceback."""
        path = str(tmp_path / "silent.sock")
        with socket.socket(socket.AF_UNIX) as server:
            server.bind(path)
            server.listen()
            server.settimeout(30)
            running = journey.start("clean", "--leftovers", env={"DOCKER_HOST": f"unix://{path}"})
            connection, _ = server.accept()
            with connection:
                connection.recv(1)
                result = running.signal(signal.SIGINT).finish(10)

        assert (130, "", "") == (result.exit_code, result.stdout, result.stderr)


class TestOutput:
    @pytest.mark.parametrize("unbuffered", ["1", None])
    @pytest.mark.parametrize("command", ["list", "schema", "--help", "--version"])
    def test_nobody_reads_it(self, journey: Journey, command: str, unbuffered: str | None) -> None:
        """What `head` does not want ends the command as a shell expects, without a word."""
        journey.file("taskrunner.yml", CONFIG)
        reader, writer = os.pipe()
        os.close(reader)

        try:
            result = run_into(journey, command, stdout=writer, env={"PYTHONUNBUFFERED": unbuffered})
        finally:
            os.close(writer)

        assert (141, "") == (result.returncode, result.stderr)

    @pytest.mark.parametrize("unbuffered", ["1", None])
    @pytest.mark.parametrize("command", ["list", "schema", "--help", "--version"])
    def test_the_disk_is_full(self, journey: Journey, command: str, unbuffered: str | None) -> None:
        """Output that cannot be written is a failure with a reference, not a fault of ours."""
        journey.file("taskrunner.yml", CONFIG)
        descriptor = os.open("/dev/full", os.O_WRONLY)

        try:
            result = run_into(journey, command, stdout=descriptor, env={"PYTHONUNBUFFERED": unbuffered})
        finally:
            os.close(descriptor)

        assert result.returncode == 125
        assert result.stderr.startswith("Error: Standard output cannot be written: No space left on device.")
        assert len(result.stderr.splitlines()) == 3

    @pytest.mark.parametrize(
        ("arguments", "code"), [("list", 0), ("run nothing", 2), ("schema >/dev/full", 125)]
    )
    def test_there_is_nowhere_to_say_so(self, journey: Journey, arguments: str, code: int) -> None:
        """Where standard error cannot be written, the exit code is the usual."""
        journey.file("taskrunner.yml", CONFIG)

        result = journey.run("-c", f"{program()} {arguments} 2>/dev/full", command="/bin/sh")

        assert code == result.exit_code

    def test_it_is_closed(self, journey: Journey) -> None:
        """A command that is started without standard output does its work."""
        journey.file("taskrunner.yml", CONFIG)

        result = journey.run("-c", f"{program()} list >&-", command="/bin/sh")

        assert (0, "", "") == (result.exit_code, result.stdout, result.stderr)
