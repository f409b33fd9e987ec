"""The proof of privacy: names planted in every place a name can be, and searched for in all that leaves.

Every command and the main ways to fail are run with telemetry allowed at its highest level, against a
real collector over TLS. Then what waits, what was sent, the log and the wire are searched for each of
the names, in plain and disguised.
"""

import base64
import binascii
import gzip
import hashlib
import json
import os
import signal
import subprocess
import time
import uuid
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple
from urllib.parse import quote

import pytest
from pytest_httpserver import HTTPServer

from taskrunner.usage_collectors.command import VERBS
from tests.support.journey import Journey
from tests.telemetry.commands.peer import Collector
from tests.telemetry.journeys.canaries import Canaries, contents
from tests.telemetry.journeys.person import folder, settle, waiting

_CONFIG = """\
project_name: {project}
config_variables:
  {variable}: {{description: {description}, default: {default}}}
containers:
  {container}:
    image: taskrunner-test/busybox:1
    command: {command} {argument}
    environment: {{{variablename}: {value}, FROM_HOST: $HOST_{hostvariable}, FROM_CONFIG: <{variable}}}
    labels: {{{label}: {labelvalue}}}
    additional_hostnames: [{hostname}]
    additional_hosts: {{{extrahost}: 127.0.0.1}}
    volumes:
      - {{type: cache, name: {cache}, container: /{containerpath}}}
      - {{local: ., container: /here}}
  {server}:
    image: taskrunner-test/busybox:1
    command: sleep 600
    stop_grace_period: 1s
    health_check: {{command: test -n "{healthcommand}", interval: 100ms, retries: 20}}
    setup_commands: [{{command: echo {setupcommand}}}]
  {built}:
    build_directory: {builddirectory}
    dockerfile: {dockerfile}
    build_args: {{{buildarg}: {buildvalue}}}
  broken: {{build_directory: {builddirectory}, dockerfile: broken}}
  secretive:
    build_directory: {builddirectory}
    dockerfile: {dockerfile}
    build_secrets: {{{secret}: {{environment: HOST_{hostvariable}}}}}
  absent: {{image: 'localhost:1/{image}:{tag}'}}
  unhealthy:
    image: taskrunner-test/busybox:1
    command: sleep 600
    stop_grace_period: 0s
    health_check: {{command: echo {healthoutput}; false, interval: 100ms, retries: 1}}
tasks:
  {task}:
    description: {taskdescription}
    group: {group}
    prerequisites: [{prerequisite}]
    dependencies: [{server}]
    run: {{container: {container}, command: echo {taskcommand}, environment: {{OTHER: {taskvalue}}}}}
    customise: {{{server}: {{environment: {{THIRD: {customised}}}}}}}
  {prerequisite}: {{run: {{container: {container}, command: 'true'}}}}
  build: {{run: {{container: {built}, command: echo built}}}}
  fails: {{run: {{container: {container}, command: sh -c 'echo {output} >&2; exit 7'}}}}
  cannot-start: {{run: {{container: {container}, command: /no/{program}}}}}
  cannot-build: {{run: {{container: broken}}}}
  cannot-pull: {{run: {{container: absent}}}}
  has-a-secret: {{run: {{container: secretive}}}}
  never-healthy: {{dependencies: [unhealthy], run: {{container: {container}}}}}
  undefined: {{run: {{container: {container}, environment: {{X: $UNSET_{unset}}}}}}}
  endless: {{run: {{container: {container}, command: sh -c 'echo started; sleep 600'}}}}
"""

# Put in the way of the program when it starts: a fault of ours whose every name is a person's.
_FAULT = """\
import importlib, os
if "FAULTY" in os.environ:
    module, _, name = os.environ["FAULTY"].rpartition(".")

    class {errorclass}(RuntimeError):
        pass

    def {function}(*_arguments, **_named):
        error = {errorclass}("{message}", "/home/{message}/file")
        error.add_note("{note}")
        try:
            raise KeyError("{cause}")
        except KeyError as cause:
            members = [error, OSError(2, "{message}", "/home/{errorpath}")]
            raise ExceptionGroup("{groupmessage}", members) from cause

    setattr(importlib.import_module(module), name, {function})
"""


class Planted(NamedTuple):
    """A project full of canaries, and the variables of whoever runs it."""

    journey: Journey
    canaries: Canaries
    variables: Mapping[str, str | None]

    def call(self, expected: int, *arguments: str, **env: str | None) -> str:
        """Run the program, which must end with this code; return what it wrote on stderr."""
        config = self.canaries.within("configfile", "{}.yml")
        before = () if arguments[0] in ("-f", "schema", "telemetry") else ("-f", config)
        result = self.journey.run(*before, *arguments, env={**self.variables, **env})
        assert expected == result.exit_code, (arguments, result.stdout, result.stderr)
        return result.stderr

    def outside(self) -> dict[str, bytes]:
        """Return everything in the telemetry folder."""
        return contents(folder(self.journey))


def _fill(canaries: Canaries, pattern: str) -> str:
    class _Words(dict[str, str]):
        def __missing__(self, place: str) -> str:
            return canaries[place]

    return pattern.format_map(_Words())


def _variables(canaries: Canaries) -> dict[str, str]:
    """Return environment variables that hold names, those of CI systems among them."""
    alone = {
        **dict.fromkeys(("USER", "LOGNAME", "USERNAME", "SUDO_USER"), "user"),
        **dict.fromkeys(("HOSTNAME", "HOST", "COMPUTERNAME", "NAME"), "host"),
        **dict.fromkeys(("GIT_AUTHOR_NAME", "GIT_COMMITTER_NAME"), "gitauthor"),
        **dict.fromkeys(("CODESPACE_NAME", "GITPOD_WORKSPACE_ID", "WSL_DISTRO_NAME"), "workspace"),
        **dict.fromkeys(("GITHUB_REF_NAME", "CI_COMMIT_BRANCH", "BRANCH_NAME"), "cibranch"),
        **dict.fromkeys(("GITHUB_ACTOR", "GITLAB_USER_LOGIN", "BUILD_USER"), "ciuser"),
        **dict.fromkeys(("CI_JOB_TOKEN", "GITHUB_TOKEN", "AWS_SECRET_ACCESS_KEY"), "token"),
        "TERM_PROGRAM": "termprogram",
        "COLORTERM": "colorterm",
        "AI_AGENT": "agent",
        "BUILDKIT_HOST": "buildkit",
        f"HOST_{canaries['hostvariable']}": "hostvalue",
        canaries["environmentname"]: "environmentvalue",
    }
    composed = {
        "TERM": ("term", "xterm-{}"),
        "SHELL": ("shell", "/opt/{}/bash"),
        "LC_NAME": ("locale", "{}.UTF-8"),
        "HTTP_PROXY": ("proxy", "http://me:{}@127.0.0.1:9"),
        "NO_PROXY": ("noproxy", "{}.example"),
        "GITHUB_REPOSITORY": ("repository", "acme/{}"),
        "CI_PROJECT_PATH": ("ciproject", "acme/{}"),
        "GIT_AUTHOR_EMAIL": ("email", "{}@acme.example"),
        "SSH_CONNECTION": ("ssh", "{} 22"),
    }
    return {
        **{name: canaries[place] for name, place in alone.items()},
        **{name: canaries.within(place, pattern) for name, (place, pattern) in composed.items()},
    }


def _on_ci(canaries: Canaries) -> dict[str, str]:
    return {
        "CI": canaries["ci"],
        "CI_NAME": canaries["ciname"],
        "JENKINS_URL": canaries.within("ciurl", "https://{}.example"),
        "BUILD_ID": canaries["buildid"],
        "TEAMCITY_VERSION": canaries["teamcity"],
        "BUILDKITE": canaries["buildkite"],
        "RUN_ID": canaries["runid"],
    }


def _move(journey: Journey, canaries: Canaries) -> None:
    """Give the folders of a journey names that are canaries."""
    for name, place in (("folder", "projectfolder"), ("home", "home"), ("temporary", "temporary")):
        path = getattr(journey, name)
        setattr(journey, name, path.rename(path.with_name(canaries[place])))
        canaries.within(place, str(path.parent / "{}"))
    journey.project = canaries["project"]
    journey.environment.update(
        JOURNEY=canaries["project"],
        HOME=str(journey.home),
        TMPDIR=str(journey.temporary),
        TASKRUNNER_DISABLE_TELEMETRY=None,
    )


def _write_repository(journey: Journey, canaries: Canaries) -> None:
    remote = canaries.within("gitremote", "https://git.example/{}.git")
    name, email = canaries["gitname"], canaries.within("gitemail", "{}@acme.example")
    for arguments in (
        ("init", "--quiet", f"--initial-branch={canaries['gitbranch']}"),
        ("remote", "add", canaries["gitremotename"], remote),
        ("config", "user.name", name),
        ("config", "user.email", email),
        ("add", "."),
        ("commit", "--quiet", "-m", canaries["gitmessage"]),
    ):
        subprocess.run(["git", *arguments], cwd=journey.folder, env=journey.variables(), check=True)


@pytest.fixture
def planted(journey: Journey, collector: Collector) -> Planted:
    """Write the project into folders with names of their own, and allow telemetry."""
    canaries = Canaries()
    _move(journey, canaries)
    build = canaries["builddirectory"]
    journey.file(canaries.within("configfile", "{}.yml"), _fill(canaries, _CONFIG))
    journey.file(
        f"{build}/{canaries['dockerfile']}", f"FROM taskrunner-test/busybox:1\nARG {canaries['buildarg']}\n"
    )
    journey.file(
        f"{build}/broken", f"FROM taskrunner-test/busybox:1\nRUN echo {canaries['buildoutput']}; exit 3\n"
    )
    journey.file("bad.yml", f"{canaries['badkey']}: {canaries['badvalue']}\n")
    journey.file("unreadable.yml", f"tasks: [{canaries['badyaml']}")
    journey.file(
        "git.yml", f"include: [{{type: git, repo: {canaries['gitinclude']}, ref: {canaries['gitref']}}}]\n"
    )
    journey.file("site/sitecustomize.py", _fill(canaries, _FAULT))
    _write_repository(journey, canaries)
    collector.server.expect_request("/v1/sessions").respond_with_data(status=201)
    collector.server.expect_request("/v1/me/delete").respond_with_data("receipt")
    return Planted(journey, canaries, {**_variables(canaries), **collector.variables})


def _succeed(planted: Planted) -> None:
    """Run every command, the usual way."""
    name = planted.canaries
    log = name.within("logfile", "{}.log")
    planted.call(0, "run", name["task"], "--log-file", log, "--", name["extraargument"])
    planted.call(0, "run", "--config-var", f"{name['variable']}={name['override']}", name["prerequisite"])
    tag = name.within("imagetag", "{}:latest")
    planted.call(0, "run", "-o", "quiet", "--tag-image", f"{name['built']}={tag}", "build")
    planted.call(0, "run", "has-a-secret")
    planted.call(0, "list")
    planted.call(0, "list", "--json")
    planted.call(0, "completion", "bash")
    planted.call(0, "doctor")
    planted.call(0, "--clean-cache", name["cache"])
    planted.call(0, "clean")
    planted.call(0, "schema")
    for verb in ("status", "level", "preview", "list", "diff", "policy", "id", "queue", "log", "schema"):
        planted.call(0, "telemetry", verb)
    planted.call(0, "telemetry", "example", "-n", "2")
    # And each verb that there is, with a word that may mean nothing to it.
    for verb in VERBS:
        config = name.within("configfile", "{}.yml")
        planted.journey.run("-f", config, verb, name["surplus"], env=planted.variables)


def _fail(planted: Planted) -> None:
    """Fail in the ways that a person, an engine and a network can fail."""
    name = planted.canaries
    call = planted.call
    call(7, "run", "fails")
    call(127, "run", "cannot-start")
    call(125, "run", "cannot-build")
    call(125, "run", "cannot-pull")
    call(125, "run", "never-healthy")
    call(125, "run", "--use-network", name["network"], "fails")
    call(125, "--docker-host", name.within("dockerhost", "unix:///run/{}.sock"), "run", "fails")
    call(125, "--docker-host", name.within("dockertcp", "tcp://{}.invalid:2375"), "run", "fails")
    call(2, "--docker-context", name["dockercontext"], "run", "fails")
    call(2, "run", name["unknowntask"])
    call(2, "run", "undefined")
    call(2, "run", "--config-var", f"{name['unknownvariable']}=1", "fails")
    call(2, "run", "--config-vars-file", name["variablesfile"], "fails")
    call(2, "run", "--override-image", f"{name['unknowncontainer']}=x", "fails")
    call(2, "run", "--cache-type", name["cachetype"], "fails")
    call(2, "run", "-o", name["style"], "fails")
    call(2, "run", f"--{name['option']}")
    call(2, "telemetry", name["verb"])
    call(2, "telemetry", "level", name["level"])
    call(2, "telemetry", "log", "show", name["session"])
    call(2, name["command"])
    for file in ("bad.yml", "unreadable.yml", "git.yml", name["absentfile"]):
        planted.call(2, "-f", file, "list")


def _crash(planted: Planted) -> None:
    """Fail by faults of our own, at the top and in a step."""
    site = str(planted.journey.folder / "site")
    for place in ("taskrunner.execution.run.run_plan", "taskrunner.engine.networks.create"):
        planted.call(1, "run", planted.canaries["prerequisite"], FAULTY=place, PYTHONPATH=site)


def _interrupt(planted: Planted) -> None:
    """Press Ctrl-C, and then kill a run that has no time to say anything."""
    config = planted.canaries.within("configfile", "{}.yml")
    for by_force in (False, True):
        running = planted.journey.start("-f", config, "run", "endless", env=planted.variables)
        running.wait_for("\nstarted\n")
        if by_force:
            # The record is written beside the run; only then can there be one of a run that was killed.
            while not os.listdir(os.path.join(folder(planted.journey), "running")):
                time.sleep(0.05)
            running.end()
        else:
            assert 130 == running.signal(signal.SIGINT, group=True).finish().exit_code


def _wire(server: HTTPServer) -> dict[str, bytes]:
    """Return what the collector got: address, headers, and the body as it came and decompressed."""
    found = {}
    for number, (request, _) in enumerate(server.log):
        body = request.get_data()
        plain = gzip.decompress(body) if request.headers.get("Content-Encoding") == "gzip" else body
        head = f"{request.method} {request.url}\n{request.headers}".encode()
        found[f"request {number}"] = b"\n".join((head, body, plain))
    return found


def _sessions(server: HTTPServer) -> list[dict[str, Any]]:
    """Return the sessions that the collector got, as the search gets to see them."""
    return [
        json.loads(data.rpartition(b"\n")[2]) for data in _wire(server).values() if data.startswith(b"PUT")
    ]


@pytest.mark.engine
@pytest.mark.timeout(400)
def test_no_name_leaves_the_machine(planted: Planted, collector: Collector) -> None:
    """Of all names in all places not one is found, in any form; one that is planted would be."""
    planted.call(0, "telemetry", "enable", "--level", "full")
    # Each command would start a process that uploads; for now everything is to wait.
    planted.call(0, "telemetry", "pause")
    for part in (_succeed, _fail, _crash, _interrupt):
        part(planted)
    settle(planted.journey)
    waits = planted.outside()
    planted.call(0, "telemetry", "resume")
    planted.call(0, "run", planted.canaries["prerequisite"])  # uploads, beside the run
    settle(planted.journey)
    planted.call(
        0, "run", planted.canaries["task"], **_on_ci(planted.canaries), TASKRUNNER_ENABLE_TELEMETRY="1"
    )
    planted.call(0, "telemetry", "submit")
    settle(planted.journey)
    sent = planted.outside()
    _assert_all_was_recorded(_sessions(collector.server))
    assert len(waiting(planted.journey)) <= 1  # that of `submit` itself
    _assert_the_search_finds(planted)
    planted.call(0, "telemetry", "forget")
    planted.call(0, "telemetry", "disable")
    settle(planted.journey)

    assert "POST" in {request.method for request, _ in collector.server.log}
    found = [planted.canaries.found(each) for each in (waits, sent, _wire(collector.server))]
    assert [set(), set(), set()] == found


def _assert_all_was_recorded(sessions: list[dict[str, Any]]) -> None:
    """See to it that the commands above got as far as they were meant to, and left their records."""
    text = json.dumps(sessions)
    assert len(sessions) > 30
    for step in (
        *("LoadConfiguration", "RunTask", "PullImage", "BuildImage", "CreateNetwork", "CreateContainer"),
        *("StartContainer", "WaitForHealth", "SetupCommand", "RunContainer", "StopContainer"),
        *("RemoveContainer", "RemoveNetwork", "UnhandledException", "CommandFailed", "jenkins"),
    ):
        assert f'"{step}"' in text, step
    crashes = [
        event["attributes"]
        for session in sessions
        for event in session["events"]
        if event["type"] == "UnhandledException"
    ]
    # What is not ours is named by its kind at most, whatever it calls itself.
    assert {"main", "step"} == {each["caughtBy"] for each in crashes}
    assert all("{ <external:builtins:RuntimeError> | " in each["trace"] for each in crashes)
    attributes = [session["attributes"] for session in sessions]
    # The run that was killed never came to its exit code, and a later one closed its record.
    assert 1 == sum("exitCode" not in each for each in attributes)
    assert "1" in {each.get("runsAbandoned") for each in attributes}


def _assert_the_search_finds(planted: Planted) -> None:
    """Put the canaries into a copy of what was sent, and search again."""
    copy = next((planted.journey.home / ".taskrunner" / "telemetry" / "sent").iterdir())
    words = " ".join(planted.canaries[place] for place in planted.canaries.places)
    copy.write_bytes(copy.read_bytes() + words.encode())

    expected = {(place, "plain", f"sent/{copy.name}") for place in planted.canaries.places}
    assert expected == planted.canaries.found(planted.outside())


def _digest(name: str) -> Callable[[bytes], bytes]:
    return lambda data: hashlib.new(name, data, usedforsecurity=False).hexdigest().encode()


@pytest.mark.parametrize(
    "disguise",
    [
        lambda word: word,
        bytes.upper,
        base64.b64encode,
        lambda word: base64.b64encode(b"/home/" + word + b"/project"),
        lambda word: base64.urlsafe_b64encode(b"a" + word + b"bc"),
        lambda word: base64.b64encode(b"ab" + word),
        lambda word: binascii.hexlify(b"user:" + word).upper(),
        lambda word: "".join(f"%{byte:02X}" for byte in word).encode(),
        lambda word: quote(f"/home/{word.decode()}", safe="").encode(),
        _digest("md5"),
        _digest("sha1"),
        _digest("sha256"),
        lambda word: _digest("sha256")(word)[:20],
        lambda word: str(uuid.UUID(bytes=hashlib.md5(word, usedforsecurity=False).digest())).encode(),
        lambda word: base64.b64encode(hashlib.sha256(word).digest()),
    ],
)
def test_the_search_sees_through_a_disguise(disguise: Callable[[bytes], bytes]) -> None:
    """The proof is worth what its search is: each form is found, and blamed on the right place."""
    canaries = Canaries()
    other, word = canaries["other"], canaries["place"]
    session = b'{"attributes": {"x": "%b"}}' % disguise(word.encode())

    assert {"place"} == {place for place, _, _ in canaries.found({"a session": session})}
    assert set() == canaries.found(
        {"a session": session.replace(disguise(word.encode()), other[:10].encode())}
    )


def test_whole_values_are_searched_for_too() -> None:
    """A digest of a path is found as the digest of a name in it is."""
    canaries = Canaries()
    path = canaries.within("home", "/home/{}")

    assert {("home", "sha256", "x")} == canaries.found({"x": _digest("sha256")(path.encode())})
