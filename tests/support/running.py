"""A program under test while it runs: read what it writes, send it signals, wait for its end."""

import contextlib
import os
import signal
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from typing import IO, Literal, NamedTuple, Self

__all__ = ["Result", "Running"]

Stream = Literal["stdout", "stderr"]


class Result(NamedTuple):
    """What a program did."""

    exit_code: int
    """Negative where a signal ended it, as in subprocess."""
    stdout: str
    stderr: str
    seconds: float
    """Wall time from start to end."""
    stdout_bytes: bytes
    """What stdout was before it was decoded, for output that is not UTF-8."""


class Running:
    """A program that was started and has not been waited for; a context manager that ends it."""

    def __init__(self, command: Sequence[str], folder: str, environment: Mapping[str, str]) -> None:
        self._started = time.monotonic()
        self.killed = False
        """Whether the test ended it by force, so that it could not clean up after itself."""
        self.process = subprocess.Popen(
            command,
            cwd=folder,
            env=dict(environment),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            # A group of its own, so that a test can press Ctrl-C for the whole of it.
            start_new_session=True,
        )
        self._more = threading.Condition()
        self._output: dict[Stream, bytearray] = {"stdout": bytearray(), "stderr": bytearray()}
        self._readers = [
            threading.Thread(target=self._read, args=(name, pipe), daemon=True)
            for name, pipe in (("stdout", self.process.stdout), ("stderr", self.process.stderr))
        ]
        for reader in self._readers:
            reader.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.end()

    @property
    def pid(self) -> int:
        """The id of the process."""
        return self.process.pid

    def text(self, stream: Stream = "stdout") -> str:
        """Return what was written so far."""
        with self._more:
            return self._output[stream].decode(errors="replace")

    def write(self, data: str | bytes) -> Self:
        """Write to the program's stdin, which stays open."""
        assert self.process.stdin is not None
        self.process.stdin.write(data.encode() if isinstance(data, str) else data)
        self.process.stdin.flush()
        return self

    def close_stdin(self) -> Self:
        """End the program's input; harmless where it has ended or the program no longer reads."""
        assert self.process.stdin is not None
        with contextlib.suppress(BrokenPipeError):
            self.process.stdin.close()
        return self

    def wait_for(self, text: str, stream: Stream = "stdout", timeout: float = 30) -> Self:
        """Wait until a text was written; raises AssertionError at its end or after `timeout` seconds."""
        reader = self._readers[0 if stream == "stdout" else 1]
        deadline = time.monotonic() + timeout
        with self._more:
            while text not in self._output[stream].decode(errors="replace"):
                remaining = deadline - time.monotonic()
                ended = not reader.is_alive()
                if ended or remaining <= 0:
                    raise AssertionError(self._complaint(f"{text!r} did not appear on {stream}"))
                self._more.wait(min(remaining, 0.1))
        return self

    def signal(self, number: signal.Signals, *, group: bool = False) -> Self:
        """Send a signal to the process, or as a terminal does to its whole group."""
        if group:
            os.killpg(self.process.pid, number)
        else:
            self.process.send_signal(number)
        return self

    def finish(self, timeout: float = 60) -> Result:
        """End the input, wait for the end and return the result.

        Raises AssertionError with all output where that takes longer than `timeout` seconds.
        """
        self.close_stdin()
        try:
            exit_code = self.process.wait(timeout)
        except subprocess.TimeoutExpired:
            self.end()
            raise AssertionError(self._complaint(f"it did not end within {timeout} s")) from None
        seconds = time.monotonic() - self._started
        for reader in self._readers:
            reader.join(timeout=10)
            assert not reader.is_alive(), self._complaint("a child that outlived it holds its output open")
        return Result(
            exit_code, self.text("stdout"), self.text("stderr"), seconds, bytes(self._output["stdout"])
        )

    def end(self) -> None:
        """Kill the program with its group, unless it has ended, and close the pipes."""
        if self.process.poll() is None:
            self.killed = True
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self.close_stdin()
        for reader in self._readers:
            reader.join(timeout=1)

    def _read(self, name: Stream, pipe: IO[bytes] | None) -> None:
        assert pipe is not None
        with pipe:
            while data := os.read(pipe.fileno(), 1 << 16):
                with self._more:
                    self._output[name] += data
                    self._more.notify_all()

    def _complaint(self, what: str) -> str:
        command = " ".join(map(str, self.process.args))  # type: ignore[arg-type]
        return f"{what}: {command}\n--- stdout\n{self.text('stdout')}\n--- stderr\n{self.text('stderr')}"
