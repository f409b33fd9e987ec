"""Which calls a run makes, and in which order: each one that is not there is time that nobody waits."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.journey import Journey
from tests.support.recorder import Recorder, recorder

# Alone: a run also removes what others left that were killed, and its calls would be counted.
pytestmark = [pytest.mark.engine, pytest.mark.alone]

PROJECTS = Path(__file__).parents[1] / "benchmarks" / "projects"
# The sweep for leftovers goes on beside the run, so its calls may stand anywhere.
SWEEP = {"GET /containers/json", "GET /networks"}


@pytest.fixture
def recorded(tmp_path: Path) -> Iterator[Recorder]:
    """Give a socket that notes calls on their way to the engine."""
    with recorder(tmp_path) as made:
        yield made


def calls_of(journey: Journey, recorded: Recorder, project: str) -> list[str]:
    """Return the calls of a run of a benchmark's project, without those of the sweep."""
    config = (PROJECTS / project / "taskrunner.yml").read_text(encoding="utf-8")
    journey.file("taskrunner.yml", config.replace("project_name: bench", f"project_name: {journey.project}"))

    result = journey.run("run", "-o", "quiet", "hello", env={"DOCKER_HOST": f"unix://{recorded.path}"})

    assert (0, "hello\n", "") == (result.exit_code, result.stdout, result.stderr)
    return [call for call in recorded.calls if call not in SWEEP]


def test_one_container(journey: Journey, recorded: Recorder) -> None:
    """A container alone needs no network, and its exit code comes with the events."""
    calls = calls_of(journey, recorded, "one")

    # The image is asked for while the rest of the program is loaded.
    assert calls == [
        "GET /_ping",
        "GET /images/*/json",
        "GET /events",
        "POST /containers/create",
        "POST /containers/*/attach",
        "POST /containers/*/start",
        "DELETE /containers/*",
    ]


def test_a_dependency(journey: Journey, recorded: Recorder) -> None:
    """The network is on its way while containers are created, and all of them exist before one starts."""
    calls = calls_of(journey, recorded, "dependency")

    first_start = calls.index("POST /containers/*/start")
    assert calls[:first_start].count("POST /containers/create") == 2
    assert calls.index("POST /networks/create") < first_start
    # One, in which the health check is repeated.
    assert calls.count("POST /containers/*/exec") == calls.count("POST /exec/*/start") == 1
    assert "GET /exec/*/json" not in calls
    # The ends of containers, and their departures from the network.
    assert calls.count("GET /events") == 2
    assert calls.index("POST /containers/*/attach") > calls.index("POST /containers/*/exec")
    assert calls.count("DELETE /networks/*") == 1
    assert calls.count("DELETE /containers/*") == 2
    disconnect, departure = "POST /networks/*/disconnect", calls.index("DELETE /networks/*")
    if disconnect in calls:
        # On an engine that may block itself: the dependency, once the main container has left by itself.
        assert calls.index("DELETE /containers/*") < calls.index(disconnect) < departure
        calls.remove(disconnect)
    else:
        assert departure == len(calls) - 1
    known = {"GET /_ping", "GET /events", "POST /networks/create", "POST /containers/create"}
    known |= {f"POST /containers/*/{verb}" for verb in ("start", "exec", "attach")}
    known |= {"POST /exec/*/start", "DELETE /containers/*", "DELETE /networks/*"}
    # Whether a container ended without an event is asked once it is being removed.
    known |= {"GET /containers/*/json"}
    assert set() == {call for call in calls if not call.startswith("GET /images/")} - known


def test_another_engine_is_not_asked(journey: Journey, recorded: Recorder) -> None:
    """What is recorded is all there is: nothing goes past the socket that was named."""
    assert recorded.path != os.environ.get("DOCKER_HOST", "").removeprefix("unix://")
    assert calls_of(journey, recorded, "one")[0] == "GET /_ping"
