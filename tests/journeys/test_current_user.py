"""`run_as_current_user`: what a task writes belongs to the person who runs it."""

import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.support.journey import Journey, program

if TYPE_CHECKING:
    from docker import DockerClient

pytestmark = pytest.mark.engine

CONFIG = """\
containers:
  app:
    image: taskrunner-test/busybox:1
    volumes:
      - local: made/on/demand
        container: /code
      - local: inner
        container: /code/nested/inner
      - type: cache
        name: things
        container: /some/where/cache
    run_as_current_user:
      enabled: true
      home_directory: /home/of/the-user
    setup_commands:
      - command: sh -c 'id -u > /tmp/setup-ran-as'
tasks:
  who:
    run:
      container: app
      command: sh -c 'id -u; id -g; id -un; id -gn; echo $HOME'
  write:
    run:
      container: app
      command: sh -c 'cd && touch in-home /some/where/cache/in-cache && echo written'
  others:
    run:
      container: app
      command: grep -c ^root /etc/passwd
  setup:
    run:
      container: app
      command: sh -c 'while [ ! -s /tmp/setup-ran-as ]; do sleep 0.05; done; cat /tmp/setup-ran-as'
"""


def as_somebody(journey: Journey, *arguments: str) -> "subprocess.CompletedProcess[str]":
    """Run the program as a user and group that the host has no names for."""
    return subprocess.run(
        ["unshare", "--user", "--map-user=1234", "--map-group=2345", program(), *arguments],
        cwd=journey.folder,
        env=journey.variables(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_the_container_runs_as_the_person(journey: Journey) -> None:
    """User and group are known by name, also where the host knows none, and the home is theirs."""
    result = as_somebody(journey.file("batect.yml", CONFIG), "run", "-o", "quiet", "who")

    assert (0, "") == (result.returncode, result.stderr)
    assert result.stdout == "1234\n2345\nuser-1234\ngroup-2345\n/home/of/the-user\n"


def test_home_and_caches_can_be_written(journey: Journey) -> None:
    """A fresh cache belongs to the person, not to root."""
    result = as_somebody(journey.file("batect.yml", CONFIG), "run", "-o", "quiet", "write")

    assert (0, "written\n", "") == (result.returncode, result.stdout, result.stderr)


def test_the_images_own_accounts_stay(journey: Journey) -> None:
    """Root is still root."""
    assert as_somebody(journey.file("batect.yml", CONFIG), "run", "-o", "quiet", "others").stdout == "1\n"


def test_set_up_commands_run_as_the_person_too(journey: Journey) -> None:
    """They would leave files behind otherwise that the task may not touch."""
    assert as_somebody(journey.file("batect.yml", CONFIG), "run", "-o", "quiet", "setup").stdout == "1234\n"


def test_mounted_folders_are_made_by_the_person(journey: Journey) -> None:
    """Neither the source nor a mount point inside it is left to the engine, which would make them root's."""
    result = journey.file("batect.yml", CONFIG).run("run", "-o", "quiet", "who")

    assert result.exit_code == 0
    assert result.stdout.splitlines()[-1] == "/home/of/the-user"
    assert (journey.folder / "made/on/demand/nested/inner").is_dir()


def test_a_container_that_cannot_be_prepared_is_not_left(journey: Journey, engine: "DockerClient") -> None:
    """The failure is explained, and the container that was created is gone."""
    journey.file("batect.yml", CONFIG.replace("/home/of/the-user", "/etc/passwd/home"))

    result = journey.run("run", "who")
    assert result.exit_code == 125
    assert "app" in result.stderr
    label = f"taskrunner.project={journey.project}"
    assert engine.containers.list(all=True, filters={"label": label}) == []
