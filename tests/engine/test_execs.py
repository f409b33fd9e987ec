import threading
import time
from typing import TYPE_CHECKING

import pytest

from taskrunner.engine import execs
from taskrunner.engine.cancellation import Cancelled, CancelScope
from taskrunner.engine.errors import ApiError
from taskrunner.engine.execs import OUTPUT_LIMIT, ExecResult, ExecSpec

if TYPE_CHECKING:
    from tests.engine.conftest import Box

pytestmark = pytest.mark.engine


def run(box: "Box", container_id: str, *command: str, timeout: float | None = None) -> ExecResult:
    """Run a command that needs nothing else."""
    return execs.run(box.client, container_id, ExecSpec(command), timeout=timeout, scope=None)


class TestRun:
    def test_code_and_output_of_both_streams_are_returned(self, box: "Box") -> None:
        """A command's exit code and all that it printed come back, and the pieces are handed on meanwhile."""
        heard: list[bytes] = []

        result = execs.run(
            box.client,
            box.start("sleep", "100"),
            ExecSpec(("sh", "-c", "echo out; echo err >&2; exit 9")),
            timeout=None,
            scope=None,
            on_output=heard.append,
        )

        assert result.exit_code == 9
        assert sorted(result.output.split()) == ["err", "out"]
        assert b"".join(heard).decode() == result.output

    def test_surroundings_are_what_was_asked_for(self, box: "Box") -> None:
        """Environment, folder and user are the command's own, and else the container's."""
        container_id = box.start("sleep", "100", environment={"A": "container", "B": "kept"})
        spec = ExecSpec(("sh", "-c", "echo $A $B $(pwd) $(id -u)"), {"A": "exec"}, "/tmp", "65534")

        assert (
            execs.run(box.client, container_id, spec, timeout=None, scope=None).output
            == "exec kept /tmp 65534\n"
        )
        assert run(box, container_id, "sh", "-c", "echo $A $(pwd) $(id -u)").output == "container / 0\n"

    def test_only_the_last_output_is_kept(self, box: "Box") -> None:
        """A command that prints without end costs no memory without end."""
        result = run(box, box.start("sleep", "100"), "sh", "-c", "seq 1 200000")

        assert len(result.output) == OUTPUT_LIMIT
        assert result.output.endswith("199999\n200000\n")

    def test_a_command_that_takes_too_long_has_no_code(self, box: "Box") -> None:
        """After the time limit we go on, with what was printed until then."""
        container_id, begun = box.start("sleep", "100"), time.monotonic()

        result = run(box, container_id, "sh", "-c", "echo started; sleep 50", timeout=0.5)

        assert result == ExecResult(None, "started\n")
        assert time.monotonic() - begun < 5

    def test_a_command_that_closes_its_output_is_waited_for(self, box: "Box") -> None:
        """The end of the output is not taken for that of the command, and the time limit holds still."""
        container_id = box.start("sleep", "100")
        quiet = "exec >&- 2>&-; sleep 0.7; exit 6"

        assert run(box, container_id, "sh", "-c", quiet) == ExecResult(6, "")
        assert run(box, container_id, "sh", "-c", quiet, timeout=0.3) == ExecResult(None, "")

    def test_a_command_that_does_not_exist_says_so(self, box: "Box") -> None:
        """A misspelt program is a failure with a reason, as a shell would have it."""
        result = run(box, box.start("sleep", "100"), "no-such-program")

        assert result.exit_code in (126, 127)
        assert "executable file not found" in result.output

    def test_a_container_that_ended_refuses(self, box: "Box") -> None:
        """The engine's reason comes through where nothing can be run."""
        with pytest.raises(ApiError, match="not running"):
            run(box, box.create("true"), "true")

    def test_a_command_can_be_given_up(self, box: "Box") -> None:
        """Waiting for a command ends at once when its scope is cancelled."""
        container_id, scope = box.start("sleep", "100"), CancelScope()
        begun = time.monotonic()
        threading.Timer(0.3, scope.cancel).start()

        with pytest.raises(Cancelled):
            execs.run(box.client, container_id, ExecSpec(("sleep", "50")), timeout=60, scope=scope)

        assert time.monotonic() - begun < 3

    def test_many_commands_in_a_row_lose_no_output(self, box: "Box") -> None:
        """Forty short commands return each its own line and code."""
        container_id = box.start("sleep", "100")

        results = [run(box, container_id, "sh", "-c", f"echo {i}; exit {i}") for i in range(40)]

        assert results == [ExecResult(i, f"{i}\n") for i in range(40)]
