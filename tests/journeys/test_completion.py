"""Completion, as a person sees it at a real bash, zsh and fish on a pseudo-terminal, and how quick it is."""

import os
import resource
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

from tests.support.journey import Journey, program
from tests.support.modules import uncovered
from tests.support.repositories import Repository

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pexpect

CONFIG: Final = """\
project_name: completion
config_variables:
  region: {description: Where it runs.}
containers:
  app: {image: busybox}
  database: {image: busybox}
include:
  - more.yml
tasks:
  build: {description: Build the application., run: {container: app}}
  build:fast: {description: Build without checks., run: {container: app}}
  deploy: {description: 'Ship it: carefully.', run: {container: app}}
"""
MORE: Final = """\
containers:
  cache-user:
    image: busybox
    volumes: [{type: cache, name: downloads, container: /c}]
tasks:
  lint: {description: Look for mistakes., run: {container: app}}
"""
PROMPT: Final = "ready> "


@pytest.fixture
def project(journey: Journey) -> Journey:
    """Write a project whose tasks are in two files."""
    return journey.file("taskrunner.yml", CONFIG).file("more.yml", MORE)


@pytest.fixture
def bash(project: Journey) -> "Iterator[pexpect.spawn[str]]":
    """Give a bash that has the completion."""
    child = shell(project, "/bin/bash", "--norc", "--noprofile", "-i", env={"PS1": PROMPT})
    child.sendline(
        "bind 'set enable-bracketed-paste off'; source <(taskrunner completion bash); echo lo''aded"
    )
    child.expect("loaded\r\n" + PROMPT)
    yield child
    child.close(force=True)


@pytest.fixture
def zsh(project: Journey) -> "Iterator[pexpect.spawn[str]]":
    """Give a zsh that has the completion."""
    child = shell(project, "/usr/bin/zsh", "-f", "-i", env={"PS1": PROMPT})
    child.sendline(
        "unsetopt zle_bracketed_paste prompt_sp; autoload -Uz compinit; compinit -u -D; "
        "source <(taskrunner completion zsh); echo lo''aded"
    )
    child.expect("loaded\r\n")
    child.expect(PROMPT)
    yield child
    child.close(force=True)


@pytest.fixture
def fish(project: Journey) -> "Iterator[pexpect.spawn[str]]":
    """Give a fish that has the completion."""
    child = shell(project, "/usr/bin/fish", "--no-config", "-i", env={"TMPDIR": str(project.home)})
    child.sendline(
        f"function fish_prompt; echo -n '{PROMPT}'; end; set -g fish_autosuggestion_enabled 0; "
        "taskrunner completion fish | source; echo lo''aded"
    )
    child.expect("loaded\r\n")
    child.expect(PROMPT)
    yield child
    child.close(force=True)


def shell(project: Journey, *command: str, env: dict[str, str]) -> "pexpect.spawn[str]":
    """Start a shell that has the program on its path."""
    path = f"{os.path.dirname(program())}:/usr/bin:/bin"
    settings = {"PATH": path, "TERM": "xterm", "INPUTRC": "/dev/null", **env}
    return project.terminal(*command[1:], command=command[0], env=settings, size=(40, 100), timeout=90)


def becomes(child: "pexpect.spawn[str]", typed: str, line: str) -> None:
    """Type a line with tabs in it, and have the shell print what it has made of it."""
    child.send(f"{typed}.")
    child.sendcontrol("a")
    child.sendline("echo +")
    child.expect_exact(f"+{line}.\r\n")
    child.expect(PROMPT)


def lists(child: "pexpect.spawn[str]", typed: str, *expected: str) -> None:
    """Type a line that can go on in several ways, and look for them on the screen; a shell ends with it."""
    child.send(typed)
    for text in expected:
        child.expect_exact(text)


CASES: Final = {
    "taskrunner comp\t": "taskrunner completion ",
    "taskrunner run --skip-p\t": "taskrunner run --skip-prerequisites ",
    "taskrunner run --output=qu\t": "taskrunner run --output=quiet ",
    "taskrunner run -o qu\t": "taskrunner run -o quiet ",
    "taskrunner run build:\t": "taskrunner run build:fast ",
    "taskrunner run --override-image dat\t": "taskrunner run --override-image database=",
    "taskrunner -f more.yml run l\t": "taskrunner -f more.yml run lint ",
    "taskrunner run deploy -- mor\t": "taskrunner run deploy -- more.yml ",
    "taskrunner telemetry stat\t": "taskrunner telemetry status ",
}
"""What is typed, and the line that it becomes."""


def test_bash(bash: "pexpect.spawn[str]") -> None:
    """Verbs, options, values, files, tasks with a colon in their names, and a list with descriptions."""
    for typed, line in CASES.items():
        becomes(bash, typed, line)
    lists(bash, "taskrunner run \t\t", "build ", "(Build the application.)", "lint ", "(Look for mistakes.)")


def test_zsh(zsh: "pexpect.spawn[str]") -> None:
    """Verbs, options, values, files, tasks with a colon in their names, and a list with descriptions."""
    for typed, line in CASES.items():
        becomes(zsh, typed, line)
    lists(zsh, "taskrunner run \t", "-- Build the application.", "-- Ship it: carefully.")


def test_fish(fish: "pexpect.spawn[str]") -> None:
    """Verbs, options, values, files, tasks with a colon in their names, and a list with descriptions."""
    for typed, line in CASES.items():
        becomes(fish, typed, line)
    lists(fish, "taskrunner run \t", "(Build the application.)", "(Ship it: carefully.)")


def test_a_newer_release_answers_for_itself(project: Journey) -> None:
    """What an old script does not know is found in the program."""
    answer = project.run(
        "completion", "--complete", "fish", "taskrunner run --skip", stdin="0.0.1\nrun\t--old\t\t\tGone.\n"
    )

    assert "--skip-prerequisites\t" in answer.stdout
    assert "--old" not in answer.stdout


def test_a_mistake_in_the_config_does_not_stop_it(project: Journey) -> None:
    """Tasks are completed while the config is being written."""
    project.file("taskrunner.yml", CONFIG.replace("image: busybox", "imgae: busybox"))

    answer = project.run("completion", "--complete", "fish", "taskrunner run ", stdin="0.0.1\n")

    assert "deploy\tShip it: carefully.\n" in answer.stdout


def test_nothing_is_said_without_a_project(journey: Journey) -> None:
    """Where there is no config there are no tasks, and no error."""
    answer = journey.run("completion", "--complete", "fish", "taskrunner run ", stdin="0.0.1\n")

    assert (0, "words\n", "") == (answer.exit_code, answer.stdout, answer.stderr)


def test_an_unknown_shell(journey: Journey) -> None:
    """It is refused with the list of those that there are."""
    result = journey.run("completion", "tcsh")

    assert 2 == result.exit_code
    assert "There is no completion for 'tcsh'." in result.stderr
    assert "bash, zsh, fish" in result.stderr


@pytest.mark.parametrize("words", [(), ("zsh",), ("bash", "taskrunner run "), ("tcsh", "taskrunner run ")])
def test_a_question_that_no_script_asks(journey: Journey, words: tuple[str, ...]) -> None:
    """A person who tries what only the scripts know hears that there is no such option."""
    result = journey.run("completion", "--complete", *words)

    assert (2, "") == (result.exit_code, result.stdout)
    assert "No such option: --complete" in result.stderr


@pytest.fixture
def hundred(journey: Journey) -> Journey:
    """Write a project of 100 tasks."""
    tasks = "".join(
        f"  task-{number:03}:\n    description: Does thing {number}.\n    group: Things\n"
        f"    run:\n      container: app\n      command: echo {number}\n"
        for number in range(100)
    )
    return journey.file("taskrunner.yml", f"containers:\n  app: {{image: busybox}}\ntasks:\n{tasks}")


def processor_time(command: list[str]) -> float:
    """Run a command that is not measured, and return the processor time that it took."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, env={"PATH": "/usr/bin:/bin"}, check=True, timeout=60)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def ask(project: Journey, *python: str) -> "tuple[subprocess.CompletedProcess[str], float]":
    """Ask for the tasks as a script does; return the answer and the processor time that it took."""
    script = project.run("completion", "fish").stdout
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(
        [*python, program(), "completion", "--complete", "fish", "taskrunner run "],
        cwd=project.folder,
        # A measured process writes a file at its end, which no person's does.
        env=uncovered(project.variables()),
        input=script.partition("set -g __taskrunner_table '")[2].partition("\n'")[0],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert 101 == done.stdout.count("\n")
    return done, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def test_it_is_quick(hundred: Journey) -> None:
    """In a project of 100 tasks, an answer takes less than 50 ms of a processor."""
    # Of several, those that other processes disturbed least; on a busy machine all take longer.
    bare = min(processor_time([sys.executable, "-I", "-c", "import re, typing"]) for _ in range(12))
    answer = min(ask(hundred)[1] for _ in range(12))

    assert answer < max(0.05, 2.5 * bare)


def test_tasks_of_a_bundle(project: Journey, tmp_path: Path) -> None:
    """Once a command has fetched a bundle, its tasks are completed too, and nothing is fetched for that."""
    bundle = Repository(tmp_path / "bundle").file(
        "tasks.yml", "tasks: {scan: {description: Scan it., prerequisites: [lint]}}\n"
    )
    bundle.commit(tag="1")
    project.file(
        "more.yml", f"{MORE}include: [{{type: git, repo: {bundle.folder}, ref: '1', path: tasks.yml}}]\n"
    )
    question = ("completion", "--complete", "fish", "taskrunner run ")
    assert "scan" not in project.run(*question, stdin="0.0.1\n").stdout
    project.run("list")
    time.sleep(2.1)  # files that changed just now are not kept
    assert 0 == project.run("list").exit_code

    answer = project.run(*question, stdin="0.0.1\n")

    assert "scan\tScan it.\n" in answer.stdout


def test_what_stays_unloaded(hundred: Journey) -> None:
    """No press of the key waits for the command-line library or the config's model."""
    imported = ask(hundred, sys.executable, "-X", "importtime")[0].stderr

    assert "taskrunner.cli.completion.names" in imported
    assert not [name for name in ("typer", "taskrunner.config.loader", "json") if f" {name}\n" in imported]
