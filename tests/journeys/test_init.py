"""`taskrunner init`: a first config from an empty folder, a Compose file or a Makefile."""

import subprocess

import pytest

from tests.support.images import BUSYBOX
from tests.support.journey import Journey

COMPOSE = """\
services:
  api:
    build: ./api
    command: sh -c 'wget -q -O - http://store/stock; cat /built; echo $$GREETING'
    environment:
      GREETING: ${GREETING:-hello}
    depends_on:
      store: {condition: service_healthy}
    restart: always
  store:
    image: taskrunner-test/busybox:1
    command: [sh, -c, 'mkdir /www; echo "3 apples" > /www/stock; exec httpd -f -p 80 -h /www']
    healthcheck:
      test: [CMD, wget, -q, -O, /dev/null, http://localhost/stock]
      interval: 1s
    volumes:
      - store-data:/data
  odd:
    image: taskrunner-test/busybox:1
    secrets: [one]
"""


def test_an_empty_folder(journey: Journey) -> None:
    """The config loads, its tasks are listed, and nothing was asked."""
    result = journey.run("init")

    assert (0, "") == (result.exit_code, result.stderr)
    assert "Wrote taskrunner.yml.\n" in result.stdout
    assert "- hello: See whether it works.\n" in journey.run("list").stdout
    assert "busybox" in (journey.folder / "taskrunner.yml").read_text(encoding="utf-8")


@pytest.mark.engine
def test_the_first_task_runs(journey: Journey) -> None:
    """What `init` says to try works."""
    journey.run("init")

    result = journey.run("run", "-o", "quiet", "--override-image", f"tools={BUSYBOX}", "hello")

    assert (0, "It works.\n") == (result.exit_code, result.stdout)


@pytest.mark.engine
def test_a_compose_file(journey: Journey) -> None:
    """Its services become containers that run as they are; what cannot is told with its place."""
    journey.file("compose.yaml", COMPOSE)
    journey.file("api/Dockerfile", f"FROM {BUSYBOX}\nRUN echo built > /built\n")

    result = journey.run("init")

    assert 0 == result.exit_code
    assert "made from compose.yaml" in result.stdout
    assert "compose.yaml:20:5: The key 'secrets' of a Compose service is not supported here." in result.stderr
    assert "odd" not in (journey.folder / "taskrunner.yml").read_text(encoding="utf-8")
    run = journey.run("run", "-o", "quiet", "api", env={"GREETING": "good day"})
    assert (0, "3 apples\nbuilt\ngood day\n") == (run.exit_code, run.stdout)


def test_a_makefile(journey: Journey) -> None:
    """Each target that is no file is a task."""
    journey.file("Makefile", ".PHONY: test lint\n\ntest: main.o ## Run the tests\n\ttrue\nlint:\n\ttrue\n")

    assert "made from Makefile" in journey.run("init").stdout

    assert "- lint\n- test: Run the tests\n" in journey.run("list").stdout


@pytest.mark.engine
def test_a_makefile_is_made(journey: Journey) -> None:
    """Its targets run with a real `make` in the container."""
    journey.file("Makefile", "greet:\n\t@echo hello from make\n")
    programs = subprocess.run(["/usr/bin/ldd", "/usr/bin/make"], capture_output=True, text=True, check=True)
    needed = [word for word in programs.stdout.split() if word.startswith("/")]
    for path in ("/usr/bin/make", *needed):
        with open(path, "rb") as file:
            journey.file(f"image{path}", file.read(), mode=0o755)
    journey.file("image/Dockerfile", f"FROM {BUSYBOX}\nCOPY usr /usr\nCOPY lib /lib\nCOPY lib64 /lib64\n")
    journey.run("init")
    config = journey.folder / "taskrunner.yml"
    text = config.read_text(encoding="utf-8")
    config.write_text(text.replace("image: buildpack-deps:bookworm", "build_directory: image"))

    result = journey.run("run", "-o", "quiet", "greet")

    assert (0, "hello from make\n") == (result.exit_code, result.stdout), result.stderr


def test_a_language(journey: Journey) -> None:
    """A folder whose language is known gets its usual image, and a task for its tests."""
    journey.file("go.mod", "module example\n")
    journey.run("init")

    text = (journey.folder / "taskrunner.yml").read_text(encoding="utf-8")
    assert "image: golang:" in text
    assert "command: go test ./..." in text
    assert "GOPATH: /cache/go" in text
    assert "- test: Run the tests.\n" in journey.run("list").stdout


@pytest.mark.parametrize("name", ["taskrunner.yml", "batect.yml"])
def test_nothing_is_overwritten(journey: Journey, name: str) -> None:
    """Where there is a config, it stays, and nothing else is written."""
    journey.file(name, "tasks: {}\n")

    result = journey.run("init")

    assert 2 == result.exit_code
    assert "There is a config already" in result.stderr
    assert [name] == [path.name for path in journey.folder.iterdir()]
    assert "tasks: {}\n" == (journey.folder / name).read_text(encoding="utf-8")


def test_print(journey: Journey) -> None:
    """`--print` writes nothing, whether or not there is a config."""
    first = journey.run("init", "--print")
    assert [] == list(journey.folder.iterdir())
    journey.file("taskrunner.yml", first.stdout)

    assert (0, first.stdout) == journey.run("init", "--print")[:2]


def test_a_broken_compose_file(journey: Journey) -> None:
    """It is an error, not a config without its services."""
    journey.file("compose.yaml", "services: [\n")

    result = journey.run("init")

    assert 2 == result.exit_code
    assert "cannot be read as a Compose file" in result.stderr
    assert not (journey.folder / "taskrunner.yml").exists()


def test_a_folder_that_cannot_name_a_project(journey: Journey) -> None:
    """The project gets a name that can."""
    journey.file("My Project!/x")
    journey.run("init", folder="My Project!")

    text = (journey.folder / "My Project!" / "taskrunner.yml").read_text(encoding="utf-8")
    assert "project_name: my-project\n" in text
    assert 0 == journey.run("list", folder="My Project!").exit_code
