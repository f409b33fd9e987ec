"""`taskrunner doctor`, on real projects and a real engine."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from tests.support.journey import Journey, program

SOUND = """\
containers:
  app:
    image: taskrunner-test/busybox:1
    volumes:
      - local: .
        container: /code
    run_as_current_user:
      enabled: true
      home_directory: /home/me
  db:
    image: taskrunner-test/busybox:1
    health_check:
      command: "true"
tasks:
  test:
    dependencies: [db]
    run: {container: app}
"""
DOUBTFUL = """\
containers:
  app:
    image: taskrunner-test/busybox
    volumes:
      - local: .
        container: /code
      - local: ./missing
        container: /missing
        options: ro
  db:
    image: taskrunner-test/busybox:1
  built:
    build_directory: .
tasks:
  test:
    dependencies: [db, built]
    run: {container: app}
"""


def findings(journey: Journey, *arguments: str, env: dict[str, str | None] | None = None) -> dict[str, Any]:
    """Run the doctor and return its findings by name, the last of each; the exit code says what they say."""
    result = journey.run("doctor", "--json", *arguments, env=env)
    answer = json.loads(result.stdout)
    levels = [finding["level"] for finding in answer["findings"]]
    assert result.exit_code == int("broken" in levels)
    assert answer["broken"] == levels.count("broken")
    assert all(f["remedy"] or f["level"] in ("ok", "note") for f in answer["findings"]), answer
    return {finding["name"]: finding for finding in answer["findings"]}


@pytest.mark.engine
def test_a_sound_project(journey: Journey) -> None:
    """There is nothing to say against it: each topic is fine, and nothing is left on the engine."""
    journey.file("taskrunner.yml", SOUND)

    found = findings(journey)

    fine = {"engine.answers", "mounts.work", "config.loads", "images.pinned", "ownership.safe"}
    assert fine | {"health.checked", "context.chosen", "user.account", "disk.free"} <= found.keys()
    assert {"ok"} == {found[name]["level"] for name in fine}


@pytest.mark.engine
def test_a_doubtful_project(journey: Journey) -> None:
    """Loose tags, lost files and dependencies that nobody can wait for are shown with their places."""
    journey.file("taskrunner.yml", DOUBTFUL)
    journey.file("Dockerfile", "# base\nFROM scratch AS none\nFROM none\nFROM debian\nHEALTHCHECK CMD true\n")

    found = findings(journey)

    places = {
        "images.latest-tag": ("taskrunner.yml", 2),
        "images.latest-base": ("Dockerfile", 4),
        "ownership.not-yours": ("taskrunner.yml", 5),
        "mounts.path-missing": ("taskrunner.yml", 7),
        "health.missing": ("taskrunner.yml", 10),
    }
    shown = {name: (os.path.basename(found[name]["file"]), found[name]["line"]) for name in places}
    assert places == shown
    assert "'db'" in found["health.missing"]["message"]


def test_without_an_engine(journey: Journey) -> None:
    """It says so, goes on with the rest, and ends with 1."""
    journey.file("taskrunner.yml", SOUND)

    result = journey.run("doctor")

    assert 1 == result.exit_code
    assert "broken   No Docker Engine can be reached" in result.stdout
    assert "[config.loads]" in result.stdout
    assert result.stdout.endswith("1 broken.\n")


def test_a_config_with_mistakes(journey: Journey) -> None:
    """Each is shown with its place."""
    journey.file("taskrunner.yml", "containers:\n  app: {imgae: x}\ntasks:\n  a: {run: {container: b}}\n")

    result = journey.run("doctor")

    assert 1 == result.exit_code
    assert "taskrunner.yml:2:9: The key 'imgae' is not known" in result.stdout
    assert "taskrunner.yml:4:" in result.stdout


def test_files_that_are_none(journey: Journey) -> None:
    """Pipes and devices in the place of a project's files keep it neither waiting nor reading."""
    journey.file("batect.yml", "project_name: p\ncontainers: {app: {build_directory: image}}\ntasks: {}\n")
    (journey.folder / "image").mkdir()
    for name in ("image/Dockerfile", "Makefile", ".gitlab-ci.yml"):
        os.mkfifo(journey.folder / name)
    (journey.folder / "Jenkinsfile").symlink_to("/dev/zero")

    result = journey.run("doctor")

    assert "config.loads" in result.stdout


def test_outside_of_a_project(journey: Journey) -> None:
    """That there is no project is no fault."""
    assert "note" == findings(journey)["config.none"]["level"]


def test_proxies(journey: Journey) -> None:
    """Values that contradict one another, are no URL, or cannot be reached from a container are noticed."""
    proxies: dict[str, str | None] = {
        "http_proxy": "http://localhost:3128",
        "https_proxy": "proxy.test:3128",
        "HTTPS_PROXY": "http://proxy.test:3128",
    }

    found = findings(journey, env=proxies)

    assert {"proxies.set", "proxies.on-localhost", "proxies.no-url", "proxies.two-values"} <= found.keys()


def test_docker_config(journey: Journey) -> None:
    """A helper that is not installed is named, and so is a config that cannot be read."""
    config = journey.home / ".docker" / "config.json"
    config.parent.mkdir()
    config.write_text('{"credsStore": "nothing-like-this", "currentContext": "elsewhere"}', encoding="utf-8")

    found = findings(journey)
    assert "docker-credential-nothing-like-this" in found["context.helper-missing"]["message"]
    assert "'elsewhere'" in found["context.overruled"]["message"]

    config.write_text("{", encoding="utf-8")
    assert "broken" == findings(journey)["context.config-broken"]["level"]


def test_a_build_that_needs_buildkit(journey: Journey) -> None:
    """Without Docker's client it cannot work, which is broken and not only worth a note."""
    config = "containers:\n  app:\n    build_directory: .\n    build_secrets: {key: {environment: KEY}}\n"
    path = f"{journey.folder}/bin"
    os.mkdir(path)
    assert "note" == findings(journey, env={"PATH": path})["clients.no-client"]["level"]

    journey.file("taskrunner.yml", config + "tasks:\n  a: {run: {container: app}}\n")

    assert "broken" == findings(journey, env={"PATH": path})["clients.no-client"]["level"]


@pytest.mark.engine
def test_leftovers(journey: Journey) -> None:
    """What a run was told to keep is counted, until it is removed."""
    journey.file("taskrunner.yml", SOUND.replace("dependencies: [db]", "dependencies: []"))
    kept = journey.run("run", "--no-cleanup", "test")

    assert "leftovers.kept" in findings(journey)
    for line in (kept.stdout + kept.stderr).splitlines():
        if line.startswith("  docker rm"):
            assert 0 == journey.run("-c", line, command="/bin/sh").exit_code


@pytest.mark.engine
def test_a_project_of_batects(journey: Journey) -> None:
    """Wrapper, caches, calls in CI files and what behaves differently are shown."""
    journey.file(
        "batect.yml",
        """\
containers:
  app:
    image: taskrunner-test/busybox:1
    health_check: {command: "true"}
    volumes: [{type: cache, name: modules, container: /modules}]
  db:
    image: taskrunner-test/busybox:1
    volumes: ['./data:/data']
tasks:
  test:
    dependencies: [db]
    run: {container: app, command: touch /modules/x}
""",
    )
    journey.file("data/x").file("batect", '#!/bin/sh\n    VERSION="0.85.0"\n', mode=0o755)
    journey.file(".github/workflows/ci.yml", "jobs:\n  a:\n    steps:\n      - run: ./batect test\n")
    (journey.home / ".batect" / "cache").mkdir(parents=True)
    assert 0 == journey.run("run", "test").exit_code

    found = findings(journey)

    names = ("project", "wrapper", "caches", "downloads", "called", "killed", "main-health")
    assert {f"batect.{name}" for name in names} <= found.keys()
    assert "0.85.0" in found["batect.wrapper"]["message"]
    assert "One of its cache volumes" in found["batect.caches"]["message"]
    assert (4, "./batect") == (found["batect.called"]["line"], "./batect")


def test_dependencies_that_need_no_health_check(journey: Journey) -> None:
    """One that only has to start, or to end, and one that is probed from outside, are not missed."""
    journey.file(
        "taskrunner.yml",
        """\
project_name: shop
containers:
  app: {image: 'x:1'}
  started: {image: 'x:1'}
  migrations: {image: 'x:1'}
  web: {image: 'x:1', health_check: {tcp: 80}}
tasks:
  test:
    dependencies:
      started: {condition: service_started}
      migrations: {condition: service_completed_successfully}
      web:
    run: {container: app}
""",
    )

    found = findings(journey)

    assert "config.loads" in found, found
    assert {"health.missing", "health.not-known"}.isdisjoint(found)
    assert "health.checked" in found


@pytest.mark.engine
def test_an_engine_that_has_other_files(journey: Journey, tmp_path: Path) -> None:
    """It is noticed, and nothing is made in their place."""
    journey.file("taskrunner.yml", SOUND)
    # What a person sees whose job runs in a container: the same path, and other files behind it.
    hidden = tmp_path / "hidden"
    hidden.mkdir()
    script = (
        f"mount --bind {journey.folder} {hidden} && mount -t tmpfs none {journey.folder} && "
        f"cp {hidden}/taskrunner.yml {journey.folder}/only-here.yml && "
        f"cd {journey.folder} && {program()} doctor --json -f only-here.yml"
    )

    result = journey.run("--mount", "/bin/sh", "-c", script, command="/usr/bin/unshare")

    found = {each["name"]: each for each in json.loads(result.stdout)["findings"]}
    assert ("broken", 1) == (found["mounts.not-seen"]["level"], result.exit_code)
    assert "only-here.yml" in found["mounts.not-seen"]["message"]
