"""`run_as_current_user` for somebody who is not root, on a real disk."""

import os
import stat
import subprocess
from pathlib import Path

import pytest

from tests.support.journey import Journey, program
from tests.support.modules import uncovered

pytestmark = pytest.mark.engine

UID, GID = 1234, 2345
_BIND = 'mount --bind "$0" /etc/passwd && exec "$@"'
CONFIG = """\
containers:
  app:
    build_directory: image
    working_directory: /code
    volumes:
      - .:/code
      - {local: not/there/yet, container: /made}
      - {type: cache, name: things, container: /deep/down/cache}
      - {type: tmpfs, container: /memory}
    run_as_current_user:
      enabled: true
      home_directory: /home/of/the.person
tasks:
  who:
    run:
      container: app
      command: sh -c 'id -un; id -gn; id -u; id -g; echo $HOME'
  write:
    run:
      container: app
      command: >-
        sh -c 'umask 077; touch in-code /made/in-made /deep/down/cache/c ~/h;
        stat -c "%u:%g %a %n" ~ /deep/down/cache /deep/down/cache/c'
  again:
    run:
      container: app
      command: sh -c 'cat /deep/down/cache/c && echo readable'
  accounts:
    run:
      container: app
      command: sh -c 'cat /etc/passwd /etc/group; ls -n /etc/passwd /etc/shadow'
"""
DOCKERFILE = """\
FROM taskrunner-test/busybox:1
RUN echo node:x:1234:2345::/home/node:/bin/sh >> /etc/passwd && echo node:x:2345: >> /etc/group \\
    && echo other:x:1000:1000::/:/bin/sh >> /etc/passwd && echo 'root:*:1:0:99999:7:::' > /etc/shadow
"""


class Person:
    """Somebody with a home, who may use the engine's socket and, unlike a real one, read everything."""

    def __init__(self, journey: Journey, folder: Path, accounts: Path) -> None:
        self.journey = journey
        self.folder = folder
        self._accounts = accounts

    def _variables(self) -> dict[str, str]:
        # What is measured is written into a folder of root's.
        return uncovered(self.journey.variables())

    def run(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        """Run the program in the person's folder."""
        socket_group = os.stat("/var/run/docker.sock").st_gid
        # The interpreter and the tests may be in folders of root's.
        reading = ("--inh-caps=+dac_read_search", "--ambient-caps=+dac_read_search")
        become = ("setpriv", f"--reuid={UID}", f"--regid={GID}", f"--groups={socket_group}", *reading)
        return subprocess.run(
            # A mount namespace of its own, where the host knows the person by name.
            [*("unshare", "--mount", "sh", "-c", _BIND), self._accounts, *become, program(), *arguments],
            cwd=self.folder,
            env={**self._variables(), "HOME": str(self.folder), "TMPDIR": "/tmp"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )


@pytest.fixture
def person(journey: Journey, tmp_path: Path) -> Person:
    """Give somebody whose name has a dot and whose group has none."""
    accounts = tmp_path / "passwd"
    accounts.write_text(f"root:x:0:0::/root:/bin/sh\nsam.o-neil:x:{UID}:{GID}::/:/bin/sh\n")
    journey.file("batect.yml", CONFIG).file("image/Dockerfile", DOCKERFILE)
    for path in (journey.folder, *journey.folder.rglob("*")):
        os.chown(path, UID, GID)
    return Person(journey, journey.folder, accounts)


def owner(path: Path) -> tuple[int, int]:
    """Return whose a file is."""
    found = path.stat()
    return found.st_uid, found.st_gid


def test_the_person_is_known_by_name(person: Person) -> None:
    """A name with a dot is taken as it is, and a group that the host has no name for gets one."""
    result = person.run("run", "-o", "quiet", "who")

    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout == f"sam.o-neil\ngroup-{GID}\n{UID}\n{GID}\n/home/of/the.person\n"


@pytest.mark.parametrize("kind", ["volume", "directory"])
def test_everything_that_is_written_is_the_persons(person: Person, kind: str) -> None:
    """Mounts, folders made for them, home and caches of both kinds belong to the person."""
    result = person.run("run", "-o", "quiet", "--cache-type", kind, "write")

    assert (result.returncode, result.stderr) == (0, "")
    lines = [line.split() for line in result.stdout.splitlines()]
    assert [line[0] for line in lines] == [f"{UID}:{GID}"] * 3
    assert [line[1] for line in lines] == ["755", "755", "600"]
    written = [Path("in-code"), Path("not"), Path("not/there/yet"), Path("not/there/yet/in-made")]
    if kind == "directory":
        written += [Path(".batect/caches/things"), Path(".batect/caches/things/c")]
    assert {owner(person.folder / path) for path in written} == {(UID, GID)}
    assert stat.S_IMODE((person.folder / "in-code").stat().st_mode) == 0o600

    again = person.run("run", "-o", "quiet", "--cache-type", kind, "again")
    assert (again.returncode, again.stdout) == (0, "readable\n")


def test_the_images_accounts_stay(person: Person) -> None:
    """Its own user of the same number and all others are there, and the files are still root's."""
    result = person.run("run", "-o", "quiet", "accounts")

    assert result.returncode == 0, result.stderr
    lines = result.stdout.splitlines()
    node = {f"node:x:{UID}:{GID}::/home/node:/bin/sh", f"node:x:{GID}:"}
    assert {"other:x:1000:1000::/:/bin/sh", *node} <= set(lines)
    assert len([line for line in lines if line.startswith("root:")]) == 2
    files = [line.split() for line in lines if line.startswith("-")]
    assert [(line[0], line[2], line[3]) for line in files] == [
        ("-rw-r--r--", "0", "0"),
        ("-rw-r-----", "0", "0"),
    ]
