"""Runs whose engine is stopped, has no room, or loses an image: an engine of the test's own."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.support.engine_faults import by
from tests.support.fault_relay import Call
from tests.support.fault_table import Bench, Fault, line_of
from tests.support.images import import_busybox
from tests.support.journey import Journey
from tests.support.own_engine import OwnEngine

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.fault_table import Row

# As root, for namespaces and mounts; the shared engine is not used.
pytestmark = pytest.mark.engine

IMAGE = "taskrunner-test/busybox:1"


@pytest.fixture(scope="module")
def own() -> Iterator[OwnEngine]:
    """Give an engine with the test image."""
    made = OwnEngine()
    client = made.client()
    import_busybox(client, IMAGE)
    client.close()
    yield made
    made.close()


@pytest.fixture
def bench(tmp_path: Path, own: OwnEngine) -> Iterator[Bench]:
    """Give a project on that engine, with a relay before it."""
    client = own.client()
    journey = Journey(tmp_path, lambda: client)
    made = Bench(journey, client, own.socket)
    yield made
    made.close()
    journey.close()
    client.close()


@pytest.fixture
def report(record_property: "Callable[[str, object], None]") -> "Callable[[Row], None]":
    """Give what writes a row of the table."""
    return lambda row: record_property("show: faults of a run", line_of(row))


def faults(own: OwnEngine) -> dict[str, Fault]:
    """Return what happens to the engine."""

    def restart(_bench: Bench) -> None:
        own.stop()
        own.start()

    def lose_image(bench: Bench) -> None:
        bench.engine.api.remove_image(IMAGE, force=True)

    return {
        # While it ends it says 500 to the removal of a network, then 404, and has it again when it is back.
        "engine restarted": Fault(
            "engine restarted", by(restart), frozenset({125, 137}), "Error: ", engine_forgets=True
        ),
        "disk full": Fault(
            "disk full", by(lambda _: own.fill()), frozenset({125, 1}), "space", after=own.empty
        ),
        "image removed": Fault(
            "image removed", by(lose_image), frozenset({125}), "[Nn]o such image|pull|not find",
            after=lambda: _import(own),
        ),
    }  # fmt: skip


def _import(own: OwnEngine) -> None:
    client = own.client()
    import_busybox(client, IMAGE)
    client.close()


SELECTION = [
    ("engine restarted", Call("POST containers/create/app", "after")),
    ("engine restarted", Call("POST containers/app/start", "after")),
    ("disk full", Call("POST containers/create/app", "before")),
    ("image removed", Call("POST containers/create/db", "before")),
]


@pytest.mark.timeout(300)
@pytest.mark.parametrize(("name", "call"), SELECTION)
def test_a_selection(
    bench: Bench, own: OwnEngine, report: "Callable[[Row], None]", name: str, call: Call
) -> None:
    """The message says what happened, and once the engine is well again, the next run works and sweeps."""
    row = bench.run(faults(own)[name], call)

    assert row is not None, "the call did not come"
    report(row)
    assert "" == row.wrong


@pytest.mark.long
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("name", ["engine restarted", "disk full", "image removed"])
def test_every_call(bench: Bench, own: OwnEngine, report: "Callable[[Row], None]", name: str) -> None:
    """The same, at each call of a run, before and after."""
    fault = faults(own)[name]
    rows = [row for call in bench.calls() if (row := bench.run(fault, call)) is not None]

    for row in rows:
        report(row)
    assert [] == [row for row in rows if row.wrong]
    assert len(rows) > 20
