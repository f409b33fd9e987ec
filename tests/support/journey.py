r"""A journey: write a project's files, run the installed program in it, look at what came out.

    journey.file("taskrunner.yml", CONFIG)
    result = journey.run("run", "hello")

    assert (0, "hello\n") == (result.exit_code, result.stdout)

Afterwards nothing may be left: no container, network, volume, process or temporary file.
"""

import contextlib
import os
import sysconfig
import time
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Self

import psutil

from tests.support.engine import leftovers, remove_leftovers
from tests.support.running import Result, Running

if TYPE_CHECKING:
    from collections.abc import Callable

    import pexpect
    from docker import DockerClient

__all__ = ["Journey", "program"]

_MARK = "JOURNEY"
"""The environment variable by which the processes of a journey are known."""


def program(name: str = "taskrunner") -> str:
    """Return the path of an installed command, of the interpreter that runs the tests."""
    return os.path.join(sysconfig.get_path("scripts"), name)


class Journey:
    """A project in a folder of its own, whose name no other test has."""

    def __init__(self, below: Path, engine: "Callable[[], DockerClient] | None" = None) -> None:
        self.project = f"journey-{uuid.uuid4().hex[:10]}"
        self.folder = below / self.project
        self.home = below / "home"
        self.temporary = below / "temporary"
        self.environment = self._clean_environment(below, has_engine=engine is not None)
        self._engine = engine
        self._since = time.time()
        self._running: list[Running] = []
        for each in (self.folder, self.home, self.temporary):
            each.mkdir()

    def file(self, path: str, text: str | bytes = "", mode: int | None = None) -> Self:
        """Write a file below the project's folder, and the folders that lead to it."""
        target = self.folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(text.encode() if isinstance(text, str) else text)
        if mode is not None:
            target.chmod(mode)
        return self

    def run(
        self,
        *arguments: str,
        stdin: str | bytes = "",
        env: Mapping[str, str | None] | None = None,
        timeout: float = 60,
        folder: str = ".",
        command: str = "taskrunner",
    ) -> Result:
        """Run the program to its end.

        `env` adds variables, or removes those with the value None; `folder` is below the project's.
        """
        running = self.start(*arguments, env=env, folder=folder, command=command)
        if stdin:
            # What reads nothing of its input may end before all of it is written.
            with contextlib.suppress(BrokenPipeError):
                running.write(stdin)
        return running.finish(timeout)

    def start(
        self,
        *arguments: str,
        env: Mapping[str, str | None] | None = None,
        folder: str = ".",
        command: str = "taskrunner",
    ) -> Running:
        """Start the program and return while it runs; its stdin stays open until `finish`."""
        running = Running([program(command), *arguments], str(self.folder / folder), self.variables(env))
        self._running.append(running)
        return running

    def terminal(
        self,
        *arguments: str,
        env: Mapping[str, str | None] | None = None,
        size: tuple[int, int] = (24, 80),
        timeout: float = 30,
        command: str = "taskrunner",
    ) -> "pexpect.spawn[str]":
        """Start the program on a pseudo-terminal of `size` rows and columns."""
        import pexpect

        return pexpect.spawn(
            program(command),
            list(arguments),
            cwd=str(self.folder),
            env=self.variables({"TERM": "xterm-256color", **(env or {})}),
            dimensions=size,
            timeout=timeout,
            encoding="utf-8",
        )

    def variables(self, env: Mapping[str, str | None] | None = None) -> dict[str, str]:
        """Return the environment that the program gets, with some variables added or removed."""
        merged = {**self.environment, **(env or {})}
        return {name: value for name, value in merged.items() if value is not None}

    def close(self) -> None:
        """End what still runs, remove everything, and fail where a finished run left something."""
        for running in self._running:
            running.end()
        abandoned = any(running.killed for running in self._running)
        left = [f"process {line}" for line in self._end_processes()]
        left += [f"temporary file {path.name}" for path in self.temporary.iterdir()]
        left += self._clear_engine()
        # Of a run that the test gave up, leftovers are the test's own doing.
        assert abandoned or not left, "left behind:\n" + "\n".join(left)

    def _clear_engine(self) -> list[str]:
        if self._engine is None:
            return []
        client = self._engine()
        left = leftovers(client, self.project, str(self.folder), self._since)
        remove_leftovers(client, left)
        return left.unwanted()

    def _end_processes(self) -> list[str]:
        found = []
        for process in psutil.process_iter():
            try:
                if process.environ().get(_MARK) == self.project:
                    found.append(f"{process.pid}: {' '.join(process.cmdline())}")
                    process.kill()
            except psutil.Error:
                continue  # ended meanwhile, a zombie, or another person's
        return found

    def _clean_environment(self, below: Path, *, has_engine: bool) -> dict[str, str | None]:
        kept = {
            name: value
            for name, value in os.environ.items()
            if name in ("PATH", "DOCKER_HOST") or name.startswith("COVERAGE_")
        }
        if not has_engine:
            # A test that is not marked `engine` must not use one unawares.
            kept["DOCKER_HOST"] = f"unix://{below}/no-engine.sock"
        return {
            **kept,
            _MARK: self.project,
            "HOME": str(self.home),
            "LANG": "C.UTF-8",
            # Whoever is not asked is told how to answer: in the tests of telemetry, and in no others.
            "TASKRUNNER_DISABLE_TELEMETRY": "true",
            "TERM": "dumb",
            "TMPDIR": str(self.temporary),
        }
