"""Builds that need BuildKit, on a machine whose first Docker client cannot use it."""

import json
import signal
import time

import pytest

from tests.support.common_project import SECRETIVE_DOCKERFILE
from tests.support.journey import Journey

pytestmark = pytest.mark.engine

CONFIG = """\
containers:
  app:
    build_directory: image
    build_target: second
    build_args: {WORD: built}
    build_secrets:
      token: {environment: TOKEN}
      file: {path: "<{where}/secret.txt"}
config_variables:
  where: {default: .}
tasks:
  go: {run: {container: app, command: cat /told}}
"""


# As on a machine whose system has none.
NO_PLUGINS = "from taskrunner.engine import build_clients; build_clients._PLUGIN_FOLDERS = ()"


def project(journey: Journey) -> Journey:
    """Write a project whose build has secrets; BuildKit has nothing of it in its cache."""
    return (
        journey.file("taskrunner.yml", CONFIG)
        .file("image/Dockerfile", SECRETIVE_DOCKERFILE.replace("nothing", journey.project))
        .file("secret.txt", " filed ")
    )


def test_secrets_stages_and_progress(journey: Journey) -> None:
    """Secrets make a build use BuildKit, and its steps are told as those of any build."""
    result = project(journey).run("run", "-o", "json", "go", env={"TOKEN": "s3cr3t"})

    events = [json.loads(line) for line in result.stdout.splitlines()]
    assert result.exit_code == 0, result
    started = next(event for event in events if event["event"] == "ImageBuildStarted")
    assert started["builder"] == "buildkit"
    steps = {(e["stage"], e["step"], e["total"]) for e in events if e["event"] == "ImageBuildProgress"}
    assert steps == {("first", 1, 2), ("first", 2, 2), ("second", 1, 1)}
    assert [e["text"] for e in events if e["event"] == "ContainerOutput"] == ["s3cr3t filed built\n"]
    # A secret that says something else is no reason to build again, as in BuildKit's own cache.
    again = journey.run("run", "-o", "quiet", "go", env={"TOKEN": "other"})
    assert (again.exit_code, again.stdout) == (0, "s3cr3t filed built\n")


@pytest.mark.parametrize(
    ("env", "option", "reference"),
    [
        ({"TOKEN": None}, (), "plan.build-secret-not-set"),
        ({}, ("--config-var", "where=/nowhere"), "plan.build-impossible"),
        ({"DOCKER_BUILDKIT": "0"}, (), "plan.buildkit-off"),
        ({"DOCKER_BUILDKIT": "perhaps"}, (), "cli.bad-buildkit"),
    ],
)
def test_what_cannot_work_is_told_first(
    journey: Journey, env: dict[str, str | None], option: tuple[str, ...], reference: str
) -> None:
    """A missing secret, or BuildKit turned off for a build that needs it, is shown before anything runs."""
    result = project(journey).run("run", *option, "go", env={"TOKEN": "x", **env})

    assert result.exit_code == 2
    assert reference in result.stderr


def test_a_machine_without_a_client_is_told_what_is_missing(journey: Journey) -> None:
    """Where nothing can use BuildKit, other builds use the classic builder, and this one says why not."""
    project(journey).file("site/sitecustomize.py", NO_PLUGINS)
    alone = {"TOKEN": "x", "PATH": "/nowhere", "PYTHONPATH": str(journey.folder / "site")}

    result = journey.run("run", "go", env=alone)
    assert result.exit_code == 125
    assert "buildx" in result.stderr

    journey.file(
        "taskrunner.yml",
        "containers: {app: {build_directory: image}}\n"
        "tasks: {go: {run: {container: app, command: cat /told}}}\n",
    )
    journey.file("image/Dockerfile", "FROM taskrunner-test/busybox:1\nRUN echo classic > /told\n")
    result = journey.run("run", "-o", "quiet", "--enable-buildkit", "go", env=alone)
    assert (result.exit_code, result.stdout) == (0, "classic\n")


PLUGIN = """\
#!/bin/sh
[ "$1" = version ] && echo github.com/docker/buildx v0.17.1 && exit
[ "$DOCKER_HOST$DOCKER_CONTEXT" ] || exit 9
# What the real one does, done by an older client that has BuildKit built in.
for word in "$@"; do
  shift
  case "$word" in
    --builder=default) ;;
    --progress=rawjson) set -- "$@" --progress=plain ;;
    *) set -- "$@" "$word" ;;
  esac
done
echo '{"vertexes":[{"digest":"sha256:1","name":"[told 1/9] BY THE PLUGIN","started":"2026-01-01"}]}' >&2
for client in $(which -a docker); do
  "$client" "$@" 2>/dev/null && exit
done
exit 1
"""


def test_a_plugin_is_preferred(journey: Journey) -> None:
    """The plugin of Docker's config folder is told all that it needs, and what it tells is understood."""
    plugin = journey.home / ".docker" / "cli-plugins" / "docker-buildx"
    plugin.parent.mkdir(parents=True)
    plugin.write_text(PLUGIN)
    plugin.chmod(0o755)

    result = project(journey).run("run", "-o", "json", "go", env={"TOKEN": "x"})

    events = [json.loads(line) for line in result.stdout.splitlines()]
    assert result.exit_code == 0, result
    steps = [event for event in events if event["event"] == "ImageBuildProgress"]
    assert [(e["stage"], e["step"], e["instruction"]) for e in steps] == [("told", 1, "BY THE PLUGIN")]
    assert [e["text"] for e in events if e["event"] == "ContainerOutput"] == ["x filed built\n"]


def test_a_failure_shows_what_the_build_printed(journey: Journey) -> None:
    """The command's own output is there once, without BuildKit's numbers."""
    project(journey).file(
        "image/Dockerfile", "FROM taskrunner-test/busybox:1 AS second\nRUN echo oh dear && exit 3\n"
    )

    result = journey.run("run", "go", env={"TOKEN": "x", "DOCKER_BUILDKIT": "1"})
    assert result.exit_code == 125
    assert result.stderr.count("\noh dear\n") == 1
    assert "exit code: 3" in result.stderr
    assert "sha256" not in result.stderr


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_ends_the_build(journey: Journey, sent: signal.Signals) -> None:
    """The client ends with us, and leaves neither a process nor a file."""
    project(journey).file(
        "image/Dockerfile", "FROM taskrunner-test/busybox:1 AS second\nRUN echo at it; sleep 60\n"
    )
    running = journey.start("run", "-o", "all", "go", env={"TOKEN": "x", "DOCKER_BUILDKIT": "1"}).wait_for(
        "at it"
    )
    before = time.monotonic()

    result = running.signal(sent, group=True).finish(40)

    assert result.exit_code == 128 + sent
    assert time.monotonic() - before < 20
