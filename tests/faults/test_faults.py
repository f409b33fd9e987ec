"""Runs to which one thing happens: at each call, before the engine hears of it and after it has acted.

What comes of each is in the table that stands in the summary of the tests. CI tries a selection; with --long,
every call is tried.
"""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.support.engine_faults import FAULTS
from tests.support.fault_relay import Call
from tests.support.fault_table import Bench, Fault, Row, line_of
from tests.support.journey import Journey
from tests.support.machine_faults import clock, on_folders
from tests.support.own_folders import OwnFolders

if TYPE_CHECKING:
    from collections.abc import Callable

    from docker import DockerClient

pytestmark = pytest.mark.engine

SOCKET = os.environ.get("DOCKER_HOST", "unix:///var/run/docker.sock").removeprefix("unix://")
# Where it is hardest to end well, of each kind: something was just made, or is about to go.
SELECTION = {
    "kill -9": (
        "after POST containers/create/app",
        "after DELETE containers/app",
        "after POST networks/network/disconnect",
    ),
    "SIGINT": ("after POST networks/create", "before POST containers/app/start"),
    "SIGTERM": ("after POST containers/app/start", "before POST networks/network/disconnect"),
    "SIGHUP": ("after POST containers/db/start",),
    "status 500": (
        "before POST networks/create",
        "before POST containers/create/app",
        "before DELETE containers/db",
        "before POST networks/network/disconnect",
    ),
    "status 500, always": ("before DELETE containers/db", "before DELETE networks/network"),
    "connection reset": (
        "after POST containers/create/db",
        "before POST exec/in db/start",
        "after DELETE containers/app",
    ),
    "containers killed": ("after POST containers/db/start", "after POST containers/app/start"),
    "containers removed": ("before POST containers/app/attach",),
    "network removed": ("before POST containers/app/start",),
}
ON_THE_MACHINE = {
    "clock +400d": ("after POST containers/db/start", "before DELETE containers/app"),
    "clock -400d": ("after POST containers/create/app",),
    "read-only": ("after POST networks/create", "after DELETE containers/app"),
    "full": ("after POST containers/app/start",),
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

    if row is None and call.endswith("/disconnect"):
        # Newer engines let containers leave a network together.
        assert tuple(map(int, bench.engine.version()["ApiVersion"].split("."))) >= (1, 42)
        return
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


@pytest.fixture
def folders(bench: Bench, tmp_path: Path) -> Iterator[OwnFolders]:
    """Give the project's runs a home and a folder for temporary files on disks of their own."""
    made = OwnFolders(bench.journey.home, bench.journey.temporary, ready=tmp_path / "ready")
    bench.prefix = made.inside(bench.journey.folder)
    yield made
    left = made.left()
    made.close()
    assert [] == left


@pytest.fixture
def machine(tmp_path: Path, folders: OwnFolders) -> "Callable[[str], Fault]":
    """Give what makes a fault of the machine of its name."""

    def fault(name: str) -> Fault:
        if name.startswith("clock "):
            return clock(name, tmp_path)
        return on_folders(name, folders, {"read-only": folders.read_only, "full": folders.full}[name])

    return fault


class TestTheMachine:
    """What happens to the machine of the program, and not to the engine's: nothing comes of it.

    Times are measured by a clock that does not jump: nothing waits for a year, or gives up at once. Neither
    the home nor the folder for temporary files is needed.
    """

    @pytest.mark.timeout(300)
    @pytest.mark.parametrize(("name", "call"), [(n, c) for n, calls in ON_THE_MACHINE.items() for c in calls])
    def test_a_selection(
        self,
        bench: Bench,
        report: "Callable[[Row], None]",
        machine: "Callable[[str], Fault]",
        name: str,
        call: str,
    ) -> None:
        """The run does what it does otherwise, and so does the next."""
        row = bench.run(machine(name), call_of(call))

        assert row is not None, "the call did not come"
        report(row)
        assert ("", 0) == (row.wrong, row.exit_code)

    @pytest.mark.long
    @pytest.mark.timeout(3600)
    @pytest.mark.parametrize("name", ON_THE_MACHINE)
    def test_every_call(
        self, bench: Bench, report: "Callable[[Row], None]", machine: "Callable[[str], Fault]", name: str
    ) -> None:
        """The same, at each call of a run, before and after."""
        fault = machine(name)
        rows = [row for call in bench.calls() if (row := bench.run(fault, call)) is not None]

        for row in rows:
            report(row)
        assert [] == [row for row in rows if row.wrong or row.exit_code]
        assert len(rows) > 20

    @pytest.mark.parametrize("name", ["read-only", "full"])
    def test_from_the_start(
        self, bench: Bench, report: "Callable[[Row], None]", machine: "Callable[[str], Fault]", name: str
    ) -> None:
        """A run needs neither its home nor the folder for temporary files, not even at first."""
        fault = machine(name)
        fault.harm(bench, None)
        row = bench.run(fault, call_of("before GET _ping"))

        assert row is not None
        report(row._replace(call="at the start"))
        assert ("", 0) == (row.wrong, row.exit_code)

    def test_a_full_log_file(self, bench: Bench, report: "Callable[[Row], None]") -> None:
        """A log file that cannot be written is told, and does not stop what has begun from being removed."""
        result = bench.journey.run("run", "--log-file", "/dev/full", "work")

        report(Row("log file on a full disk", "at the start", result.exit_code, result.stderr[:70], ""))
        assert 0 == result.exit_code
        assert "The log file /dev/full is not complete: No space left on device." in result.stderr
