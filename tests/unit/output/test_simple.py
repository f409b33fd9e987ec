"""The `simple` style, driven by recorded runs."""

from taskrunner.execution import events as e
from taskrunner.output.failures import Explainer
from taskrunner.output.simple import Simple
from tests.unit.output import recordings as r
from tests.unit.output.recordings import Output
from tests.unit.output.screen import Screen


def create(screen: Screen, *, keeps_failed: bool = False) -> Simple:
    """Return the style that the tests drive."""
    return Simple(screen.console, Explainer(keeps_failed=keeps_failed))


def test_success(screen: Screen) -> None:
    """A run that succeeds says each step, and passes both streams of the main container on to ours."""
    screen.play(create(screen), r.SUCCESS)
    assert (
        screen.out
        == """\
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
Running ./test.sh --all in app...
1 passed

Cleaning up...
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
Running test...
Building app...

Cleaning up...
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


def test_unhealthy(screen: Screen) -> None:
    """A container that does not become healthy is shown with its last probe, its last output and a hint."""
    screen.play(create(screen), r.UNHEALTHY)
    assert (
        screen.out
        == """\
Running test...
Starting database...
Started database.

Cleaning up...
"""
    )
    assert (
        screen.err
        == """\

Error: Container database did not become healthy.
The health check failed 3 times in a row.

The last health check printed:
no response

The container's last output:
starting
FATAL: no password given

To look around in the container, run the task again with --shell-on-failure.
To keep the container, run it with --no-cleanup-after-failure.

The task test failed. See above for details.
"""
    )


def test_setup_failure(screen: Screen) -> None:
    """A set-up command that fails is shown with its exit code and its output."""
    screen.play(create(screen), r.SETUP_FAILURE)
    assert (
        screen.out
        == """\
Running test...
Starting database...
Started database.
database has become healthy.
Running set-up command ./migrate.sh (1 of 1) in database...

Cleaning up...
"""
    )
    assert (
        screen.err
        == """\

Error: Set-up command ./migrate.sh in container database failed.
It ended with exit code 3 and printed:
no such table

To look around in the container, run the task again with --shell-on-failure.
To keep the container, run it with --no-cleanup-after-failure.

The task test failed. See above for details.
"""
    )


def test_interrupted(screen: Screen) -> None:
    """An interrupt says what happens next, on lines of its own."""
    screen.play(create(screen), r.INTERRUPTED)
    assert (
        screen.out
        == """\
Running test...
Starting database...
Started database.
database has become healthy.
Running set-up command ./migrate.sh (1 of 2) in database...
Running set-up command ./seed.sh (2 of 2) in database...
database has completed all set-up commands.
Running ./test.sh --all in app...
half a li

Cleaning up...
"""
    )
    assert (
        screen.err
        == """\

Interrupted: ending what is under way, then cleaning up. Ctrl-C again kills what still runs.

Killing what still runs, then cleaning up. Once more ends this at once and leaves the rest.

The task test failed. See above for details.
"""
    )


def test_kept(screen: Screen) -> None:
    """Containers that were kept are listed with what looks into them and what removes them."""
    screen.play(create(screen, keeps_failed=True), r.KEPT)
    assert (
        screen.out
        == """\
Running test...
Starting database...
Started database.
"""
    )
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


def test_cleanup_failed(screen: Screen) -> None:
    """A clean-up that failed names what could not be removed and the commands that do it."""
    screen.play(create(screen), r.CLEANUP_FAILED)
    assert (
        screen.out
        == """\
Running test...
Starting database...
Started database.
database has become healthy.
Running set-up command ./migrate.sh (1 of 2) in database...
Running set-up command ./seed.sh (2 of 2) in database...
database has completed all set-up commands.
Running ./test.sh --all in app...
done

Cleaning up...
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


def test_prerequisites_only(screen: Screen) -> None:
    """A task without a container of its own says so."""
    screen.play(create(screen), r.PREREQUISITES_ONLY)
    assert (
        screen.out
        == """\
all has prerequisites only, and they are done.
"""
    )
    assert screen.err == ""


def test_two_tasks(screen: Screen) -> None:
    """Two tasks are told one after another, an empty line between them."""
    screen.play(create(screen), r.TWO_TASKS)
    assert (
        screen.out
        == """\
Running build...
Running app...
built

Cleaning up...
build finished with exit code 0 in 1m 5s.

Running lint...
Running lint in tool...
1 fault

Cleaning up...
lint finished with exit code 4 in 0.3s.
"""
    )
    assert screen.err == ""


def test_output_passes_untouched(screen: Screen) -> None:
    """Bytes of the main container that are neither text nor harmless arrive as they are."""
    data = bytes(range(256)) + b"\x1b]0;title\x07"
    screen.play(create(screen), (r.START, *r.APP_RUNS, Output("app", "stdout", data)))
    assert screen.raw_out.endswith(data)


def test_dependencies_stay_silent(screen: Screen) -> None:
    """Output of a container that is not the main one is not shown."""
    screen.play(create(screen), (r.START, Output("database", "stdout", b"ready\n")))
    assert screen.out == "Running test...\n"


def test_images_that_are_there_are_no_news(screen: Screen) -> None:
    """Neither a pull that was not needed nor a build that an earlier task made is mentioned."""
    events = (
        e.ImagePulled("postgres:16", "sha256:1", pulled=False),
        e.ImageBuilt("app", "sha256:2", fresh=False),
    )
    screen.play(create(screen), events)
    assert screen.out == ""


def test_names_cannot_control_the_terminal(screen: Screen) -> None:
    """Escape sequences in names and messages are shown, and line breaks in a command become spaces."""
    events = (
        e.TaskStarted("t\x1b[2J", "app", ("app",), ("a\x9bimage",), last=True),
        e.ImagePullStarted("a\x9bimage"),
        e.ContainerStarting("app", "sh -c 'a\nb'\r\x07"),
        e.ContainerCreateFailed("app", "bad\u202ename\x1b]0;x\x07\nsecond line"),
    )
    screen.play(create(screen), events)
    assert (
        screen.out
        == """\
Running t\\x1b[2J...
Pulling a\\x9bimage...
Running sh -c 'a b' \\x07 in app...
"""
    )
    assert (
        screen.err
        == """\

Error: Could not create container app.
bad\\u202ename\\x1b]0;x\\x07
second line
"""
    )


def test_colours(colour_screen: Screen) -> None:
    """Names are bold, exit codes green or red, and headlines of failures red."""
    screen = colour_screen
    events = (
        r.START_ONE,
        e.TaskFinished("a", 0, 0.0),
        e.TaskFinished("b", 3, 0.0),
        e.ImagePullFailed("i", "no route"),
    )
    screen.play(create(screen), events)
    assert screen.out == (
        "Running \x1b[1mtest\x1b[22m...\n"
        "\x1b[1ma\x1b[22m finished with exit code \x1b[32m0\x1b[39m in 0s.\n"
        "\x1b[1mb\x1b[22m finished with exit code \x1b[31m3\x1b[39m in 0s.\n"
    )
    assert screen.err == "\n\x1b[31mError: Could not pull image i.\x1b[39m\nno route\n"
