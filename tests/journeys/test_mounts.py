"""Folders, caches, memory and devices in the container, and everything else that the engine takes."""

import re
import secrets
import signal
from typing import TYPE_CHECKING

import pytest

from tests.support.journey import Journey

if TYPE_CHECKING:
    from docker import DockerClient

pytestmark = pytest.mark.engine

CONFIG = """\
containers:
  app:
    image: taskrunner-test/busybox:1
    working_directory: /code
    volumes:
      - .:/code
      - local: <{taskrunner.project_directory}/data
        container: /data
        options: ro
      - type: cache
        name: things
        container: /cache
      - type: tmpfs
        container: /memory
        options: size=1m
    devices:
      - /dev/zero:/dev/my-zero
    capabilities_to_drop: [CHOWN]
    enable_init_process: true
    shm_size: 32m
    labels:
      my.label: my value
    log_driver: json-file
    log_options:
      max-size: 1m
tasks:
  local: {run: {container: app, command: sh -c 'cat data/file; echo new > made; ! echo x > /data/file'}}
  cache: {run: {container: app, command: sh -c 'cat /cache/* 2>/dev/null; echo kept > /cache/file'}}
  memory: {run: {container: app, command: sh -c 'mount | grep " /memory "; df -m /dev/shm | tail -n 1'}}
  device: {run: {container: app, command: sh -c 'head -c 4 /dev/my-zero | wc -c'}}
  rights: {run: {container: app, command: sh -c 'touch /tmp/f; chown 1 /tmp/f 2>/dev/null || echo dropped'}}
  init: {run: {container: app, command: cat /proc/1/comm}}
  wait: {run: {container: app, command: sh -c 'echo started; sleep 60'}}
"""


def project(journey: Journey) -> Journey:
    """Write a project whose container uses every kind of mount."""
    return journey.file("batect.yml", CONFIG).file("data/file", "from the host\n")


def test_local_folders_are_mounted_with_their_options(journey: Journey) -> None:
    """What the task writes is on the host, and a read-only folder stays as it is."""
    result = project(journey).run("run", "-o", "quiet", "local")

    assert (0, "from the host\n") == (result.exit_code, result.stdout)
    assert (journey.folder / "made").read_text() == "new\n"
    assert (journey.folder / "data/file").read_text() == "from the host\n"


@pytest.mark.parametrize("kind", ["volume", "directory"])
def test_caches_outlive_the_run_until_they_are_cleaned(journey: Journey, kind: str) -> None:
    """The second run finds what the first one left; after --clean it is gone."""
    project(journey)
    run = ("run", "-o", "quiet", "--cache-type", kind, "cache")

    assert journey.run(*run).stdout == ""
    assert journey.run(*run).stdout == "kept\n"
    cleaned = journey.run("--clean", "--cache-type", kind)
    assert (0, "") == (cleaned.exit_code, cleaned.stderr)
    assert journey.run(*run).stdout == ""
    assert journey.run("--cache-type", kind, "--clean-cache", "things").exit_code == 0


def test_a_batect_projects_caches_keep_their_names(journey: Journey, engine: "DockerClient") -> None:
    """Who changes over from batect finds the caches warm."""
    key = secrets.token_hex(3)
    project(journey).file(".batect/caches/key", f"# a comment\n{key}\n")

    assert journey.run("run", "-o", "quiet", "cache").exit_code == 0
    volume = engine.volumes.get(f"batect-cache-{key}-things")
    assert volume.attrs["Labels"]["taskrunner.project"] == journey.project
    assert journey.run("clean", "--caches").exit_code == 0


def test_a_broken_cache_key_is_explained(journey: Journey) -> None:
    """The file is named, and what to do with it."""
    result = project(journey).file(".batect/caches/key", "one\ntwo\n").run("run", "cache")

    assert result.exit_code == 2
    assert ".batect/caches/key" in result.stderr


def test_memory_devices_and_rights_are_as_configured(journey: Journey) -> None:
    """The container itself finds what its config says."""
    project(journey)
    memory = journey.run("run", "-o", "quiet", "memory").stdout

    assert "tmpfs on /memory" in memory
    assert "size=1024k" in memory
    assert re.search(r"\s32\s", memory)
    assert journey.run("run", "-o", "quiet", "device").stdout.strip() == "4"
    assert journey.run("run", "-o", "quiet", "rights").stdout == "dropped\n"
    assert "init" in journey.run("run", "-o", "quiet", "init").stdout


def test_the_engine_has_the_container_as_configured(journey: Journey, engine: "DockerClient") -> None:
    """An independent client sees labels, names and log settings."""
    running = project(journey).start("run", "wait").wait_for("started\n")

    found = engine.containers.list(filters={"label": f"taskrunner.project={journey.project}"})
    assert len(found) == 1
    seen = found[0].attrs
    running.signal(signal.SIGINT).finish()
    assert re.fullmatch(rf"{journey.project}-app-[a-z0-9]{{6}}", found[0].name)
    assert seen["Config"]["Hostname"] == "app"
    assert seen["Config"]["Labels"]["my.label"] == "my value"
    assert set(seen["Config"]["Labels"]) >= {
        "taskrunner.run",
        "taskrunner.pid",
        "taskrunner.pid-start",
        "taskrunner.boot",
        "taskrunner.machine",
        "taskrunner.pid-namespace",
    }
    assert seen["HostConfig"]["LogConfig"] == {"Type": "json-file", "Config": {"max-size": "1m"}}
