"""Images that the run builds."""

import re
import signal
import time

import pytest

from tests.support.journey import Journey

pytestmark = pytest.mark.engine

CONFIG = """\
containers:
  app:
    build_directory: image
    build_args:
      WORD: $WORD
      PLAIN: <{plain}
  other:
    build_directory: image
    dockerfile: other/Dockerfile.txt
    build_target: second
tasks:
  words: {run: {container: app, command: cat /words}}
  files: {run: {container: app, command: sh -c 'cd /context && find . -type f | sort'}}
  other: {run: {container: other, command: cat /stage}}
config_variables:
  plain: {default: plain}
"""

DOCKERFILE = """\
FROM taskrunner-test/busybox:1
ARG WORD
ARG PLAIN
RUN echo "$WORD and $PLAIN" > /words
COPY . /context
"""

OTHER = """\
FROM taskrunner-test/busybox:1 AS first
RUN echo first > /stage
FROM first AS second
RUN echo second > /stage
FROM second AS third
RUN false
"""


def project(journey: Journey) -> Journey:
    """Write a project that builds two images from one folder."""
    return (
        journey.file("batect.yml", CONFIG)
        .file("image/Dockerfile", DOCKERFILE)
        .file("image/other/Dockerfile.txt", OTHER)
        .file("image/.dockerignore", "*.log\n!keep.log\nsecret/\n")
        .file("image/drop.log")
        .file("image/keep.log")
        .file("image/secret/key")
        .file("image/script.sh", "#!/bin/sh\n", 0o755)
    )


def test_arguments_are_evaluated(journey: Journey) -> None:
    """They come from the host and from config variables."""
    result = project(journey).run("run", "-o", "quiet", "words", env={"WORD": "two words"})

    assert (0, "two words and plain\n") == (result.exit_code, result.stdout)


def test_ignored_files_stay_outside(journey: Journey) -> None:
    """.dockerignore holds, with its exceptions."""
    result = project(journey).run("run", "-o", "quiet", "files", env={"WORD": "x"})

    files = result.stdout.split()
    assert "./keep.log" in files
    assert "./script.sh" in files
    assert "./drop.log" not in files
    assert "./secret/key" not in files


def test_a_dockerfile_of_another_name_and_a_target(journey: Journey) -> None:
    """Building stops at the target: the broken stage after it does not matter."""
    result = project(journey).run("run", "-o", "quiet", "other")

    assert (0, "second\n") == (result.exit_code, result.stdout)


def test_a_failing_build_shows_its_output(journey: Journey) -> None:
    """The container is named, and what the failing command printed is there."""
    project(journey).file("image/Dockerfile", "FROM taskrunner-test/busybox:1\nRUN echo oh dear && exit 3\n")

    result = journey.run("run", "words", env={"WORD": "x"})
    assert result.exit_code == 125
    assert "app" in result.stderr
    assert result.stdout.count("Building app...") == 1
    assert len(re.findall(r"^oh dear$", result.stderr, re.MULTILINE)) == 1
    assert "Traceback" not in result.stderr


def test_a_build_is_interrupted_at_once(journey: Journey) -> None:
    """Nobody waits for a build that nobody wants any more."""
    project(journey).file("image/Dockerfile", "FROM taskrunner-test/busybox:1\nRUN sleep 60\n")
    running = journey.start("run", "words", env={"WORD": "x"}).wait_for("Building app...")
    time.sleep(1)
    before = time.monotonic()

    result = running.signal(signal.SIGTERM).finish(30)

    assert result.exit_code == 143
    assert time.monotonic() - before < 10
    assert result.stdout.count("Building app...") == 1


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (("build_directory: image\n    build_args", "build_directory: imaeg\n    build_args"), "imaeg"),
        (("other/Dockerfile.txt", "other/Nothing"), "other/Nothing"),
        (("other/Dockerfile.txt", "../batect.yml"), "outside"),
    ],
)
def test_a_build_that_cannot_work_is_shown_in_the_config(
    journey: Journey, change: tuple[str, str], told: str
) -> None:
    """The place of the mistake is known before anything starts."""
    project(journey).file("batect.yml", CONFIG.replace(*change))

    result = journey.run("run", "other" if "other" in change[0] else "words", env={"WORD": "x"})
    assert result.exit_code == 2
    assert "batect.yml:" in result.stderr
    assert told in result.stderr


def test_an_image_can_be_overridden_and_tagged(journey: Journey) -> None:
    """One option takes another image, the other gives the built one more names."""
    project(journey)
    tag = f"{journey.project}-extra:1"

    result = journey.run(
        "run", "-o", "quiet", "--override-image", "app=taskrunner-test/busybox:1", "words", env={"WORD": "x"}
    )
    assert result.exit_code == 1  # the image that is used instead has no /words
    result = journey.run("run", "-o", "quiet", "--tag-image", f"app={tag}", "words", env={"WORD": "x"})
    assert result.exit_code == 0
    result = journey.run(
        "run", "-o", "quiet", "--override-image", f"app={tag}", "words", env={"WORD": "unused"}
    )
    assert result.stdout == "x and plain\n"


def test_clean_removes_the_projects_images(journey: Journey) -> None:
    """What was built for the project can be removed in one go."""
    project(journey)
    assert journey.run("run", "-o", "quiet", "other").exit_code == 0

    result = journey.run("clean", "--images")
    assert result.exit_code == 0
    assert "Deleted 1 built image." in result.stdout
