"""What journeys on several engines and builders have in common: a project, a Dockerfile, and journeys."""

import os
import signal
from collections.abc import Callable

from tests.support.journey import Journey

__all__ = ["SECRETIVE_DOCKERFILE", "CommonJourneys", "common_config"]

_CONTAINERS = """\
containers:
  db:
    image: taskrunner-test/busybox:1
    command: sleep 600
    health_check: {command: test -e /ready, interval: 1s}
    setup_commands: [{command: touch /code/set-up}]
    volumes: [".:/code"]
    entrypoint: sh -c 'sleep 0.2; touch /ready; exec "$@"' sh
  app:
    image: taskrunner-test/busybox:1
    working_directory: /code
    volumes: [".:/code"]
    dependencies: [db]
  me:
    image: taskrunner-test/busybox:1
    working_directory: /code
    run_as_current_user: {enabled: true, home_directory: /home/me}
    volumes: [".:/code", {type: cache, name: things, container: /cache}]
  sick:
    image: taskrunner-test/busybox:1
    command: sleep 600
    health_check: {command: echo no good; false, interval: 100ms, retries: 2}
  patient: {image: taskrunner-test/busybox:1, dependencies: [sick]}
  alone: {image: taskrunner-test/busybox:1}
"""
_TASKS = """\
tasks:
  all: {run: {container: app, command: sh -c 'cat; ls set-up; ping -c 1 -W 5 db >/dev/null && exit 7'}}
  missing: {run: {container: alone, command: not-there}}
  me: {run: {container: me, command: sh -c 'echo $HOME; touch made; ls /cache; touch /cache/kept'}}
  sick: {run: {container: patient, command: echo never}}
  wait: {run: {container: app, command: sh -c 'echo up; sleep 60'}}
  much: {run: {container: alone, command: sh -c 'head -c 3000000 /dev/zero; echo end >&2'}}
  shell: {run: {container: alone, command: sh}}
"""

SECRETIVE_DOCKERFILE = """\
FROM taskrunner-test/busybox:1 AS first
ENV UNIQUE=nothing
ARG WORD
RUN --mount=type=secret,id=token --mount=type=secret,id=file \\
    cat /run/secrets/token /run/secrets/file > /told && echo $WORD >> /told
FROM first AS second
RUN --mount=type=cache,target=/cache echo cached >> /cache/x && echo noise
FROM second
RUN false
"""
"""Its second stage has used secrets and a cache mount; its third cannot be built."""


def common_config(containers: str, tasks: str) -> str:
    """Return a config with a dependency, a user and a container that never gets healthy, and further ones."""
    return _CONTAINERS + containers + _TASKS + tasks


class CommonJourneys:
    """To be inherited where there is a `project` with the common config, and what is `left` on its engine."""

    def test_a_whole_run(self, project: Journey) -> None:
        """Dependencies, health checks, set-up, mounts, input, names of containers and exit codes."""
        result = project.run("run", "-o", "quiet", "all", stdin="from here\n")

        assert (7, "from here\nset-up\n", "") == (result.exit_code, result.stdout, result.stderr)

    def test_much_output(self, project: Journey) -> None:
        """All of both streams arrives."""
        result = project.run("run", "-o", "quiet", "much")

        assert (0, 3_000_000, "end\n") == (result.exit_code, len(result.stdout_bytes), result.stderr)

    def test_a_command_that_is_missing(self, project: Journey) -> None:
        """Its name is told, with the exit code of a shell."""
        result = project.run("run", "missing")

        assert 127 == result.exit_code
        assert "The command 'not-there' was not found" in result.stderr

    def test_current_user_and_caches(self, project: Journey) -> None:
        """The home folder is there, what is made is the user's own, and a cache outlives the run."""
        first = project.run("run", "-o", "quiet", "me")
        second = project.run("run", "-o", "quiet", "me")

        assert (0, "/home/me\n") == (first.exit_code, first.stdout), first
        assert (0, "/home/me\nkept\n") == (second.exit_code, second.stdout), second
        assert os.getuid() == (project.folder / "made").stat().st_uid
        assert "Deleted 1 cache volume" in project.run("clean", "--caches").stdout

    def test_a_dependency_that_is_unhealthy(self, project: Journey) -> None:
        """Its probe's output is told."""
        result = project.run("run", "sick")

        assert 125 == result.exit_code
        assert "sick did not become healthy" in result.stderr
        assert "no good" in result.stderr

    def test_ctrl_c(self, project: Journey) -> None:
        """The container hears of it, and everything is removed."""
        running = project.start("run", "-o", "quiet", "wait").wait_for("up")
        running.signal(signal.SIGINT, group=True)
        result = running.finish()

        assert (130, "up\n") == (result.exit_code, result.stdout)
        assert "Error:" not in result.stderr

    def test_a_killed_run_is_swept(self, project: Journey, left: Callable[[], list[str]]) -> None:
        """What a run left that was killed with nine is gone after the next one."""
        running = project.start("run", "-o", "quiet", "wait").wait_for("up")
        running.signal(signal.SIGKILL)
        running.finish()
        assert 3 == len(left())

        assert 7 == project.run("run", "all").exit_code
