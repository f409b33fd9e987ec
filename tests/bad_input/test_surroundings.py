"""Commands in surroundings that are not as they should be: each ends with an exit code and a sentence."""

import os

import pytest

from tests.support.journey import Journey, program
from tests.support.running import Result

CONFIG = """\
containers:
  app: {image: 'taskrunner-test/busybox:1'}
tasks:
  greet: {description: naïve 漢字, run: {container: app, command: echo hi}}
"""


def shell(journey: Journey, script: str, env: dict[str, str | None] | None = None) -> Result:
    """Run a script in which `taskrunner` is the program."""
    path = f"{os.path.dirname(program())}:{os.environ['PATH']}"
    return journey.run("-c", script, command="/bin/sh", env={"PATH": path, **(env or {})})


@pytest.fixture
def project(journey: Journey) -> Journey:
    """Give a project."""
    return journey.file("taskrunner.yml", CONFIG)


@pytest.mark.parametrize(
    "words", ["list", "run greet", "doctor", "init --print", "timings", "telemetry status"]
)
def test_the_folder_was_deleted(project: Journey, words: str) -> None:
    """A command in a folder that is gone says so, and what to do."""
    result = shell(project, f"mkdir gone && cd gone && rmdir ../gone && exec taskrunner {words}")

    assert (2, "") == (result.exit_code, result.stdout), result
    assert result.stderr.startswith("Error: The current folder does not exist any more. [cli.folder-gone]\n")


@pytest.mark.parametrize("words", ["--help", "schema", "--version"])
def test_what_needs_no_folder(project: Journey, words: str) -> None:
    """What has nothing to do with a project works there, too."""
    result = shell(project, f"mkdir gone && cd gone && rmdir ../gone && exec taskrunner {words}")

    assert (0, "") == (result.exit_code, result.stderr)


@pytest.mark.engine
@pytest.mark.parametrize("number", [6, 64])
def test_few_files_may_be_open(project: Journey, number: int) -> None:
    """A limit that is low is enough; one that is too low is named, and no fault of ours."""
    result = shell(
        project,
        f"ulimit -n {number}; exec taskrunner run -o quiet greet",
        env={"COVERAGE_PROCESS_CONFIG": None},
    )

    if number == 64:
        assert (0, "hi\n", "") == (result.exit_code, result.stdout, result.stderr)
    else:
        assert 125 == result.exit_code, result
        assert result.stderr.startswith("Error: The system lets this command open no more files.")
        assert "ulimit -n 1024" in result.stderr


@pytest.mark.parametrize(
    "env",
    [
        {"HOME": None},
        {"HOME": ""},
        {"HOME": "/dev/null"},
        {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
        {"PYTHONIOENCODING": "ascii"},
        {"PYTHONIOENCODING": "latin-1:strict"},
        {"TERM": None},
        {"TERM": "no-such-terminal", "COLUMNS": "-7", "LINES": "x"},
        {"COLUMNS": "0"},
    ],
    ids=str,
)
def test_the_environment_is_odd(project: Journey, env: dict[str, str | None]) -> None:
    """Neither home, nor locale, nor encoding, nor terminal has to be known for names to come out right."""
    listed = shell(project, "exec taskrunner list", env=env)
    helped = shell(project, "exec taskrunner run --help", env=env)
    unknown = shell(project, "exec taskrunner run gruß", env=env)

    assert (0, 0, 2) == (listed.exit_code, helped.exit_code, unknown.exit_code), (listed, helped, unknown)
    assert "- greet: naïve 漢字" in listed.stdout
    assert "There is no task 'gruß'" in unknown.stderr
    assert "" == listed.stderr
