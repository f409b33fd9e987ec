"""Cleaning: caches of either kind, caches of batect's, caches in use, and images."""

import re
import secrets
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
    volumes:
      - {type: cache, name: one, container: /one}
      - {type: cache, name: two, container: /two}
      - {type: cache, name: three, container: /three}
  built:
    build_directory: image
tasks:
  fill: {run: {container: app, command: touch /one/x /two/x /three/x}}
  look: {run: {container: app, command: sh -c 'ls /one /two /three | grep -c x'}}
  build: {run: {container: built, command: "true"}}
"""


def look(journey: Journey, *options: str) -> int:
    """Return how many of the caches have something in them."""
    return int(journey.run("run", "-o", "quiet", *options, "look").stdout)


@pytest.mark.parametrize("kind", ["volume", "directory"])
def test_some_and_all_of_them(journey: Journey, kind: str) -> None:
    """Named caches go alone, names that do not exist are passed over, and the other kind is not touched."""
    journey.file("taskrunner.yml", CONFIG)
    option, other = ("--cache-type", kind), ("--cache-type", "directory" if kind == "volume" else "volume")
    assert journey.run("run", "-o", "quiet", *option, "fill").exit_code == 0
    assert journey.run("run", "-o", "quiet", *other, "fill").exit_code == 0

    cleaned = journey.run("--clean-cache", "one,nothing", "--clean-cache", "two", *option)
    assert (cleaned.exit_code, cleaned.stderr) == (0, "")
    assert "Deleted 2 cache" in cleaned.stdout
    assert (look(journey, *option), look(journey, *other)) == (1, 3)

    assert journey.run("--clean", *option).exit_code == 0
    assert (look(journey, *option), look(journey, *other)) == (0, 3)


def test_caches_that_batect_filled(journey: Journey, engine: "DockerClient") -> None:
    """Volumes and folders of batect's are used under their own names, and cleaned by them."""
    key = secrets.token_hex(3)
    journey.file("batect.yml", CONFIG).file(".batect/caches/key", f"# batect's own words\n\n{key}\n")
    volume = engine.volumes.create(f"batect-cache-{key}-one")
    foreign = engine.volumes.create(f"batect-cache-{secrets.token_hex(3)}-one")
    try:
        helper = engine.containers.run(
            "taskrunner-test/busybox:1", "touch /v/x", volumes=[f"{volume.name}:/v"], detach=True
        )
        helper.wait()
        helper.remove()
        journey.file(".batect/caches/two/x")

        assert look(journey) == 1
        assert look(journey, "--cache-type", "directory") == 1
        assert journey.run("--clean").exit_code == 0
        assert engine.volumes.get(foreign.name)
        assert look(journey) == 0
    finally:
        foreign.remove()


def test_a_cache_in_use_names_its_container(journey: Journey) -> None:
    """The other caches go; the kept container is named, and the remedies that are told work."""
    journey.file("taskrunner.yml", CONFIG.replace("command: touch", "command: sh -c 'false' touch"))
    kept = journey.run("run", "--no-cleanup-after-success", "fill")
    assert "docker rm" in kept.stderr
    name = f"{journey.project}-app-"

    cleaned = journey.run("clean", "--caches")
    assert cleaned.exit_code == 125
    assert "Deleted 0 cache volumes." in cleaned.stdout
    assert f"containers use it: {name}" in cleaned.stderr
    # On a busy engine the end of a container shows late in its list.
    assert re.search(r"\((exited|running)\)", cleaned.stderr)
    assert "[clean.cache-in-use]" in cleaned.stderr

    cleaned = journey.run("clean")
    assert (cleaned.exit_code, cleaned.stderr) == (0, "")
    assert "Deleted 3 cache volumes." in cleaned.stdout


def test_images_with_names_of_others_stay(journey: Journey, engine: "DockerClient") -> None:
    """A tag that somebody asked for stays, and so does an image that somebody made from ours."""
    journey.file("taskrunner.yml", CONFIG).file(
        "image/Dockerfile", "FROM taskrunner-test/busybox:1\nENV A=1\n"
    )
    asked, made = f"{journey.project}-asked:1", f"{journey.project}-made:1"
    assert journey.run("run", "-o", "quiet", "--tag-image", f"built={asked}", "build").exit_code == 0
    container = engine.containers.create(f"{journey.project}-built")
    container.commit(*made.split(":"))
    container.remove()

    result = journey.run("clean", "--images")
    assert result.exit_code == 0
    assert f"Image {asked} stays" in result.stdout
    assert f"Image {made} stays" in result.stdout
    assert {asked, made} == {
        tag for image in engine.images.list() for tag in image.tags if journey.project in tag
    }

    engine.images.remove(made)
    engine.images.remove(asked)
    assert journey.run("run", "-o", "quiet", "build").exit_code == 0
    assert "Deleted 1 built image." in journey.run("clean", "--images").stdout


@pytest.mark.parametrize("link", [".taskrunner", ".taskrunner/caches"])
def test_nothing_is_deleted_through_a_link(journey: Journey, link: str) -> None:
    """A project whose folder of caches leads elsewhere cannot have what is there deleted."""
    elsewhere = journey.home / "mine"
    (elsewhere / "caches" / "photos").mkdir(parents=True)
    (elsewhere / "photos").mkdir()
    journey.file("taskrunner.yml", CONFIG)
    place = journey.folder / link
    place.parent.mkdir(exist_ok=True)
    place.symlink_to(elsewhere)

    for command in (("clean", "--caches"), ("--clean", "--cache-type", "directory")):
        result = journey.run(*command)
        assert result.exit_code == 2
        assert "clean.folder-elsewhere" in result.stderr
    assert (elsewhere / "photos").exists()
    assert (elsewhere / "caches" / "photos").exists()


def test_a_folder_cannot_draw_on_the_terminal(journey: Journey) -> None:
    """A project may come with a folder of caches whose name is made of control characters."""
    journey.file("taskrunner.yml", CONFIG)
    (journey.folder / ".taskrunner" / "caches" / "\x1b[2Jgone").mkdir(parents=True)

    result = journey.run("--clean", "--cache-type", "directory")

    assert result.exit_code == 0
    assert r"caches/\x1b[2Jgone'" in result.stdout
    assert "\x1b" not in result.stdout
