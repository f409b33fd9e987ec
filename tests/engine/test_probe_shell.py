"""The shell that repeats a health check: it may not differ from an exec each time in anything but time."""

import contextlib
import threading
import time
from typing import TYPE_CHECKING

import pytest

from taskrunner.engine import containers, execs
from taskrunner.engine.cancellation import Cancelled, CancelScope
from taskrunner.engine.execs import OUTPUT_LIMIT, ExecSpec
from taskrunner.engine.probe_shell import ProbeShell
from taskrunner.errors import EngineError

if TYPE_CHECKING:
    from tests.engine.conftest import Box

pytestmark = pytest.mark.engine

TIMEOUT = 60.0
CHECKS = [
    "true",
    "exit 7",
    "echo fine",
    "echo bad >&2; exit 1",
    "printf 'no end of the line'",
    "printf 'one\ntwo\n'\nexit 3",
    "cat; echo and no input",
    "read -r line || echo none",
    "no-such-command-at-all",
    "kill -9 $$",
    "exec >/dev/null 2>&1; echo lost",
    # What looks for a process by its command line must not find whoever asks on our behalf.
    "exec pgrep -f needle-in-nobodys-words",
    'echo "[$taskrunner_probe]"',
    "export A=1; cd /tmp; pwd; echo $A",
    "echo $A; pwd",
    "id -u; umask",
    "((",
    "echo \"it's \\ \\\\n '$HOME' `echo x`\"",
    "printf '\\303\\251\\377'",
]


def shell_in(box: "Box", container_id: str, command: str) -> "contextlib.closing[ProbeShell]":
    """Return a shell that is closed at the end."""
    return contextlib.closing(ProbeShell(box.client, container_id, command, None))


def processes(box: "Box", container_id: str) -> list[str]:
    """Return the command lines of what runs in a container."""
    return box.client.json(
        "GET",
        f"/containers/{container_id}/top",
        lambda told: [line[-1] for line in told["Processes"]],
        query={"ps_args": "-eo pid,args"},
    )


def await_alone(box: "Box", container_id: str) -> None:
    """Wait until nothing runs in a container but its own process."""
    until = time.monotonic() + TIMEOUT
    while len(found := processes(box, container_id)) > 1:
        assert time.monotonic() < until, found
        time.sleep(0.05)


@pytest.fixture
def sleeper(box: "Box") -> str:
    """Give a container that does nothing."""
    return box.start("sleep", "1000")


def test_a_check_sees_and_says_what_it_would_in_an_exec_of_its_own(box: "Box", sleeper: str) -> None:
    """Exit code and output are the same, the first time and the next one, whatever the check does."""
    for command in CHECKS:
        expected = execs.run(
            box.client, sleeper, ExecSpec(("/bin/sh", "-c", command)), timeout=TIMEOUT, scope=None
        )
        with shell_in(box, sleeper, command) as shell:
            assert [expected] * 2 == [shell.run(TIMEOUT), shell.run(TIMEOUT)], command


def test_what_a_check_leaves_running(box: "Box", sleeper: str) -> None:
    """It may print at any time: the check's own end is known all the same."""
    noise = "i=0; while [ $i -lt 300 ]; do echo later; echo later >&2; i=$((i+1)); done"
    with shell_in(box, sleeper, f"({noise}) & exit 7") as shell:
        assert {7} == {shell.run(TIMEOUT).exit_code for _ in range(30)}


def test_only_the_last_output_is_kept(box: "Box", sleeper: str) -> None:
    """A check that prints without end costs no memory without end, and its exit code is still found."""
    with shell_in(box, sleeper, "seq 1 200000; exit 4") as shell:
        for _ in range(2):
            result = shell.run(TIMEOUT)

            assert (result.exit_code, len(result.output)) == (4, OUTPUT_LIMIT)
            assert result.output.endswith("199999\n200000\n")


def test_a_check_that_takes_too_long_has_no_code(box: "Box", sleeper: str) -> None:
    """It is left behind with what it said, and the next one is not disturbed by it."""
    with shell_in(
        box, sleeper, "test -e /tmp/there && exit; touch /tmp/there; echo slow; sleep 1000"
    ) as shell:
        assert (None, "slow\n") == shell.run(3.0)
        assert (0, "") == shell.run(TIMEOUT)


def test_where_there_is_no_shell_the_engine_says_so(box: "Box") -> None:
    """It is told as of an exec: by exit code and reason, each time."""
    bare = box.start("sh", "-c", "rm /bin/sh; exec sleep 1000")
    until = time.monotonic() + TIMEOUT
    while "sh" in processes(box, bare)[0]:
        assert time.monotonic() < until
        time.sleep(0.05)
    expected = execs.run(box.client, bare, ExecSpec(("/bin/sh", "-c", "true")), timeout=TIMEOUT, scope=None)

    with shell_in(box, bare, "true") as shell:
        results = [shell.run(TIMEOUT), shell.run(TIMEOUT)]

    assert expected.exit_code in (126, 127)
    assert [expected.exit_code] * 2 == [result.exit_code for result in results]
    assert all("/bin/sh" in result.output for result in (expected, *results))


def test_a_shell_that_somebody_ends_is_started_again(box: "Box", sleeper: str) -> None:
    """The check that was under way has failed, and the next one is asked of another shell."""
    check = "test -e /tmp/again && exit; touch /tmp/again; kill -9 $PPID; sleep 1000"
    with shell_in(box, sleeper, check) as shell:
        assert shell.run(TIMEOUT).exit_code == 137
        assert shell.run(TIMEOUT).exit_code == 0


def test_nothing_stays_in_the_container(box: "Box", sleeper: str) -> None:
    """The shell ends when it is closed, and also where whoever started it is gone without a word."""
    with shell_in(box, sleeper, "true") as shell:
        shell.run(TIMEOUT)
        assert len(processes(box, sleeper)) == 2
    await_alone(box, sleeper)

    exec_id = execs.create(box.client, sleeper, ExecSpec(("sh", "-c", "read -r x"), stdin=True), None)
    execs.start(box.client, exec_id, None).close()
    await_alone(box, sleeper)


def test_a_container_that_ends_keeps_nobody_waiting(box: "Box", sleeper: str) -> None:
    """The check under way comes to its end with the container, and the next one says what is wrong."""
    with shell_in(box, sleeper, "sleep 1000") as shell:
        shell.open()
        killer = threading.Timer(0.5, containers.kill, (box.client, sleeper))
        killer.start()
        with contextlib.suppress(EngineError):
            assert shell.run(TIMEOUT).exit_code != 0
        killer.join()
        until = time.monotonic() + TIMEOUT
        while containers.inspect(box.client, sleeper).running:
            assert time.monotonic() < until
        with pytest.raises(EngineError, match="is not running"):
            shell.run(TIMEOUT)


def test_whoever_waits_can_be_cancelled(box: "Box", sleeper: str) -> None:
    """A run that is over ends its checks at once."""
    scope = CancelScope()
    shell = ProbeShell(box.client, sleeper, "sleep 1000", scope)
    shell.open()
    threading.Timer(0.2, scope.cancel).start()

    with contextlib.closing(shell), pytest.raises(Cancelled):
        shell.run(TIMEOUT)
