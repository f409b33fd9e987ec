"""An ssh server of a test's own on loopback: own keys, own config, and no touch of the machine's."""

import os
import pwd
import shutil
import socket
import subprocess
import time
from pathlib import Path

__all__ = ["SshServer"]

_CONFIG = """\
Port {port}
ListenAddress 127.0.0.1
HostKey {folder}/host_key
AuthorizedKeysFile {folder}/authorized_keys
PidFile none
StrictModes no
UsePAM no
PasswordAuthentication no
KbdInteractiveAuthentication no
MaxSessions {sessions}
MaxStartups 100
PermitRootLogin yes
SetEnv DOCKER_HOST={docker_host} PATH={path}
LogLevel VERBOSE
"""

_CLIENT_CONFIG = """\
Host engine
  HostName 127.0.0.1
  Port {port}
  User {user}
  IdentityFile {folder}/key
  UserKnownHostsFile {folder}/known_hosts
  IdentitiesOnly yes
  ControlPath none
Host *
  UserKnownHostsFile {folder}/known_hosts
  IdentitiesOnly yes
  IdentityFile {folder}/no-key
"""


class SshServer:
    """A server that lets the key in `folder` in, and whose `engine` ssh's config in there knows.

    The `ssh` in `bin`, which goes first on the PATH, reads that config in place of the person's.
    """

    def __init__(self, folder: Path, docker_host: str, sessions: int = 10) -> None:
        self.folder = folder
        self.bin = folder / "bin"
        self.bin.mkdir(parents=True)
        self._say(folder / "host_key")
        self._say(folder / "key")
        shutil.copy(folder / "key.pub", folder / "authorized_keys")
        self.port = _free_port()
        self.user = pwd.getpwuid(os.getuid()).pw_name
        host_key = (folder / "host_key.pub").read_text()
        (folder / "known_hosts").write_text(f"[127.0.0.1]:{self.port} {host_key}")
        (folder / "config").write_text(_CLIENT_CONFIG.format(port=self.port, user=self.user, folder=folder))
        self._script("ssh", f'exec {shutil.which("ssh")} -F {folder}/config "$@"')
        # What the server's shell finds: the tools of the machine behind what a test puts there.
        self.server_bin = folder / "server-bin"
        self.server_bin.mkdir()
        settings = {
            "port": self.port,
            "folder": folder,
            "sessions": sessions,
            "docker_host": docker_host,
            "path": f"{self.server_bin}:{os.environ['PATH']}",
        }
        (folder / "sshd_config").write_text(_CONFIG.format(**settings))
        os.makedirs("/run/sshd", exist_ok=True)
        with open(folder / "sshd.log", "wb") as log:
            self._process = subprocess.Popen(
                ["/usr/sbin/sshd", "-D", "-e", "-f", str(folder / "sshd_config")],
                stderr=log,
                stdin=subprocess.DEVNULL,
            )
        self._await()

    @property
    def path(self) -> str:
        """The PATH on which its `ssh` comes first."""
        return f"{self.bin}:{os.environ['PATH']}"

    @property
    def logins(self) -> int:
        """How often somebody logged in."""
        return (self.folder / "sshd.log").read_text().count("Accepted publickey")

    def docker(self, script: str) -> None:
        """Put something else in the place of Docker's client over there."""
        path = self.server_bin / "docker"
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(0o755)

    def close(self) -> None:
        """End the server; its sessions end with their clients."""
        self._process.terminate()
        self._process.wait(10)

    def _script(self, name: str, text: str) -> None:
        (self.bin / name).write_text(f"#!/bin/sh\n{text}\n")
        (self.bin / name).chmod(0o755)

    def _say(self, file: Path) -> None:
        subprocess.run(
            ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(file)],
            check=True,
            stdin=subprocess.DEVNULL,
        )

    def _await(self) -> None:
        for _ in range(600):
            assert self._process.poll() is None, (self.folder / "sshd.log").read_text()
            try:
                socket.create_connection(("127.0.0.1", self.port), 5).close()
            except ConnectionRefusedError:
                time.sleep(0.05)
            else:
                return
        raise AssertionError("sshd does not listen")


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])
