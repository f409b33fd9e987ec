"""Where the time of a long run went."""

import pytest

from taskrunner.cli.afterwards import tell_slowest
from taskrunner.execution.recording import Recording
from tests.unit.output import recordings as r
from tests.unit.output.screen import Screen


def told(screen: Screen, *records: r.Record, style: str = "simple", long: float = 0.0) -> str:
    """Return what is printed behind a run whose events are a second apart."""
    recording = Recording()
    screen.play(recording, records)
    tell_slowest(recording, screen.console, style, long)
    return screen.out


def test_the_three_slowest(screen: Screen) -> None:
    """The longest steps are named with their times, longest first; a dependency's running is none."""
    assert told(screen, *r.SUCCESS) == (
        "The run took 1.3s. Its slowest steps:\n"
        "  5.0s  running ./test.sh --all in app\n"
        "  4.0s  pulling postgres:16\n"
        "  3.0s  set-up command ./migrate.sh in database\n"
    )


@pytest.mark.parametrize("style", ["quiet", "all", "json"])
def test_styles_that_do_not_tell(screen: Screen, style: str) -> None:
    """Styles that say as little as possible, or that programs read, do not say this."""
    assert told(screen, *r.SUCCESS, style=style) == ""


def test_a_short_run(screen: Screen) -> None:
    """Of a run that took no time to speak of, nothing is told."""
    assert told(screen, *r.SUCCESS, long=1.31) == ""
    assert told(screen, *r.SUCCESS, long=1.3) != ""


def test_a_run_that_failed(screen: Screen) -> None:
    """Behind a failure, its explanation is the last thing on the screen."""
    assert told(screen, *r.UNHEALTHY) == ""


def test_a_run_without_steps(screen: Screen) -> None:
    """A run of prerequisites only has nothing that could be slow."""
    assert told(screen, *r.PREREQUISITES_ONLY) == ""
