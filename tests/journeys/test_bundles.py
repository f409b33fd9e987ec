"""Git includes as a person uses them: fetched once, refreshed on request, with errors that have a place."""

import getpass
import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pexpect
import pytest

from tests.support.journey import Journey
from tests.support.repositories import Repository, served

BUNDLE = """
    containers:
      lint: {image: linter:1}
    tasks:
      lint: {run: {container: lint}, description: Check the style}
    """


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    """Give a repository with a bundle of one task, tagged 1.0."""
    made = Repository(tmp_path / "served" / "lint-bundle").file("batect-bundle.yml", BUNDLE)
    made.commit(tag="1.0")
    return made


def including(journey: Journey, repo: object, ref: str = "1.0", path: str | None = None) -> None:
    """Let the journey's project include a bundle."""
    named = f"\n    path: {path}" if path else ""
    text = f"project_name: shop\ninclude:\n  - type: git\n    repo: {repo}\n    ref: {ref}{named}\n"
    journey.file("taskrunner.yml", text)


def test_fetched_once(journey: Journey, repository: Repository) -> None:
    """A bundle is fetched at its first use, which a line on stderr tells; then it needs no repository."""
    including(journey, repository.folder)

    first = journey.run("list")
    repository.folder.rename(repository.folder.with_name("gone"))
    again = journey.run("list")

    assert (0, f"Fetching the bundle {repository.folder} at 1.0 …\n") == (first.exit_code, first.stderr)
    assert "Check the style" in first.stdout
    assert (0, first.stdout, "") == (again.exit_code, again.stdout, again.stderr)


def test_quiet_output_is_quiet(journey: Journey, repository: Repository) -> None:
    """Programs that read the list get nothing else."""
    including(journey, repository.folder)

    result = journey.run("-o", "quiet", "list")

    assert ("lint\tCheck the style\n", "") == (result.stdout, result.stderr)


@pytest.mark.engine
def test_run_with_files_of_the_bundle(journey: Journey, busybox: str, repository: Repository) -> None:
    """Paths in a bundle start in the bundle; `batect.project_directory` is the project's folder."""
    repository.file("own.txt", "from the bundle\n").file(
        "image/Dockerfile", f"FROM {busybox}\nRUN echo built > /built.txt\n"
    ).file(
        "batect-bundle.yml",
        """
        include: [tasks/more.yml]
        containers:
          both:
            build_directory: image
            volumes:
              - {local: "<{batect.project_directory}", container: /project, options: ro}
              - .:/bundle:ro
        """,
    ).file(
        "tasks/more.yml",
        """
        tasks:
          both: {run: {container: both, command: cat /built.txt /bundle/own.txt /project/mine.txt}}
        """,
    ).commit(tag="2.0")
    including(journey, repository.folder, "2.0")
    journey.file("mine.txt", "from the project\n").file(
        "taskrunner.yml", (journey.folder / "taskrunner.yml").read_text().replace("shop", journey.project)
    )

    result = journey.run("-o", "quiet", "run", "both")

    assert (0, "built\nfrom the bundle\nfrom the project\n") == (result.exit_code, result.stdout)


def test_branches_stay_until_they_are_refreshed(journey: Journey, repository: Repository) -> None:
    """A branch that moved is followed with --refresh-includes alone, and what was there before stays."""
    including(journey, repository.folder, "main")
    before = journey.run("-o", "quiet", "list").stdout
    repository.file("batect-bundle.yml", BUNDLE.replace("Check the style", "Check it all")).commit()

    same = journey.run("-o", "quiet", "list").stdout
    refreshed = journey.run("list", "--refresh-includes")
    after = journey.run("-o", "quiet", "list").stdout

    assert before == same == "lint\tCheck the style\n"
    assert "main moved on from " in refreshed.stderr
    assert after == "lint\tCheck it all\n"
    assert len(list(journey.home.glob(".taskrunner/bundles/*/*/batect-bundle.yml"))) == 2


def test_commits_and_other_branches(journey: Journey, repository: Repository) -> None:
    """A commit's full or short name and a branch other than the default one are refs too."""
    commit = repository.commit()
    repository.git("checkout", "--quiet", "-b", "next")
    repository.file("batect-bundle.yml", BUNDLE.replace("lint", "next")).commit()
    repository.git("checkout", "--quiet", "main")
    for ref, task in ((commit, "lint"), (commit[:10], "lint"), ("next", "next"), ("origin/next", "next")):
        including(journey, repository.folder, ref)
        assert journey.run("-o", "quiet", "list").stdout.startswith(f"{task}\t")


def test_bundles_in_bundles(journey: Journey, repository: Repository, tmp_path: Path) -> None:
    """A bundle includes another one, also one that includes it in turn."""
    other = Repository(tmp_path / "other")
    other.file(
        "extra.yml",
        f"""
        include: [{{type: git, repo: {repository.folder}, ref: main}}]
        tasks: {{extra: {{prerequisites: [lint]}}}}
        """,
    ).commit()
    nested = f"    include: [{{type: git, repo: {other.folder}, ref: main, path: extra.yml}}]\n"
    repository.file("batect-bundle.yml", nested + BUNDLE.lstrip("\n")).commit()
    including(journey, repository.folder, "main")

    assert journey.run("-o", "quiet", "list").stdout == "extra\nlint\tCheck the style\n"


def test_over_http(journey: Journey, repository: Repository) -> None:
    """A bundle comes over HTTP, and a name and password in its address are shown to nobody."""
    with served(repository.folder.parent, password="s3cret") as address:
        including(journey, f"{address.replace('//', '//sam:s3cret@')}/lint-bundle")
        result = journey.run("list")
        including(journey, f"{address.replace('//', '//sam:wrong-one@')}/lint-bundle")
        refused = journey.run("list")

    assert result.exit_code == 0
    assert "s3cret" not in result.stderr
    kept = [path.read_text() for path in journey.home.rglob("current")]
    assert kept
    assert all("s3cret" not in text for text in kept)
    assert "config.bundle-access-denied" in refused.stderr
    assert "wrong-one" not in refused.stderr.replace("repo: http://sam:wrong-one@", "")


def test_passwords_are_asked_for_on_a_terminal(journey: Journey, repository: Repository) -> None:
    """Git asks for name and password where a person can answer; then the list comes."""
    with served(repository.folder.parent, password="s3cret") as address:
        including(journey, f"{address}/lint-bundle")
        terminal = journey.terminal("list")
        terminal.expect("Username for 'http://127.0.0.1:[0-9]+':")
        terminal.sendline("sam")
        terminal.expect("Password for .*:")
        terminal.sendline("s3cret")
        terminal.expect("Check the style")
        terminal.expect(pexpect.EOF)
        terminal.close()

    assert terminal.exitstatus == 0


def test_nothing_is_asked_without_a_terminal(journey: Journey, repository: Repository) -> None:
    """Without a terminal, a bundle that needs a password is an error that says what to do."""
    with served(repository.folder.parent, password="s3cret") as address:
        including(journey, f"{address}/lint-bundle")
        result = journey.run("list", timeout=30)

    assert result.exit_code == 2
    assert "taskrunner.yml:3:5: git may not read http://127.0.0.1" in result.stderr
    assert "Run `taskrunner list` once in a terminal" in result.stderr


@contextmanager
def ssh_server(folder: Path) -> Iterator[tuple[int, Path]]:
    """Run an SSH server; yield its port, and the key of the person who may enter."""
    folder.mkdir()
    for name in ("host", "person"):
        make = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(folder / name)]
        subprocess.run(make, check=True, timeout=30)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    (folder / "config").write_text(
        f"Port {port}\nListenAddress 127.0.0.1\nHostKey {folder}/host\nPidFile none\nUsePAM no\n"
        f"AuthorizedKeysFile {folder}/person.pub\nStrictModes no\nPermitRootLogin yes\n"
    )
    if os.geteuid() == 0:
        os.makedirs("/run/sshd", exist_ok=True)
    command = ["/usr/sbin/sshd", "-D", "-e", "-f", str(folder / "config")]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as server:
        try:
            _wait_for(port)
            yield port, folder / "person"
        finally:
            server.terminate()


def _wait_for(port: int) -> None:
    until = time.monotonic() + 20
    while True:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        assert time.monotonic() < until, "the SSH server does not answer"
        time.sleep(0.05)


def test_over_ssh(journey: Journey, repository: Repository, tmp_path: Path) -> None:
    """A bundle comes over SSH with a person's key; without one, the error is about access."""
    with ssh_server(tmp_path / "ssh") as (port, key):
        including(journey, f"ssh://{getpass.getuser()}@127.0.0.1:{port}{repository.folder}")
        known = "-o UserKnownHostsFile=/dev/null -o StrictHostKeyChecking=no -o IdentitiesOnly=yes"
        stranger = journey.run("list", env={"GIT_SSH_COMMAND": f"ssh {known} -i /none"})
        person = journey.run("list", env={"GIT_SSH_COMMAND": f"ssh {known} -i {key}"})

    assert (2, True) == (stranger.exit_code, "config.bundle-access-denied" in stranger.stderr)
    assert (0, True) == (person.exit_code, "Check the style" in person.stdout)


def test_mistakes_have_their_place(journey: Journey, repository: Repository) -> None:
    """A ref, a file, a repository that is not there: each is shown where it is written, with a remedy."""
    including(journey, repository.folder, "1.O")
    ref = journey.run("list").stderr
    including(journey, repository.folder, path="batect-bundel.yml")
    file = journey.run("list").stderr
    including(journey, repository.folder.with_name("nothing"))
    nothing = journey.run("list").stderr

    assert "taskrunner.yml:5:10: " in ref
    assert "has no tag, branch or commit '1.O'. [config.bundle-ref-not-found]" in ref
    assert "Did you mean '1.0'?" in ref
    assert "taskrunner.yml:6:11: There is no file batect-bundel.yml in " in file
    assert "Did you mean 'batect-bundle.yml'?" in file
    assert "taskrunner.yml:3:5: git cannot fetch" in nothing
    assert "does not exist" in nothing


def test_a_mistake_in_a_bundle(journey: Journey, repository: Repository) -> None:
    """What is wrong in a bundle's file is shown with its line, and whose file it is."""
    repository.file("batect-bundle.yml", "tasks:\n  lint: {run: {container: linter}}\n").commit(tag="2.0")
    including(journey, repository.folder, "2.0")

    result = journey.run("list")

    assert "batect-bundle.yml:2:27: There is no container 'linter'" in result.stderr
    assert f"The file belongs to the bundle {repository.folder} at 2.0." in result.stderr


def test_without_git(journey: Journey, repository: Repository, tmp_path: Path) -> None:
    """Where there is no git, the error says so; a bundle that is there needs none."""
    including(journey, repository.folder)
    without = {"PATH": str(tmp_path)}

    missing = journey.run("list", env=without)
    journey.run("list")
    there = journey.run("list", env=without)

    assert (2, True) == (missing.exit_code, "config.git-missing" in missing.stderr)
    assert there.exit_code == 0


def test_in_a_git_hook(journey: Journey, repository: Repository, tmp_path: Path) -> None:
    """Git's own variables, as a hook has them, do not lead git to another repository."""
    including(journey, repository.folder)
    other = Repository(tmp_path / "other")
    variables = {"GIT_DIR": str(other.folder / ".git"), "GIT_INDEX_FILE": "/nowhere", "GIT_WORK_TREE": "/"}

    assert journey.run("list", env=variables).exit_code == 0


def test_several_at_once(journey: Journey, repository: Repository) -> None:
    """Of several commands that start at once, one fetches and the others wait for it."""
    including(journey, repository.folder)

    running = [journey.start("list") for _ in range(4)]
    results = [each.finish(60) for each in running]

    assert [0] * 4 == [result.exit_code for result in results]
    assert sum("Fetching" in result.stderr for result in results) == 1


def test_a_killed_fetch_leaves_nothing_that_blocks(journey: Journey, repository: Repository) -> None:
    """A command that is killed while it fetches stops nobody after it."""
    including(journey, repository.folder)
    slow = (
        journey.file("bin/git", "#!/bin/sh\nwhile kill -0 $PPID; do sleep 0.1; done\n", mode=0o755).folder
        / "bin"
    )
    killed = journey.start("list", env={"PATH": f"{slow}:{os.environ['PATH']}"})
    killed.wait_for("Fetching", "stderr")
    killed.signal(signal.SIGKILL)
    killed.finish(30)

    assert journey.run("list", timeout=30).exit_code == 0
