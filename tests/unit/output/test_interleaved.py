"""The `all` style, driven by recorded runs."""

from taskrunner.execution import events as e
from taskrunner.output.failures import Explainer
from taskrunner.output.interleaved import Interleaved
from tests.unit.output import recordings as r
from tests.unit.output.recordings import Output
from tests.unit.output.screen import Screen


def create(screen: Screen, *, keeps_failed: bool = False) -> Interleaved:
    """Return the style that the tests drive."""
    return Interleaved(screen.console, Explainer(keeps_failed=keeps_failed))


def test_success(screen: Screen) -> None:
    """A run that succeeds says each step, and passes both streams of the main container on to ours."""
    screen.play(create(screen), r.SUCCESS)
    assert (
        screen.out
        == """\
test     | taskrunner | Running test...
database | taskrunner | Pulling postgres:16...
database | taskrunner | Pulled postgres:16.
app      | taskrunner | Building image...
app      | Image build | Step 1/2 : FROM alpine
app      | Image build | Step 2/2 : RUN true
app      | taskrunner | Image built.
database | taskrunner | Running...
database | taskrunner | Container started.
database | taskrunner | Container became healthy.
database | taskrunner | Running set-up command ./migrate.sh (1 of 2)...
database | Set-up 1 | 3 tables
database | taskrunner | Running set-up command ./seed.sh (2 of 2)...
database | taskrunner | Container has completed all set-up commands.
app      | taskrunner | Running ./test.sh --all...
app      | a warning
app      | 1 passed
test     | taskrunner | Cleaning up...
database | taskrunner | Container stopped.
test     | taskrunner | test finished with exit code 0 in 1.2s.
"""
    )
    assert screen.err == ""


def test_build_failure(screen: Screen) -> None:
    """A build that fails shows what it printed, without its colours, and what became of the task."""
    screen.play(create(screen), r.BUILD_FAILURE)
    assert (
        screen.out
        == """\
test     | taskrunner | Running test...
app      | taskrunner | Building image...
app      | Image build | Step 1/1 : RUN make
app      | Image build | make: *** No rule
app      ! Error: Could not build the image of container app.
         ! The command '/bin/sh -c make' ended with exit code 2
test     | taskrunner | Cleaning up...
test     ! The task test failed. See above for details.
"""
    )
    assert screen.err == ""


def test_unhealthy(screen: Screen) -> None:
    """A container that does not become healthy is shown with its last probe, its last output and a hint."""
    screen.play(create(screen), r.UNHEALTHY)
    assert (
        screen.out
        == """\
test     | taskrunner | Running test...
database | taskrunner | Running...
database | taskrunner | Container started.
database ! Error: Container database did not become healthy.
         ! The health check failed 3 times in a row.
         !
         ! The last health check printed:
         ! no response
         !
         ! To look around in the container, run the task again with --shell-on-failure.
         ! To keep the container, run it with --no-cleanup-after-failure.
test     | taskrunner | Cleaning up...
database | taskrunner | Container stopped.
test     ! The task test failed. See above for details.
"""
    )
    assert screen.err == ""


def test_setup_failure(screen: Screen) -> None:
    """A set-up command that fails is shown with its exit code and its output."""
    screen.play(create(screen), r.SETUP_FAILURE)
    assert (
        screen.out
        == """\
test     | taskrunner | Running test...
database | taskrunner | Running...
database | taskrunner | Container started.
database | taskrunner | Container became healthy.
database | taskrunner | Running set-up command ./migrate.sh (1 of 1)...
database ! Error: Set-up command ./migrate.sh in container database failed.
         ! It ended with exit code 3 and printed:
         ! no such table
         !
         ! To look around in the container, run the task again with --shell-on-failure.
         ! To keep the container, run it with --no-cleanup-after-failure.
test     | taskrunner | Cleaning up...
database | taskrunner | Container stopped.
test     ! The task test failed. See above for details.
"""
    )
    assert screen.err == ""


def test_interrupted(screen: Screen) -> None:
    """An interrupt says what happens next, on lines of its own."""
    screen.play(create(screen), r.INTERRUPTED)
    assert (
        screen.out
        == """\
test     | taskrunner | Running test...
database | taskrunner | Running...
database | taskrunner | Container started.
database | taskrunner | Container became healthy.
database | taskrunner | Running set-up command ./migrate.sh (1 of 2)...
database | Set-up 1 | 3 tables
database | taskrunner | Running set-up command ./seed.sh (2 of 2)...
database | taskrunner | Container has completed all set-up commands.
app      | taskrunner | Running ./test.sh --all...
test     ! Interrupted: ending what is under way, then cleaning up. Ctrl-C again kills what still runs.
test     ! Killing what still runs, then cleaning up. Once more ends this at once and leaves the rest.
test     | taskrunner | Cleaning up...
app      | half a li
database | taskrunner | Container stopped.
test     ! The task test failed. See above for details.
"""
    )
    assert screen.err == ""


def test_kept(screen: Screen) -> None:
    """Containers that were kept are listed with what looks into them and what removes them."""
    screen.play(create(screen, keeps_failed=True), r.KEPT)
    assert (
        screen.out
        == """\
test     | taskrunner | Running test...
database | taskrunner | Running...
database | taskrunner | Container started.
database ! Error: Could not run set-up command ./migrate.sh in container database.
         ! exec failed: no such file
test     ! Nothing was removed, because --no-cleanup-after-failure was given.
         !
         ! To look into container app:
         !   docker logs shop-app-ab12cd
         !   docker start shop-app-ab12cd; docker exec -it shop-app-ab12cd sh
         ! To look into container database:
         !   docker logs shop-database-ab12cd
         !   docker start shop-database-ab12cd; docker exec -it shop-database-ab12cd sh
         !
         ! When they are no longer needed, remove them with:
         !   docker rm --force --volumes shop-app-ab12cd shop-database-ab12cd
         !   docker network rm 6f0e
test     ! The task test failed. See above for details.
"""
    )
    assert screen.err == ""


def test_cleanup_failed(screen: Screen) -> None:
    """A clean-up that failed names what could not be removed and the commands that do it."""
    screen.play(create(screen), r.CLEANUP_FAILED)
    assert (
        screen.out
        == """\
test     | taskrunner | Running test...
database | taskrunner | Running...
database | taskrunner | Container started.
database | taskrunner | Container became healthy.
database | taskrunner | Running set-up command ./migrate.sh (1 of 2)...
database | Set-up 1 | 3 tables
database | taskrunner | Running set-up command ./seed.sh (2 of 2)...
database | taskrunner | Container has completed all set-up commands.
app      | taskrunner | Running ./test.sh --all...
app      | done
test     | taskrunner | Cleaning up...
database ! Error: Could not stop or remove container database.
         ! device or resource busy
test     ! Error: Could not remove the task's network.
         ! network has active endpoints
test     ! Clean-up failed: some of what the task created is still there.
         !
         ! What is left goes with `taskrunner clean --leftovers`, or with:
         !   docker rm --force --volumes shop-database-ab12cd
         !   docker network rm 6f0e
test     ! The task test failed. See above for details.
"""
    )
    assert screen.err == ""


def test_prerequisites_only(screen: Screen) -> None:
    """A task without a container of its own says so."""
    screen.play(create(screen), r.PREREQUISITES_ONLY)
    assert (
        screen.out
        == """\
all | taskrunner | Nothing to run: it has prerequisites only, and they are done.
"""
    )
    assert screen.err == ""


def test_two_tasks(screen: Screen) -> None:
    """Two tasks are told one after another, an empty line between them."""
    screen.play(create(screen), r.TWO_TASKS)
    assert (
        screen.out
        == """\
build | taskrunner | Running build...
app   | taskrunner | Running...
app   | built
build | taskrunner | Cleaning up...
build | taskrunner | build finished with exit code 0 in 1m 5s.

lint | taskrunner | Running lint...
tool | taskrunner | Running lint...
tool | 1 fault
lint | taskrunner | Cleaning up...
lint | taskrunner | lint finished with exit code 4 in 0.3s.
"""
    )
    assert screen.err == ""


def test_a_failure_of_the_network_is_told(screen: Screen) -> None:
    """A network that cannot be used is a failure of the task, and shown as one."""
    screen.play(create(screen), (r.START, e.NetworkFailed("shared", "There is no such network.")))
    assert screen.out.splitlines()[1:] == [
        "test     ! Error: Could not use network shared.",
        "         ! There is no such network.",
    ]


def test_a_failed_pull_belongs_to_its_only_user(screen: Screen) -> None:
    """An image that one container uses fails in its name, a shared one in the task's."""
    alone = (r.START, e.ImagePullFailed("postgres:16", "gone"))
    screen.play(create(screen), alone)
    screen.play(create(screen), (r.START_SHARED, e.ImagePullFailed("alpine", "gone")))
    assert [line for line in screen.out.splitlines() if "Error" in line] == [
        "database ! Error: Could not pull image postgres:16.",
        "test ! Error: Could not pull image alpine.",
    ]


def test_a_shared_image_is_told_under_each_of_its_containers(screen: Screen) -> None:
    """Each container that waits for an image says so."""
    screen.play(create(screen), (r.START_SHARED, e.ImagePullStarted("alpine")))
    assert screen.out.splitlines()[1:] == [
        "a    | taskrunner | Pulling alpine...",
        "b    | taskrunner | Pulling alpine...",
    ]


def test_streams_of_containers_do_not_mix(screen: Screen) -> None:
    """Half a line of one stream waits while others print whole ones."""
    records = (
        r.START,
        Output("app", "stdout", b"half "),
        Output("app", "stderr", b"warning\n"),
        Output("database", "stdout", b"ready\n"),
        Output("app", "stdout", b"and half\n"),
    )
    screen.play(create(screen), records)
    assert screen.out.splitlines()[1:] == [
        "app      | warning",
        "database | ready",
        "app      | half and half",
    ]


def test_bytes_that_are_no_text_survive(screen: Screen) -> None:
    """A line that is not UTF-8 comes out with the bytes it has."""
    screen.play(create(screen), (r.START, Output("app", "stdout", b"caf\xe9\n")))
    assert screen.raw_out.endswith(b"app      | caf\xe9\n")


def test_prefixes_have_colours_and_keep_theirs(colour_screen: Screen) -> None:
    """Containers take colours in turn, and a colour that a container leaves on ends with its line."""
    screen = colour_screen
    records = (
        r.START,
        Output("app", "stdout", b"\x1b[31mred\nplain\n"),
        Output("database", "stdout", b"x\n"),
    )
    screen.play(create(screen), records)
    assert screen.out.splitlines() == [
        "\x1b[1;37mtest     |\x1b[m taskrunner | Running test...",
        "\x1b[1;33mapp      |\x1b[m \x1b[31mred\x1b[m",
        "\x1b[1;33mapp      |\x1b[m plain",
        "\x1b[1;32mdatabase |\x1b[m x",
    ]
