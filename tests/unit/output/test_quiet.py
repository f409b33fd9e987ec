"""The `quiet` style, driven by recorded runs."""

from pathlib import Path

import pytest

from taskrunner.output.failures import Explainer
from taskrunner.output.quiet import Quiet
from taskrunner.output.simple import Simple
from tests.unit.output import recordings as r
from tests.unit.output.screen import Screen


def create(screen: Screen, *, keeps_failed: bool = False) -> Quiet:
    """Return the style that the tests drive."""
    return Quiet(screen.console, Explainer(keeps_failed=keeps_failed))


def test_success(screen: Screen) -> None:
    """A run that succeeds shows nothing but what the main container printed."""
    screen.play(create(screen), r.SUCCESS)
    assert (
        screen.out
        == """\
1 passed"""
    )
    assert (
        screen.err
        == """\
a warning
"""
    )


def test_kept(screen: Screen) -> None:
    """Containers that were kept are listed with what looks into them and what removes them."""
    screen.play(create(screen, keeps_failed=True), r.KEPT)
    assert screen.out == ""
    assert (
        screen.err
        == """\

Error: Could not run set-up command ./migrate.sh in container database.
exec failed: no such file

Nothing was removed, because --no-cleanup-after-failure was given.

To look into container app:
  docker logs shop-app-ab12cd
  docker start shop-app-ab12cd; docker exec -it shop-app-ab12cd sh
To look into container database:
  docker logs shop-database-ab12cd
  docker start shop-database-ab12cd; docker exec -it shop-database-ab12cd sh

When they are no longer needed, remove them with:
  docker rm --force --volumes shop-app-ab12cd shop-database-ab12cd
  docker network rm 6f0e

The task test failed. See above for details.
"""
    )


@pytest.mark.parametrize(
    ("recording", "printed"),
    [
        (r.BUILD_FAILURE, ""),
        (r.UNHEALTHY, ""),
        (r.SETUP_FAILURE, ""),
        (r.INTERRUPTED, "half a li"),
        (r.CLEANUP_FAILED, "done\n"),
        (r.PREREQUISITES_ONLY, ""),
        (r.TWO_TASKS, "built\n1 fault\n"),
    ],
)
def test_failures_are_told_as_in_simple(
    recording: tuple[r.Record, ...], printed: str, screen: Screen, tmp_path: Path
) -> None:
    """Standard error receives what `simple` would send there; standard output the containers' bytes alone."""
    (tmp_path / "simple").mkdir()
    simple = Screen(tmp_path / "simple", colour=False)
    simple.play(Simple(simple.console, Explainer()), recording)
    simple.close()
    screen.play(create(screen), recording)
    assert (screen.out, screen.err) == (printed, simple.err)
