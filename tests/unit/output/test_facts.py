"""What the events of a run tell a person."""

from taskrunner.execution import events as e
from taskrunner.output.facts import Facts
from tests.unit.output import recordings as r


def told(*timed: tuple[e.Event, float], main_too: bool = False) -> list[str]:
    """Return which sentences are said, with what they speak of."""
    facts = Facts(main_too=main_too)
    found = [fact for event, at in timed for fact in facts.of(event, at)]
    return [" ".join([fact.key, *fact.names.values()]) for fact in found]


def test_how_far_a_pull_is() -> None:
    """While a pull goes on, a fact every five seconds says how far it is."""
    progress = [
        (e.ImagePullProgress("alpine", "downloading", second * 1_000_000, 50_000_000), float(second))
        for second in range(12)
    ]

    assert told((e.ImagePullStarted("alpine"), 0.0), *progress) == [
        "pulling alpine",
        "pull progress alpine downloading, 10%, 5.0 of 50.0 MB",
        "pull progress alpine downloading, 20%, 10.0 of 50.0 MB",
    ]


def test_a_pull_of_unknown_size() -> None:
    """Where nobody knows how much there is, only what is done is told."""
    progress = e.ImagePullProgress("alpine", "downloading", 999, 0)

    assert told((e.ImagePullStarted("alpine"), 0.0), (progress, 9.0))[1:] == [
        "pull progress alpine downloading, 999 B"
    ]


def test_a_long_build() -> None:
    """Of a build that takes long, the step that it has reached is told every five seconds."""
    steps = [(e.ImageBuildProgress("app", step, 9, f"RUN {step}"), step * 2.0) for step in range(1, 7)]

    assert told((r.START, 0.0), (e.ImageBuildStarted("app"), 0.0), *steps)[1:] == [
        "building app",
        "build step app 3 9 RUN 3",
        "build step app 6 9 RUN 6",
    ]


def test_a_long_wait_for_health() -> None:
    """A health check that keeps failing is told with the time that is left and what it said."""
    probes = [(e.HealthProbed("database", 1, "no\nresponse\n", 30.0 - at), float(at)) for at in range(12)]

    assert told((r.START, 0.0), (e.HealthCheckStarted("database", 30.0), 0.0), *probes)[1:] == [
        "waiting database response 25s",
        "waiting database response 20s",
    ]


def test_a_check_that_says_nothing() -> None:
    """A probe without output is no gap in the line."""
    probe = (e.HealthProbed("database", 1, "", 20.0), 9.0)

    assert told((r.START, 0.0), (e.HealthCheckStarted("database", 30.0), 0.0), probe)[1:] == [
        "waiting database no output 20s"
    ]


def test_the_main_container() -> None:
    """Its own readiness is told only where a style wants it; that it starts is told always."""
    events = [(r.START, 0.0), *((record, 0.0) for record in r.APP_RUNS if not isinstance(record, r.Output))]
    events += [(e.SetupCommandStarted("app", "./x", 1, 1), 0.0)]

    assert told(*events)[1:] == ["running a command app ./test.sh --all"]
    assert told(*events, main_too=True)[2:] == ["set-up app ./x 1 1"]
