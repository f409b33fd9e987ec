"""GitHub Actions: groups and annotations."""

import pytest

from taskrunner.errors import ConfigError, EngineError, Position, Problem
from taskrunner.execution import events as e
from taskrunner.output import github, styles
from tests.unit.output import recordings as r
from tests.unit.output.screen import Screen


def create(screen: Screen) -> e.Listener:
    """Return the style that a job of GitHub Actions gets."""
    return styles.create("simple", screen.console, environment={"GITHUB_ACTIONS": "true"})


def test_success(screen: Screen) -> None:
    """A run that succeeds says each step, and passes both streams of the main container on to ours."""
    screen.play(create(screen), r.SUCCESS)
    assert (
        screen.out
        == """\
::group::Prepare test
Running test...
Pulling postgres:16...
Pulled postgres:16.
Building app...
Built app.
Starting database...
Started database.
database has become healthy.
Running set-up command ./migrate.sh (1 of 2) in database...
Running set-up command ./seed.sh (2 of 2) in database...
database has completed all set-up commands.
::endgroup::
Running ./test.sh --all in app...
1 passed
::group::Clean up

Cleaning up...
::endgroup::
test finished with exit code 0 in 1.2s.
"""
    )
    assert (
        screen.err
        == """\
a warning
"""
    )


def test_build_failure(screen: Screen) -> None:
    """A build that fails shows what it printed, without its colours, and what became of the task."""
    screen.play(create(screen), r.BUILD_FAILURE)
    assert (
        screen.out
        == """\
::group::Prepare test
Running test...
Building app...
::endgroup::
::error::Could not build the image of container app.%0AThe command '/bin/sh -c make' ended with exit code 2
::group::Clean up

Cleaning up...
::endgroup::
"""
    )
    assert (
        screen.err
        == """\

Error: Could not build the image of container app.
The command '/bin/sh -c make' ended with exit code 2

The build printed:
Step 1/1 : RUN make
make: *** No rule

The task test failed. See above for details.
"""
    )


def test_cleanup_failed(screen: Screen) -> None:
    """A clean-up that failed names what could not be removed and the commands that do it."""
    screen.play(create(screen), r.CLEANUP_FAILED)
    assert (
        screen.out
        == """\
::group::Prepare test
Running test...
Starting database...
Started database.
database has become healthy.
Running set-up command ./migrate.sh (1 of 2) in database...
Running set-up command ./seed.sh (2 of 2) in database...
database has completed all set-up commands.
::endgroup::
Running ./test.sh --all in app...
done
::group::Clean up

Cleaning up...
::endgroup::
::error::Could not stop or remove container database.%0Adevice or resource busy
::error::Could not remove the task's network.%0Anetwork has active endpoints
"""
    )
    assert (
        screen.err
        == """\

Error: Could not stop or remove container database.
device or resource busy

Error: Could not remove the task's network.
network has active endpoints

Clean-up failed: some of what the task created is still there.

What is left goes with `taskrunner clean --leftovers`, or with:
  docker rm --force --volumes shop-database-ab12cd
  docker network rm 6f0e

The task test failed. See above for details.
"""
    )


@pytest.mark.parametrize(
    "recording",
    [r.SUCCESS, r.BUILD_FAILURE, r.UNHEALTHY, r.INTERRUPTED, r.KEPT, r.PREREQUISITES_ONLY, r.TWO_TASKS],
)
def test_every_group_is_closed_before_the_next(recording: tuple[r.Record, ...], screen: Screen) -> None:
    """Groups do not nest in GitHub's log, so each ends before another begins and before the run does."""
    screen.play(create(screen), recording)
    marks = [line[:7] for line in screen.out.splitlines() if line.startswith(("::group", "::endgroup"))]
    assert marks == ["::group", "::endgr"] * (len(marks) // 2)


def test_interrupts_are_no_faults(screen: Screen) -> None:
    """A cancelled job is not annotated as an error."""
    screen.play(create(screen), r.INTERRUPTED)
    assert "::error" not in screen.out


def test_problems_are_annotated_at_their_place() -> None:
    """Each problem of a config file becomes an annotation, escaped as workflow commands demand."""
    error = ConfigError(
        [
            Problem("config.a", "100% wrong\nreally", Position("/w/a,b:c.yml", 3, 7, 4), "Mend it."),
            Problem("config.b", "no place"),
        ]
    )
    assert github.annotations(error) == [
        "::error file=/w/a%2Cb%3Ac.yml,line=3,col=7,title=config.a::100%25 wrong%0Areally%0AMend it.",
        "::error title=config.b::no place",
    ]


def test_other_errors_are_annotated_without_a_place() -> None:
    """An engine that fails has no line to point to."""
    error = EngineError("engine.unreachable", "No engine answers.\r\x1b[1m", "Start it.")
    assert github.annotations(error) == [
        "::error title=engine.unreachable::No engine answers.\\x0d\\x1b[1m%0AStart it."
    ]


@pytest.mark.parametrize(("value", "expected"), [("true", True), ("", False), ("1", False)])
def test_where_it_is_used(value: str, expected: bool) -> None:
    """GitHub sets its variable to exactly `true`."""
    assert styles.on_github_actions({"GITHUB_ACTIONS": value}) == expected
