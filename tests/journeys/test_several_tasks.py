"""Several tasks in one call, and arguments for prerequisites."""

import pytest

from tests.support.journey import Journey

CONFIG = """
containers:
  shell: {image: IMAGE}
tasks:
  one: {run: {container: shell, command: echo one}}
  two: {run: {container: shell, command: echo two}, prerequisites: [one]}
  say: {run: {container: shell, command: echo said}}
  fails: {run: {container: shell, command: sh -c 'exit 3'}}
  all:
    prerequisites:
      - say
      - task: say
        arguments: [first, "$WORD"]
"""


@pytest.fixture
def project(journey: Journey, busybox: str) -> Journey:
    """Give a journey whose project has a few tasks."""
    return journey.file(
        "taskrunner.yml", f"project_name: {journey.project}\n{CONFIG.replace('IMAGE', busybox)}"
    )


@pytest.mark.engine
def test_several_tasks(project: Journey) -> None:
    """Tasks run in the order in which they are named, each once, and the last one gets the arguments."""
    result = project.run("-o", "quiet", "run", "two", "one", "say", "--", "more words")

    assert (0, "one\ntwo\nsaid more words\n") == (result.exit_code, result.stdout)


@pytest.mark.engine
def test_a_failure_ends_the_run(project: Journey) -> None:
    """What is named behind a task that fails is not run, and the exit code is that task's."""
    result = project.run("-o", "quiet", "run", "one", "fails", "say")

    assert (3, "one\n") == (result.exit_code, result.stdout)


@pytest.mark.engine
def test_arguments_of_prerequisites(project: Journey) -> None:
    """A prerequisite with arguments gets them, evaluated, and runs besides the same task without any."""
    result = project.run("-o", "quiet", "run", "all", env={"WORD": "two words"})

    assert (0, "said\nsaid first two words\n") == (result.exit_code, result.stdout)


def test_a_word_that_is_no_task(project: Journey) -> None:
    """Somebody who meant an argument is told how to write it."""
    result = project.run("run", "say", "hello")

    assert result.exit_code == 2
    assert "There is no task 'hello'" in result.stderr
    assert "To hand 'hello' to the command of 'say', write `taskrunner run say -- hello`." in result.stderr


@pytest.mark.parametrize(
    ("prerequisite", "message"),
    [
        ("{task: all, arguments: [x]}", "The task 'all' only has prerequisites"),
        ("{arguments: [x]}", "The key 'task' is missing"),
        ("{task: none}", "There is no task 'none'"),
    ],
)
def test_mistakes(journey: Journey, prerequisite: str, message: str) -> None:
    """A mistake in a prerequisite has its place."""
    journey.file(
        "taskrunner.yml",
        f"""
        project_name: x
        tasks:
          all: {{prerequisites: ["nothing*"]}}
          go:
            prerequisites:
            - {prerequisite}
        """,
    )

    result = journey.run("list")

    assert (2, True) == (result.exit_code, message in result.stderr)
