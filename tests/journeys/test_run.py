"""One container, from the command line to its exit code."""

import pytest

from tests.support.journey import Journey

pytestmark = pytest.mark.engine

CONFIG = """\
containers:
  app:
    image: taskrunner-test/busybox:1
    environment:
      GREETING: hello
      WITH_DEFAULT: ${NOT_SET_ANYWHERE:-the default}
      FROM_VARIABLE: <{animal}
    working_directory: /tmp

tasks:
  hello:
    run:
      container: app
      command: sh -c 'echo "$GREETING from $(pwd)"'
  environment:
    run:
      container: app
      command: sh -c 'echo "$GREETING|$FROM_HOST|$WITH_DEFAULT|$FROM_VARIABLE"'
      environment:
        GREETING: hi
        FROM_HOST: $FROM_HOST
  fail:
    run:
      container: app
      command: sh -c 'exit 42'
  words:
    run:
      container: app
      command: printf '<%s>'
  missing:
    run:
      container: app
      command: no-such-program
  not-executable:
    run:
      container: app
      command: /etc/passwd
  both-streams:
    run:
      container: app
      command: sh -c 'echo to-stdout; echo to-stderr >&2'
  image-command:
    run:
      container: app
      entrypoint: echo
      working_directory: /

config_variables:
  animal:
    default: cat
"""


def test_a_task_prints_what_its_command_prints(journey: Journey) -> None:
    """The container's output is the command's output, and nothing else in `quiet`."""
    result = journey.file("batect.yml", CONFIG).run("run", "-o", "quiet", "hello")

    assert (0, "hello from /tmp\n", "") == (result.exit_code, result.stdout, result.stderr)


def test_the_exit_code_passes_through(journey: Journey) -> None:
    """A task that fails fails the command in the same way."""
    result = journey.file("batect.yml", CONFIG).run("run", "fail")

    assert result.exit_code == 42
    assert "fail finished with exit code 42" in result.stdout


def test_values_come_from_task_host_default_and_variable(journey: Journey) -> None:
    """Environment values are evaluated, and the task's own win."""
    journey.file("batect.yml", CONFIG)

    result = journey.run("run", "-o", "quiet", "environment", env={"FROM_HOST": "host"})
    assert result.stdout == "hi|host|the default|cat\n"

    result = journey.run(
        "run", "-o", "quiet", "--config-var", "animal=dog", "environment", env={"FROM_HOST": ""}
    )
    assert result.stdout == "hi||the default|dog\n"


def test_a_local_file_sets_config_variables(journey: Journey) -> None:
    """The file next to the config is found, and the command line wins over it."""
    journey.file("batect.yml", CONFIG).file("batect.local.yml", "animal: owl\n")

    result = journey.run("run", "-o", "quiet", "environment", env={"FROM_HOST": "x"})
    assert result.stdout == "hi|x|the default|owl\n"


def test_an_unset_variable_is_found_before_anything_starts(journey: Journey) -> None:
    """The message shows where the variable is used."""
    result = journey.file("batect.yml", CONFIG).run("run", "environment")

    assert result.exit_code == 2
    assert result.stdout == ""
    assert "batect.yml:21:20" in result.stderr
    assert "FROM_HOST" in result.stderr
    assert "Traceback" not in result.stderr


def test_arguments_behind_two_dashes_reach_the_command_one_by_one(journey: Journey) -> None:
    """They are not split again, and options among them are not ours."""
    result = journey.file("batect.yml", CONFIG).run(
        "run", "-o", "quiet", "words", "--", "a b", "-o", "--", "*"
    )

    assert result.stdout == "<a b><-o><--><*>"


def test_options_may_follow_the_task(journey: Journey) -> None:
    """Where an option stands does not matter."""
    result = journey.file("batect.yml", CONFIG).run("run", "hello", "-o", "quiet")

    assert result.stdout == "hello from /tmp\n"


def test_a_command_that_does_not_exist_is_127(journey: Journey) -> None:
    """The message says which container cannot run, and the engine's own words why."""
    result = journey.file("batect.yml", CONFIG).run("run", "missing")

    assert result.exit_code == 127
    assert "no-such-program" in result.stderr
    assert "app" in result.stderr


def test_a_command_that_cannot_be_executed_is_126(journey: Journey) -> None:
    """A file without the permission is told from one that is not there."""
    result = journey.file("batect.yml", CONFIG).run("run", "not-executable")

    assert result.exit_code == 126


def test_standard_error_stays_standard_error(journey: Journey) -> None:
    """Each of the container's streams comes out of ours of the same name."""
    result = journey.file("batect.yml", CONFIG).run("run", "-o", "quiet", "both-streams")

    assert ("to-stdout\n", "to-stderr\n") == (result.stdout, result.stderr)


def test_the_config_is_found_from_a_folder_below(journey: Journey) -> None:
    """A person need not stand next to the config."""
    journey.file("batect.yml", CONFIG).file("deep/down/here/file")

    assert journey.run("run", "-o", "quiet", "hello", folder="deep/down/here").stdout == "hello from /tmp\n"


def test_a_misspelt_task_is_answered_with_the_right_one(journey: Journey) -> None:
    """The near name is suggested."""
    result = journey.file("batect.yml", CONFIG).run("run", "helo")

    assert result.exit_code == 2
    assert "hello" in result.stderr
    assert "helo" in result.stderr


def test_no_network_is_made_for_a_single_container(journey: Journey) -> None:
    """It runs on the engine's own network, which saves a third of a second."""
    journey.file("batect.yml", CONFIG)

    result = journey.run("run", "-o", "json", "hello")
    assert result.exit_code == 0
    assert "NetworkCreated" not in result.stdout


def test_the_engine_cannot_be_reached(journey: Journey) -> None:
    """The message says where it was looked for and what to do."""
    journey.file("batect.yml", CONFIG)

    result = journey.run("run", "hello", env={"DOCKER_HOST": "unix:///nowhere/docker.sock"})
    assert result.exit_code == 125
    assert "/nowhere/docker.sock" in result.stderr
    assert "Traceback" not in result.stderr


def test_output_without_a_final_newline_stays_as_it_is(journey: Journey) -> None:
    """Nothing is added to what the container printed, and our own lines still start on their own."""
    journey.file("batect.yml", CONFIG)

    assert journey.run("run", "-o", "quiet", "words", "--", "x").stdout == "<x>"
    lines = journey.run("run", "-o", "simple", "words", "--", "x").stdout.splitlines()
    assert "<x>" in lines
