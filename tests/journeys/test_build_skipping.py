"""A build is left out where it would make what is there already, and never otherwise."""

import json
import re
from typing import TYPE_CHECKING

import pytest

from tests.support.journey import Journey

if TYPE_CHECKING:
    from docker import DockerClient

pytestmark = pytest.mark.engine

CONFIG = """\
containers:
  app:
    build_directory: image
    build_args:
      WORD: ${WORD:-plain}
tasks:
  go: {run: {container: app, command: sh -c 'cat /copied/file; echo $WORD'}}
"""
DOCKERFILE = """\
ARG BASE=taskrunner-test/busybox:1
FROM $BASE
ARG WORD
ENV WORD=$WORD
COPY . /copied
"""


def project(journey: Journey) -> Journey:
    """Write a project that builds an image of a folder."""
    return (
        journey.file("taskrunner.yml", CONFIG)
        .file("image/Dockerfile", DOCKERFILE)
        .file("image/.dockerignore", "*.log\n")
        .file("image/file", "one\n")
    )


def built(journey: Journey, *options: str, **env: str) -> tuple[bool, str]:
    """Run the task; return whether it built the image, and what the task printed."""
    result = journey.run("run", "-o", "json", *options, "go", env={"DOCKER_BUILDKIT": "0", **env})
    events = [json.loads(line) for line in result.stdout.splitlines()]
    assert result.exit_code == 0, result
    done = next(event for event in events if event["event"] == "ImageBuilt")
    started = any(event["event"] == "ImageBuildStarted" for event in events)
    assert (done["fresh"], done["current"]) == (started, not started)
    return started, "".join(event["text"] for event in events if event["event"] == "ContainerOutput")


def test_what_is_current_is_not_built(journey: Journey) -> None:
    """The second run builds nothing, also after changes that undo each other or are ignored."""
    project(journey)
    assert built(journey) == (True, "one\nplain\n")

    assert built(journey) == (False, "one\nplain\n")
    journey.file("image/file", "two\n").file("image/file", "one\n").file("image/ignored.log", "x")
    assert built(journey) == (False, "one\nplain\n")


def test_every_change_is_built(journey: Journey) -> None:
    """A file, its mode, an argument, the Dockerfile, the ignore file and the option each make a build."""
    project(journey)
    built(journey)

    assert built(journey.file("image/file", "two\n")) == (True, "two\nplain\n")
    assert built(journey, WORD="other") == (True, "two\nother\n")
    assert built(journey.file("image/Dockerfile", DOCKERFILE + "ENV A=1\n"), WORD="other")[0]
    assert built(journey.file("image/.dockerignore", "*.log\n*.tmp\n"), WORD="other")[0]
    assert built(journey, "--rebuild", WORD="other")[0]
    # Back to what was there before, which the engine still has.
    assert built(journey, WORD="other") == (False, "two\nother\n")


def test_only_the_image_itself_is_believed(journey: Journey, engine: "DockerClient") -> None:
    """A tag that leads elsewhere is put back, and an image that is gone is built."""
    project(journey)
    built(journey)
    name = f"{journey.project}-app"
    image = engine.images.get(name)

    engine.images.get("taskrunner-test/busybox:1").tag(name, "latest")
    assert built(journey) == (False, "one\nplain\n")
    assert engine.images.get(name).id == image.id

    engine.images.remove(name, force=True)
    assert built(journey) == (True, "one\nplain\n")


def test_a_new_base_image_is_built_upon(journey: Journey, engine: "DockerClient") -> None:
    """The same files on another base image make another image."""
    base = f"{journey.project}-base"
    engine.images.get("taskrunner-test/busybox:1").tag(base, "1")
    project(journey).file(
        "taskrunner.yml", CONFIG.replace("WORD: ${WORD:-plain}", f"BASE: {base}:1\n      WORD: x")
    )
    try:
        built(journey)
        assert built(journey)[0] is False
        container = engine.containers.create("taskrunner-test/busybox:1", "true")
        container.commit(base, "1")
        container.remove()

        assert built(journey)[0] is True
    finally:
        for image in engine.images.list(base):
            image.tag(base, "1")
        engine.images.remove(f"{base}:1")


def test_the_record_is_only_a_hint(journey: Journey) -> None:
    """A record that is broken, foreign or gone costs a build, and nothing else."""
    project(journey)
    built(journey)
    (record,) = (journey.home / ".taskrunner" / "projects").glob("*/builds.json")
    good = record.read_text()

    for text in ("", "{", "[]", '{"version": 1, "builds": {"app": [1, {}]}}', good.replace("1,", "99,", 1)):
        record.write_text(text)
        assert built(journey)[0] is True

    record.write_text(re.sub(r'"image": "sha256:\w+"', '"image": "sha256:' + "0" * 64 + '"', good))
    assert built(journey)[0] is True
    assert built(journey)[0] is False
