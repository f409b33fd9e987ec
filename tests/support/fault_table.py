"""Runs to which one thing happens at one call of theirs, what has to come of them, and a table of it all."""

import contextlib
import re
import signal
import threading
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, NamedTuple

from tests.support.engine import Leftovers, leftovers, remove_leftovers
from tests.support.fault_relay import Call, FaultRelay
from tests.support.http_relay import Fate
from tests.support.journey import program
from tests.support.running import Result, Running

if TYPE_CHECKING:
    from collections.abc import Sequence

    from docker import DockerClient

    from tests.support.journey import Journey

__all__ = ["CONFIG", "Bench", "Fault", "Row", "line_of"]

IMAGE = "taskrunner-test/busybox:1"
CONFIG = """\
containers:
  db:
    image: %(image)s
    command: sh -c 'trap "exit 0" TERM; sleep 600 & wait'
    stop_grace_period: 2s
    health_check: {command: test -e /ready, interval: 1s, retries: 5}
    setup_commands: [{command: "true"}]
    entrypoint: sh -c 'touch /ready; exec "$@"' sh
  queue:
    image: %(image)s
    command: sh -c 'sleep 600 & wait'
  app:
    image: %(image)s
    volumes: [".:/code", {type: cache, name: things, container: /cache}]
    dependencies: [db, queue]
tasks:
  work: {run: {container: app, command: sh -c 'trap "exit 3" INT TERM HUP; sleep 0.3 & wait; cat /code/file'}}
"""
_EARLY = ("GET _ping", "GET events", "GET images/image/json")
_LAST = Call("DELETE networks/network", "after")
SAID = "from the host\n"


class Row(NamedTuple):
    """What came of a run."""

    fault: str
    call: str
    exit_code: int
    said: str
    """The first line of what was said to be wrong."""
    wrong: str
    """What should not be so; empty where all is well."""


class Fault(NamedTuple):
    """Something that happens to a run."""

    name: str
    harm: Callable[["Bench", Running | None], Fate]
    """Does it; called while the call of a running program waits."""
    codes: frozenset[int]
    """The exit codes that are right. 0 is right wherever the task's command ran to its end."""
    words: str
    """What is said matches this, where the exit code is neither 0 nor the task's own."""
    always: bool = False
    """Whether it happens again at each later call of the same name."""
    exactly: Mapping[str, frozenset[int]] = {}
    """The only exit codes that are right at calls that match a pattern."""
    environment: Mapping[str, str] = {}
    after: Callable[[], object] = bool
    """Makes good what was done to the machine, before the next run."""
    engine_forgets: bool = False
    """Whether the engine may say of a network that it is gone, and have it again later."""


class Bench:
    """A project, a relay before its engine, and what happens to its runs."""

    def __init__(self, journey: "Journey", engine: "DockerClient", socket: str, image: str = IMAGE) -> None:
        self.journey = journey
        self.engine = engine
        self.image = image
        self.socket = socket
        journey.file("taskrunner.yml", CONFIG % {"image": image}).file("file", SAID)
        self.prefix: Sequence[str] = ()
        """The words before the command of a run: a program that runs it in circumstances of its own."""
        self.relay = FaultRelay(str(journey.temporary.parent / "relay.sock"), socket, journey.project)

    def close(self) -> None:
        """End the relay, and remove the cache that the runs share."""
        self.relay.close()
        with contextlib.suppress(Exception):
            remove_leftovers(self.engine, self._left())

    def calls(self) -> list[Call]:
        """Return what may be harmed: each call of a run to which nothing happens, before and after it."""
        self.relay.arm(None)
        result = self._start().finish(120)
        assert (0, SAID) == (result.exit_code, result.stdout), result
        return [Call(name, when) for name in self.relay.names for when in ("before", "after")]

    def run(self, fault: Fault, call: Call) -> Row | None:
        """Let a fault happen at a call, then nothing in another run; None where the call did not come."""
        started, harmed = threading.Event(), threading.Event()
        running: list[Running] = []

        def harm() -> Fate:
            started.wait(30)
            try:
                return fault.harm(self, running[0])
            finally:
                harmed.set()

        self.relay.arm(call, harm, always=fault.always)
        running.append(self._start(fault.environment))
        started.set()
        try:
            result = running[0].finish(150)
        except AssertionError as error:
            return Row(fault.name, str(call), -1, "", f"it hangs: {error}")
        finally:
            # A run may end while its engine is still starting again.
            if self.relay.fired:
                harmed.wait(60)
            fault.after()
        if not self.relay.fired:
            return None
        wrong = [*self._wrong(fault, call, result), *self._untold(fault, result), *self._wrong_afterwards()]
        return Row(fault.name, str(call), result.exit_code, _reason(result.stderr), "; ".join(wrong))

    def kill_containers(self) -> None:
        """Kill what the project has running, as somebody else would."""
        for container in self._containers():
            with contextlib.suppress(Exception):
                self.engine.api.kill(container)

    def remove_containers(self) -> None:
        """Remove the project's containers, as somebody else would."""
        for container in self._containers():
            with contextlib.suppress(Exception):
                self.engine.api.remove_container(container, force=True)

    def remove_networks(self) -> None:
        """Remove the project's networks, containers in it or not."""
        for network in self.engine.networks.list(
            filters={"label": f"taskrunner.project={self.journey.project}"}
        ):
            with contextlib.suppress(Exception):
                network.reload()
                for container in network.containers:
                    network.disconnect(container, force=True)
                network.remove()

    def _containers(self) -> list[str]:
        owned = {"label": f"taskrunner.project={self.journey.project}"}
        return [each["Id"] for each in self.engine.api.containers(all=True, filters=owned)]

    def _start(self, environment: Mapping[str, str] | None = None, socket: str | None = None) -> Running:
        env = {"DOCKER_HOST": f"unix://{socket or self.relay.path}", **(environment or {})}
        command, *words = (*self.prefix, program(), "run", "-o", "quiet", "work")
        return self.journey.start(*words, env=env, command=command).close_stdin()

    def _wrong(self, fault: Fault, call: Call, result: Result) -> Iterator[str]:
        whole = SAID in result.stdout
        # Before there is anything to clean up, a signal simply ends the program: for a shell, the same code.
        early = call.name in _EARLY and result.exit_code < 0 and 128 - result.exit_code in fault.codes
        exactly = [codes for name, codes in fault.exactly.items() if re.search(name, call.name)]
        codes = exactly[0] if exactly else fault.codes if whole is False else fault.codes | {0}
        if result.exit_code not in codes and not early:
            yield f"exit code {result.exit_code}, not {' or '.join(map(str, sorted(codes)))}"
        if result.exit_code == 0 and not whole:
            yield f"output is missing: {result.stdout!r}"
        # 137 is the task's own, whoever killed it; everything else has to be explained.
        silent = (
            result.exit_code <= 0 or result.exit_code == 137 or (call.name in _EARLY and "SIG" in fault.name)
        )
        if not silent and not re.search(fault.words, result.stderr):
            yield f"'{fault.words}' is not said: {result.stderr!r}"
        for word in ("Traceback", "itself failed"):
            if word in result.stderr:
                yield f"it crashes: {result.stderr}"

    def _untold(self, fault: Fault, result: Result) -> Iterator[str]:
        """Yield what is left, and not named to the person who has to remove it or to run once more."""
        if result.exit_code == -signal.SIGKILL:
            return
        left = self._left()
        for name in (*left.containers, *(() if fault.engine_forgets else left.networks)):
            if name not in result.stderr:
                yield f"left without a word: {name}"

    def _wrong_afterwards(self) -> Iterator[str]:
        result = self._start(socket=self.socket).finish(120)
        if (0, SAID) != (result.exit_code, result.stdout):
            yield f"the next run fails ({result.exit_code}): {result.stderr!r}"
        if left := self._left().unwanted():
            yield f"left: {', '.join(left)}"
            remove_leftovers(self.engine, self._left())

    def _left(self) -> Leftovers:
        return leftovers(self.engine, self.journey.project, str(self.journey.folder), self.journey._since)


def line_of(row: Row) -> str:
    """Return a row of the table as a line."""
    verdict = f"WRONG: {row.wrong}" if row.wrong else "ok"
    return f"{row.fault:<24} {row.call:<38} exit {row.exit_code:>3}  {verdict}  {row.said}".rstrip()


def _reason(stderr: str) -> str:
    return next((line for line in stderr.splitlines() if line.strip()), "")[:60]
