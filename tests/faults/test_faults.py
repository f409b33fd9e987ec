"""Runs to which one thing happens: at each call, before the engine hears of it and after it has acted.

What comes of each is in the table that stands in the summary of the tests. CI tries a selection; with --long,
every call is tried.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.support.engine_faults import FAULTS
from tests.support.fault_relay import Call
from tests.support.fault_table import Bench, Row, line_of
from tests.support.journey import Journey

if TYPE_CHECKING:
    from collections.abc import Callable

    from docker import DockerClient

pytestmark = pytest.mark.engine

SOCKET = "/var/run/docker.sock"
# Where it is hardest to end well, of each kind: something was just made, or is about to go.
SELECTION = {
    "kill -9": ("after POST containers/create/app", "after DELETE containers/app"),
    "SIGINT": ("after POST networks/create", "before POST containers/app/start"),
    "SIGTERM": ("after POST containers/app/start",),
    "SIGHUP": ("after POST containers/db/start",),
    "status 500": ("before POST containers/create/app", "before DELETE containers/db"),
    "connection reset": ("after POST containers/create/db", "before POST exec/in db/start"),
    "containers killed": ("after POST containers/db/start", "after POST containers/app/start"),
    "containers removed": ("before POST containers/app/attach",),
    "network removed": ("before POST containers/app/start",),
}


@pytest.fixture
def bench(journey: Journey, engine: "DockerClient") -> Iterator[Bench]:
    """Give a project with a relay before the engine."""
    made = Bench(journey, engine, SOCKET)
    yield made
    made.close()


@pytest.fixture
def report(record_property: "Callable[[str, object], None]") -> "Callable[[Row], None]":
    """Give what writes a row of the table."""
    return lambda row: record_property("show: faults of a run", line_of(row))


def call_of(text: str) -> Call:
    """Return the call of a name such as `after GET events`."""
    when, _, name = text.partition(" ")
    return Call(name, "before" if when == "before" else "after")


@pytest.mark.timeout(300)
@pytest.mark.parametrize(("name", "call"), [(n, c) for n, calls in SELECTION.items() for c in calls])
def test_a_selection(bench: Bench, report: "Callable[[Row], None]", name: str, call: str) -> None:
    """The exit code is right, the message says what happened, the next run works, and nothing is left."""
    row = bench.run(FAULTS[name], call_of(call))

    assert row is not None, "the call did not come"
    report(row)
    assert "" == row.wrong


@pytest.mark.long
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("name", FAULTS)
def test_every_call(bench: Bench, report: "Callable[[Row], None]", name: str) -> None:
    """The same, at each call of a run, before and after."""
    rows = [row for call in bench.calls() if (row := bench.run(FAULTS[name], call)) is not None]

    for row in rows:
        report(row)
    assert [] == [row for row in rows if row.wrong]
    assert len(rows) > 20


class TestTheMachine:
    """What happens to the machine of the program, and not to the engine's."""

    @pytest.mark.parametrize("jump", ["+400d", "-400d"])
    def test_the_clock_jumps(
        self, bench: Bench, report: "Callable[[Row], None]", tmp_path: Path, jump: str
    ) -> None:
        """Times are measured by a clock that does not jump: nothing waits for a year, or gives up at once."""
        file = tmp_path / "time"
        file.write_text("+0")
        (library,) = Path("/usr/lib").glob("*/faketime/libfaketime.so.1")
        fault = FAULTS["clock"]._replace(
            name=f"clock {jump}",
            harm=lambda *_: (file.write_text(jump), "pass")[1],
            environment={
                "LD_PRELOAD": str(library),
                "FAKETIME_TIMESTAMP_FILE": str(file),
                "FAKETIME_NO_CACHE": "1",
                "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            },
        )
        row = bench.run(fault, call_of("after POST containers/db/start"))

        assert row is not None
        report(row)
        assert ("", 0) == (row.wrong, row.exit_code)

    @pytest.mark.parametrize("what", ["read-only", "full"])
    def test_no_room_for_files(self, bench: Bench, report: "Callable[[Row], None]", what: str) -> None:
        """A run needs neither its home nor the folder for temporary files."""
        home, temporary = bench.journey.home, bench.journey.temporary
        options = "ro" if what == "read-only" else "size=4k"
        mount = f"mount -t tmpfs -o {options} tmpfs"
        fill = f"dd if=/dev/zero of={home}/x of={temporary}/x 2>/dev/null; " if what == "full" else ""
        script = f"{mount} {home} && {mount} {temporary} && {fill} exec {bench.program} run -o quiet work"
        result = bench.journey.run("--mount", "sh", "-c", script, command="/usr/bin/unshare")

        row = Row(f"home and /tmp {what}", "at the start", result.exit_code, result.stderr[:70], "")
        report(row)
        assert (0, "from the host\n", "") == (result.exit_code, result.stdout, result.stderr)

    def test_a_full_log_file(self, bench: Bench, report: "Callable[[Row], None]") -> None:
        """A log file that cannot be written is told, and does not stop what has begun from being removed."""
        result = bench.journey.run("run", "--log-file", "/dev/full", "work")

        report(Row("log file on a full disk", "at the start", result.exit_code, result.stderr[:70], ""))
        assert 0 == result.exit_code
        assert "The log file /dev/full is not complete: No space left on device." in result.stderr
