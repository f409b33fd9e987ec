"""The collectors turn what they find into words of fixed lists; nothing of the user's gets through."""

import os
import subprocess
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

import pytest

from taskrunner.engine.endpoint import Endpoint, Tls
from taskrunner.host import ci as host_ci
from taskrunner.host.resources import peak_memory
from taskrunner.usage_catalog import CATALOG, COLLECTORS
from taskrunner.usage_collectors import ci, command, engine, git, host, program, terminal
from telemetry.values import Value, clean

CANARY = "Canary7c31"


def told(values: Iterable[tuple[str, object]]) -> dict[str, Value]:
    """Return what of a collector's values may stand in a record; each name must be in the catalogue."""
    found: dict[str, Value] = {}
    for name, value in values:
        field = CATALOG.field(name)
        assert field is not None, name
        cleaned = clean(field, value)
        if cleaned is not None:
            found[name] = cleaned
    return found


VARIABLES = sorted({*host_ci._GENERIC, *(name for names in host_ci._SYSTEMS.values() for name in names)})


@pytest.mark.parametrize("name", host_ci._SYSTEMS)
def test_each_ci_system_is_known(name: str) -> None:
    """The variables that a CI system sets, and they alone, give its name."""
    variables = dict.fromkeys(host_ci._SYSTEMS[name], "true")

    assert {"onCi": True, "ciSystem": name} == told(ci.collect(variables))


@pytest.mark.parametrize("value", ["", "0", "false", "False"])
@pytest.mark.parametrize("variable", VARIABLES)
def test_a_variable_that_says_no_is_not_set(variable: str, value: str) -> None:
    """An empty variable, 0 and false are not taken for a CI system."""
    assert {"onCi": False, "ciSystem": "none"} == told(ci.collect({variable: value}))


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({}, "none"),
        ({"CI": "true"}, "other"),
        ({"CI": "woodpecker", "DRONE": "true"}, "woodpecker"),
        ({"CI_NAME": "codeship"}, "codeship"),
        ({"CI_NAME": "sourcehut"}, "sourcehut"),
        ({"CI_NAME": CANARY}, "other"),
        ({"CI": "false", "GITHUB_ACTIONS": "true"}, "none"),
        ({"CI": "0", "BUILD_ID": "7"}, "none"),
        ({"JENKINS_URL": CANARY}, "none"),
        ({"JENKINS_URL": CANARY, "BUILD_ID": "7", "HUDSON_URL": CANARY}, "jenkins"),
        ({"GITEA_ACTIONS": "true", "GITHUB_ACTIONS": "true"}, "gitea-actions"),
        ({"NODE": "/app/.heroku/node/bin/node"}, "heroku"),
        ({"TASK_ID": CANARY}, "none"),
        ({"RUN_ID": CANARY}, "other"),
        ({"RUN_ID": CANARY, "TASK_ID": CANARY}, "taskcluster"),
    ],
)
def test_what_looks_like_ci(environment: dict[str, str], expected: str) -> None:
    """Values decide where they must, `CI=false` beats all, and an imitator is told by its own name."""
    assert expected == host_ci.system(environment)
    assert (expected != "none") == host_ci.on_ci(environment)


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({"SHELL": "/usr/bin/zsh", "TERM": "xterm-256color"}, ("zsh", "xterm-256color")),
        ({"SHELL": f"/home/{CANARY}/bin/{CANARY}", "TERM": "xterm-alice"}, ("other", "other")),
        ({"TERM": f"{CANARY} secret"}, (None, "other")),
        ({}, (None, "none")),
    ],
)
def test_shell_and_terminal_are_looked_up(
    environment: dict[str, str], expected: tuple[str | None, str]
) -> None:
    """What is not in the list is `other`, however it is spelt."""
    found = told(terminal.collect(environment))

    assert expected == (found.get("shell"), found["terminalType"])


@pytest.mark.parametrize(
    ("environment", "platform", "agent"),
    [
        ({}, "none", "none"),
        ({"CODESPACES": "true", "CODESPACE_NAME": CANARY}, "codespaces", "none"),
        ({"GITPOD_WORKSPACE_ID": CANARY}, "gitpod", "none"),
        ({"REMOTE_CONTAINERS": "true"}, "dev-container", "none"),
        ({"WSL_DISTRO_NAME": CANARY}, "wsl", "none"),
        ({"CLAUDECODE": "1"}, "none", "claude-code"),
        ({"CURSOR_TRACE_ID": CANARY}, "none", "cursor"),
        ({"AI_AGENT": CANARY}, "none", "other"),
        ({"CODEX_CLI": ""}, "none", "none"),
    ],
)
def test_the_host(environment: dict[str, str], platform: str, agent: str) -> None:
    """Platforms and agents are told by their own names, and versions of what everybody has are there."""
    found = told(host.collect(environment))

    assert (platform, agent) == (found["hostPlatform"], found["codingAgent"])
    required = {"osName", "osArchitecture", "pythonVersion", "pythonImplementation", "processors"}
    assert required <= found.keys()
    assert CANARY not in str(found)


def test_memory_where_the_system_does_not_count_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    """Another way to ask gives the same range."""
    usual = told(host.collect({}))["memoryGibibytes"]

    def unknown(_name: str) -> int:
        raise ValueError("unrecognized configuration name")

    monkeypatch.setattr(host.os, "sysconf", unknown)

    assert usual == told(host.collect({}))["memoryGibibytes"]


def test_the_version_of_git() -> None:
    """What Git says of its version is told in numbers."""
    output = subprocess.run(["git", "--version"], capture_output=True, text=True, check=True).stdout

    assert output.split()[2].startswith(str(told(git.collect(os.environ))["gitVersion"]))


def test_a_git_that_says_something_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A program of that name that is no Git, or that prints a secret, tells nothing."""
    fake = tmp_path / "git"
    fake.write_text(f"#!/bin/sh\necho git version {CANARY}\necho {CANARY} >&2\n", encoding="utf-8")
    fake.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))

    assert {} == told(git.collect(os.environ))


class Ping(NamedTuple):
    """An engine's answer."""

    api_version: str
    server: str
    os_type: str
    builder_version: str


@pytest.mark.parametrize(
    ("ping", "expected"),
    [
        (
            Ping("1.41", "Docker/20.10.24+dfsg1 (linux)", "linux", "1"),
            {
                "dockerVersion": "20.10.24",
                "dockerApiVersion": "1.41",
                "engineKind": "docker",
                "containerType": "linux",
                "builderVersion": "1",
            },
        ),
        (
            Ping("1.41", "Libpod/5.2.0 (linux)", "linux", ""),
            {"dockerApiVersion": "1.41", "engineKind": "podman", "containerType": "linux"},
        ),
        (
            Ping(CANARY, f"Docker/{CANARY} ({CANARY})", CANARY, CANARY),
            {"engineKind": "docker", "containerType": "other", "builderVersion": "other"},
        ),
    ],
)
def test_the_engine(ping: Ping, expected: dict[str, Value]) -> None:
    """Of the engine its version's numbers are told, and words of fixed lists."""
    connection = {"dockerConnectionType": "unix", "dockerTls": False, "dockerTlsVerify": False}

    assert {**expected, **connection} == told(engine.collect(ping, Endpoint("unix", CANARY, "", 0, CANARY)))


def test_tls_of_the_engine() -> None:
    """Whether connections are encrypted and checked is told, and none of the files for that."""
    ping = Ping("1.41", "Docker/20.10.24 (linux)", "linux", "")
    tls = Tls(verify=True, ca=CANARY, certificate=CANARY, key=CANARY)
    found = told(engine.collect(ping, Endpoint("tcp", "", CANARY, 2376, CANARY, tls=tls)))

    assert (True, True, "tcp") == tuple(
        found[name] for name in ("dockerTls", "dockerTlsVerify", "dockerConnectionType")
    )


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("", "none"),
        ("run test", "run"),
        (f"-f {CANARY} run {CANARY}", "run"),
        (f"--config-file={CANARY} list --json", "list"),
        ("-ofancy list", "list"),
        ("--list-tasks", "list"),
        ("-T", "list"),
        ("run --help", "help"),
        (f"--clean-cache {CANARY}", "clean"),
        (CANARY, "other"),
        (f"run {CANARY} -- --help", "run"),
    ],
)
def test_the_verb(words: str, expected: str) -> None:
    """The verb is found wherever options stand, and a word that is no verb is `other`."""
    assert expected == told(command.collect(words.split(), {}))["commandType"]


def test_options_are_told_without_their_values() -> None:
    """Which options stand there is told, how often some do, and nothing that was given to them."""
    words = (
        f"--no-color run {CANARY} --config-var {CANARY}=1 --config-var --no-cleanup=1 -o{CANARY} "
        f"--override-image={CANARY}=x --log-file {CANARY} --use-network={CANARY} -- --disable-ports a b"
    )

    found = told(command.collect(words.split(), {"BATECT_CACHE_TYPE": CANARY}))

    named = {name for name, value in found.items() if value is True}
    assert {"colourDisabled", "usesLogFile", "usesExistingNetwork"} == named
    assert ("2", "1", "0", "3") == tuple(
        found[name] for name in ("configVariableOverrides", "imageOverrides", "taggedImages", "taskArguments")
    )
    assert ("other", "other") == (found["outputStyle"], found["cacheType"])
    assert CANARY not in str(found)


@pytest.mark.parametrize(
    ("words", "environment", "terminal", "expected"),
    [
        ("run x", {"TERM": "xterm"}, True, "fancy"),
        ("run x", {"TERM": "xterm"}, False, "simple"),
        ("run x", {"TERM": "xterm", "NO_COLOR": "1"}, True, "simple"),
        ("--no-color run x", {"TERM": "xterm"}, True, "simple"),
        ("run x", {"TERM": "dumb"}, True, "simple"),
        ("-o all run x", {"TERM": "xterm"}, True, "all"),
        (f"-o {CANARY} run x", {"TERM": "xterm"}, True, "other"),
    ],
)
def test_the_style_that_is_shown(
    words: str, environment: dict[str, str], terminal: bool, expected: str
) -> None:
    """What a person sees is told, also where they asked for nothing, and whether they want colours."""
    found = told(command.collect(words.split(), environment, (terminal,) * 3))

    assert expected == found["outputShown"]
    assert ("--no-color" in words or "NO_COLOR" in environment) == found["colourDisabled"]


@pytest.mark.parametrize(
    ("words", "expected"),
    [("run x", None), ("-f a.yml run", "a.yml"), ("run -f=b.yml x", "b.yml"), ("run -- -f c.yml", None)],
)
def test_the_named_config_file(words: str, expected: str | None) -> None:
    """The config file that the command line names is found, and not one that a task is given."""
    assert expected == command.config_file(words.split())


def test_what_the_program_took() -> None:
    """CPU time and the exit code are told, and the peak of this very process as a range."""
    found = told(program.collect(125, 0.5, peak_memory()))

    assert (125, 500) == (found["exitCode"], found["cpuTime"])
    assert "peakMemoryMebibytes" in found


def test_names_of_collectors_are_their_modules() -> None:
    """The name that switches a collector off is that of its module, so it can be looked up."""
    folder = Path(command.__file__).parent
    assert all((folder / f"{name}.py").is_file() for name in COLLECTORS)
