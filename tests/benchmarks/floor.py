"""The least that any task runner has to say to the engine for a task, with nothing around it.

    python floor.py IMAGE DEPENDENCIES

Starts so many dependencies, each ready 0.3 s after its start, waits until a probe in each succeeds, runs
`echo hello` in a container beside them, and removes everything. No error is handled, nothing is parsed
that is not needed; calls that do not depend on one another are under way at the same time: containers are
created beside their network, a shell that stays repeats the probe, and the network goes once it is left.
Containers leave it one after another, since engines before 23 may block themselves for ever otherwise.
"""

import json
import os
import socket
import sys
import time

SOCKET = os.environ.get("DOCKER_HOST", "").removeprefix("unix://") or "/var/run/docker.sock"
SERVICE = ["sh", "-c", "trap 'exit 0' TERM; sleep 0.3; touch /tmp/ready; sleep 1000 & wait"]
PROBE = ["sh", "-c", "while read -r x; do sh -c 'test -e /tmp/ready'; echo $?; done"]
PROBE_SECONDS = 0.02
ATTACHED = {"AttachStdin": True, "AttachStdout": True}


class Call:
    """One request on a connection of its own, whose answer is read later."""

    def __init__(self, method: str, path: str, body: object = None) -> None:
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.connect(SOCKET)
        data = b"" if body is None else json.dumps(body).encode()
        head = f"{method} {path} HTTP/1.1\r\nHost: d\r\nContent-Type: application/json\r\n"
        if "attach" in path or path.startswith("/exec/"):
            head += "Connection: Upgrade\r\nUpgrade: tcp\r\n"
        self.socket.sendall(f"{head}Content-Length: {len(data)}\r\n\r\n".encode() + data)
        self.file = self.socket.makefile("rb")

    def head(self) -> dict[str, str]:
        """Read the head of the answer."""
        status = self.file.readline()
        if status.split()[1] not in {b"101", b"200", b"201", b"204"}:
            raise SystemExit(f"the engine refuses: {status!r} {self.file.read(500)!r}")
        headers = {}
        while (line := self.file.readline()) != b"\r\n":
            name, _, value = line.decode().partition(":")
            headers[name.lower()] = value.strip()
        return headers

    def answer(self) -> dict[str, str]:
        """Read the whole answer, and close."""
        length = self.head().get("content-length")
        body = self.file.read(int(length)) if length else b""
        self.file.close()
        self.socket.close()
        return json.loads(body) if body else {}


def create(image: str, network: str | None, command: list[str]) -> Call:
    """Ask for a container."""
    spec = {"Image": image, "Cmd": command, "AttachStdout": True, "AttachStderr": True}
    if network:
        spec["HostConfig"] = {"NetworkMode": network}
    return Call("POST", "/containers/create", spec)


def remove(container: str) -> Call:
    """Have a container killed and removed."""
    return Call("DELETE", f"/containers/{container}?force=1&v=1")


def probing(containers: list[str]) -> list[Call]:
    """Start a shell in each container that probes when it is told to."""
    body = {"Cmd": PROBE, **ATTACHED}
    created = [Call("POST", f"/containers/{container}/exec", body) for container in containers]
    shells = [Call("POST", f"/exec/{call.answer()['Id']}/start", {"Detach": False}) for call in created]
    for shell in shells:
        shell.head()
    return shells


def wait_until_ready(shell: Call) -> None:
    """Probe until the file is there."""
    while True:
        shell.socket.sendall(b"again\n")
        code = shell.file.read(int.from_bytes(shell.file.read(8)[4:], "big"))
        if code == b"0\n":
            break
        time.sleep(PROBE_SECONDS)
    shell.file.close()
    shell.socket.close()


def events(kind: str, of: str, what: str) -> Call:
    """Ask for the engine's news of one kind."""
    filters = f"%7B%22{kind}%22:[%22{of}%22],%22event%22:[%22{what}%22]%7D"
    call = Call("GET", f"/events?filters={filters}")
    call.head()
    call.socket.settimeout(30)
    return call


def next_event(call: Call) -> None:
    """Wait for an event: a chunk of its own."""
    call.file.read(int(call.file.readline(), 16) + 2)


def run_main(container: str) -> None:
    """Start the container, copy its output, and learn its exit code as soon as it is known."""
    died = events("container", container, "die")
    attached = Call("POST", f"/containers/{container}/attach?stream=1&stdout=1&stderr=1")
    attached.head()
    Call("POST", f"/containers/{container}/start").answer()
    while header := attached.file.read(8):
        os.write(1, attached.file.read(int.from_bytes(header[4:], "big")))
    next_event(died)


def main() -> None:
    """Run the task."""
    image, count = sys.argv[1], int(sys.argv[2])
    network = f"floor-{os.getpid()}" if count else None
    creation = Call("POST", "/networks/create", {"Name": network}) if network else None
    calls = [create(image, network, SERVICE) for _ in range(count)] + [
        create(image, network, ["echo", "hello"])
    ]
    *services, shell = [call.answer()["Id"] for call in calls]
    if creation:
        creation.answer()
    starts = [Call("POST", f"/containers/{service}/start") for service in services]
    for start in starts:
        start.answer()
    for probe in probing(services):
        wait_until_ready(probe)
    departures = events("network", network, "disconnect") if network else None
    run_main(shell)
    removals = [remove(shell)]
    if departures:
        next_event(departures)
        for service in services:
            off = {"Container": service, "Force": True}
            Call("POST", f"/networks/{network}/disconnect", off).answer()
            removals.append(remove(service))
        removals.append(Call("DELETE", f"/networks/{network}"))
    for removal in removals:
        removal.answer()


main()
