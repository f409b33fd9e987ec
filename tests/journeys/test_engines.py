"""Engines that are reached by TLS and by ssh, and those that do not see this machine's files."""

import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.journey import Journey, program
from tests.support.repositories import Repository, served
from tests.support.sshd import SshServer
from tests.support.tls import authority, tls_engine

pytestmark = pytest.mark.engine

CONFIG = """\
containers:
  db:
    image: taskrunner-test/busybox:1
    command: sleep 600
    health_check: {command: test -e /ready, interval: 1s}
    setup_commands: [{command: touch /set-up}]
    volumes: [".:/code"]
    entrypoint: sh -c 'touch /ready; exec "$@"' sh
  app:
    image: taskrunner-test/busybox:1
    working_directory: /code
    volumes: [".:/code"]
    dependencies: [db]
  alone: {image: taskrunner-test/busybox:1}
tasks:
  copy: {run: {container: app, command: sh -c 'cat; cat file; ping -c 1 -W 5 db >/dev/null && exit 7'}}
  hello: {run: {container: alone, command: echo hello}}
  shell: {run: {container: alone, command: sh}}
  look: {run: {container: app, command: ls}}
"""
BUNDLE = """\
containers:
  lint:
    build_directory: image
    working_directory: /code
    volumes:
      - .:/bundle
      - {local: "<{batect.project_directory}", container: /code}
      - {type: cache, name: lint, container: /cache}
    run_as_current_user: {enabled: true, home_directory: /home/lint}
tasks:
  lint:
    run:
      container: lint
      command: sh -c 'cat /word /bundle/rules; touch /cache/x /code/linted; echo home $HOME'
"""
INCLUDING = """\
include: [{type: git, repo: REPO, ref: 1.0}]
containers:
  db:
    image: taskrunner-test/busybox:1
    command: sh -c 'sleep 0.3; touch /ready; exec sleep 600'
    health_check: {command: test -e /ready, interval: 1s, retries: 30}
  app:
    build_directory: app
    working_directory: /code
    volumes: [".:/code"]
    dependencies: [db]
tasks:
  test:
    prerequisites: [lint]
    run:
      container: app
      command: sh -c 'cat /app linted; sleep 0.3; ping -c 1 -W 5 db >/dev/null && echo pinged; exit 3'
"""
DOCKERFILE = "FROM taskrunner-test/busybox:1\nRUN echo {word} > /{word}\n"
SOCKET = os.environ.get("DOCKER_HOST", "unix:///var/run/docker.sock").removeprefix("unix://")


@pytest.fixture
def project(journey: Journey) -> Journey:
    """Give a project with a dependency, a mount and input."""
    return journey.file("taskrunner.yml", CONFIG).file("file", "from the host\n")


@pytest.fixture
def server(tmp_path: Path) -> Iterator[SshServer]:
    """Give an ssh server in front of the engine."""
    made = SshServer(tmp_path / "ssh", f"unix://{SOCKET}")
    yield made
    made.close()


class TestSsh:
    def test_a_whole_run(self, project: Journey, server: SshServer) -> None:
        """Dependencies, health checks, set-up, mounts, input and exit codes: as with a local engine."""
        env = {"PATH": server.path, "DOCKER_HOST": "ssh://engine"}
        result = project.run("run", "-o", "quiet", "copy", stdin="from here\n", env=env)

        assert (7, "from here\nfrom the host\n", "") == (result.exit_code, result.stdout, result.stderr)
        assert 1 == server.logins

    def test_a_shell_behind_a_question_for_a_passphrase(self, project: Journey, server: SshServer) -> None:
        """Ssh asks on the terminal, gets its answer, and leaves the keyboard to the task's shell."""
        key = str(server.folder / "key")
        subprocess.run(["ssh-keygen", "-q", "-p", "-N", "open sesame", "-f", key], check=True)
        env = {"PATH": server.path}
        terminal = project.terminal("run", "--docker-host", "ssh://engine", "-o", "simple", "shell", env=env)

        terminal.expect("Enter passphrase for key")
        terminal.sendline("open sesame")
        terminal.expect("/ #")
        terminal.sendline("echo $((6 * 7)); stty size; exit 5")
        terminal.expect("42\r\n24 80\r\n")
        terminal.expect("finished with exit code .*5")
        terminal.expect(terminal_end())
        terminal.close()

        assert 5 == terminal.exitstatus

    def test_ctrl_c_cleans_up_through_ssh(self, project: Journey, server: SshServer) -> None:
        """The terminal's signal ends the run, and not the connection that cleaning up needs."""
        env = {"PATH": server.path, "DOCKER_HOST": "ssh://engine"}
        running = project.start("run", "copy", env=env)
        running.wait_for("Running")
        running.signal(2, group=True)  # type: ignore[arg-type]

        assert 130 == running.finish().exit_code

    def test_what_is_said_where_nobody_can_be_asked(self, project: Journey, server: SshServer) -> None:
        """Without a terminal there is an error with a remedy, and no waiting."""
        (server.folder / "known_hosts").write_text("")
        result = project.run("run", "hello", env={"PATH": server.path, "DOCKER_HOST": "ssh://engine"})

        assert 125 == result.exit_code
        assert "engine.ssh-failed" in result.stderr
        assert "`ssh engine`" in result.stderr


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a folder with certificates."""
    return authority(tmp_path_factory.mktemp("tls") / "ours")


@pytest.fixture(scope="module")
def port(certificates: Path) -> Iterator[int]:
    """Give the port of an engine that speaks TLS."""
    with tls_engine(certificates, SOCKET) as found:
        yield found


class TestTls:
    def test_a_whole_run(self, project: Journey, certificates: Path, port: int) -> None:
        """With batect's options, each file named."""
        result = project.run(
            *("run", "--docker-host", f"tcp://localhost:{port}", "--docker-tls-verify"),
            *(
                "--docker-tls-ca-cert",
                f"{certificates}/ca.pem",
                "--docker-tls-cert",
                f"{certificates}/cert.pem",
            ),
            *("--docker-tls-key", f"{certificates}/key.pem", "-o", "quiet", "copy"),
            stdin="from here\n",
        )

        assert (7, "from here\nfrom the host\n", "") == (result.exit_code, result.stdout, result.stderr)

    def test_variables_of_docker(self, project: Journey, certificates: Path, port: int) -> None:
        """What Docker's own client is told holds here, too."""
        env = {
            "DOCKER_HOST": f"tcp://localhost:{port}",
            "DOCKER_TLS_VERIFY": "1",
            "DOCKER_CERT_PATH": str(certificates),
        }
        result = project.run("run", "-o", "quiet", "hello", env=env)

        assert (0, "hello\n", "") == (result.exit_code, result.stdout, result.stderr)

    def test_a_context_that_docker_made(self, project: Journey, certificates: Path, port: int) -> None:
        """Its address and its certificates are found where Docker's client put them."""
        files = ",".join(f"{name}={certificates}/{name}.pem" for name in ("ca", "cert", "key"))
        made = f"docker context create ours --docker host=tcp://localhost:{port},{files}"
        assert 0 == project.run("-c", made, command="/bin/sh", env={"DOCKER_HOST": None}).exit_code

        for words in (("--docker-context", "ours"), ("-o", "quiet")):
            env = {"DOCKER_HOST": None, "DOCKER_CONTEXT": None if "ours" in words else "ours"}
            result = project.run(*words, "run", "-o", "quiet", "hello", env=env)
            assert (0, "hello\n", "") == (result.exit_code, result.stdout, result.stderr)

    def test_the_wrong_way(self, project: Journey, port: int) -> None:
        """An engine that wants TLS says so, and we say what to do."""
        result = project.run("run", "--docker-host", f"tcp://localhost:{port}", "hello")

        assert 125 == result.exit_code
        assert re.search("TLS|broke off", result.stderr)


class TestFilesElsewhere:
    """The program runs where it alone sees a file system: to the engine, that is another machine's."""

    SCRIPT = """
        set -e
        mount -t tmpfs tmpfs hidden
        mkdir -p hidden/project
        cp taskrunner.yml hidden; cp taskrunner.yml hidden/project
        cd "$1"; shift
        exec "$@"
    """

    def look(self, project: Journey, folder: str, env: dict[str, str]) -> str:
        """Run a task in a folder that the engine does not see, and return what is said."""
        (project.folder / "hidden").mkdir()
        words = ("--mount", "sh", "-c", self.SCRIPT, "sh", folder, program(), "run", "look")
        result = project.run(*words, command="/usr/bin/unshare", env=env)
        assert 125 == result.exit_code, result
        return result.stderr + result.stdout

    def test_a_folder_that_the_engine_does_not_have(self, project: Journey) -> None:
        """The task does not run on an empty folder; what is wrong is said, with the folder."""
        said = self.look(project, "hidden/project", {})

        assert "cannot mount" in said
        assert f"{project.folder}/hidden/project: it does not exist there" in said
        assert not (project.folder / "hidden/project").exists()

    def test_a_folder_that_is_another_one_there(self, project: Journey, server: SshServer) -> None:
        """One that an earlier attempt made over there is not taken for ours."""
        said = self.look(project, "hidden", {"PATH": server.path, "DOCKER_HOST": "ssh://engine"})

        assert "it has nothing there of what is here, such as 'project'" in said


def terminal_end() -> object:
    """Return what pexpect calls the end of a program."""
    import pexpect

    return pexpect.EOF


@pytest.mark.parametrize("way", ["ssh", "tls"])
def test_a_whole_project_on_a_ci_system(journey: Journey, way: str, request: pytest.FixtureRequest) -> None:
    """A bundle, builds, a dependency, a cache, the current user and an exit code, as on GitHub's machines."""
    repository = Repository(journey.folder.parent / "served" / "lint")
    repository.file("batect-bundle.yml", BUNDLE).file("rules", "no tabs\n")
    repository.file("image/Dockerfile", DOCKERFILE.format(word="word")).commit(tag="1.0")
    journey.file("app/Dockerfile", DOCKERFILE.format(word="app"))
    env = {"CI": "true", "GITHUB_ACTIONS": "true"}
    if way == "ssh":
        env |= {"PATH": request.getfixturevalue("server").path, "DOCKER_HOST": "ssh://engine"}
    else:
        env |= {
            "DOCKER_HOST": f"tcp://localhost:{request.getfixturevalue('port')}",
            "DOCKER_TLS_VERIFY": "1",
            "DOCKER_CERT_PATH": str(request.getfixturevalue("certificates")),
        }
    with served(repository.folder.parent) as address:
        journey.file("batect.yml", INCLUDING.replace("REPO", f"{address}/lint"))

        result = journey.run("run", "test", env=env, timeout=180)

    assert (3, f"Fetching the bundle {address}/lint at 1.0 …\n") == (result.exit_code, result.stderr)
    assert "::endgroup::\nRunning sh -c" in result.stdout
    assert "\nword\nno tabs\nhome /home/lint\n" in result.stdout
    assert "\napp\npinged\n" in result.stdout
    assert (journey.folder / "linted").stat().st_uid == os.getuid()
