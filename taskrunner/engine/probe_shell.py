"""A shell in a container that runs one command again and again: an exec each time would take 80 ms.

The command comes to it in a variable: as an argument, a check such as `pgrep -f server` would find this
shell. What the command prints ends, in both streams, with a line that begins with a mark. Each is new, so
that nothing else can print it.
"""

import contextlib
import os
import time
from typing import TYPE_CHECKING

from taskrunner.engine import execs
from taskrunner.engine.cancellation import CancelScope
from taskrunner.engine.client import Client
from taskrunner.engine.execs import OUTPUT_LIMIT, ExecResult, ExecSpec
from taskrunner.engine.streams import Attachment, Stream

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["ProbeShell"]

_VARIABLE = "taskrunner_probe"
# Its own standard error is silent: some shells say there that a command was killed.
_LOOP = f"""\
c=${_VARIABLE}; unset {_VARIABLE}; exec 3>&2 2>/dev/null
while read -r m && [ "$m" ]; do
  (exec /bin/sh -c "$c" </dev/null 2>&3 3>&-); r=$?; echo "$m$r"; echo "$m" >&3
done"""


class ProbeShell:
    """Runs `/bin/sh -c COMMAND` in a running container as often as is wanted, as `execs.run` would.

    The shell ends with `close`, with our end, and where a command takes too long, after which the next call
    starts another. One thread may use it.
    """

    def __init__(self, client: Client, container_id: str, command: str, scope: CancelScope | None) -> None:
        self._client = client
        self._container_id = container_id
        self._spec = ExecSpec(("/bin/sh", "-c", _LOOP), environment={_VARIABLE: command}, stdin=True)
        self._scope = scope
        self._exec_id = ""
        self._attachment: Attachment | None = None

    def open(self) -> None:
        """Start the shell, where none runs. Raises EngineError, and Cancelled."""
        self._opened()

    def run(self, timeout: float) -> ExecResult:
        """Run the command until it ends, or `timeout` seconds long.

        Raises EngineError, and Cancelled.
        """
        attachment, deadline = self._opened(), time.monotonic() + timeout
        mark = os.urandom(8).hex()
        answer = _Answer(mark.encode())
        # Where it has ended, why is still to be read.
        with contextlib.suppress(OSError):
            attachment.write(f"{mark}\n".encode())
        try:
            while not answer.is_whole:
                frames = attachment.read(deadline)
                if frames is None:
                    # There is no shell, or somebody has ended it.
                    code = execs.exit_code(self._client, self._exec_id, deadline, self._scope)
                    self.close()
                    return ExecResult(code, answer.text)
                answer.feed(frames)
        except TimeoutError:
            self.close()
            return ExecResult(None, answer.text)
        except BaseException:
            self.close()
            raise
        return ExecResult(answer.exit_code, answer.text)

    def close(self) -> None:
        """End the shell, once it has done what it is at."""
        attachment, self._attachment = self._attachment, None
        if attachment is None:
            return
        # It may have ended already. If not, an engine in a virtual machine may be slow to tell it that nobody
        # is there any more.
        with contextlib.suppress(OSError):
            attachment.write(b"\n")
        attachment.close()

    def _opened(self) -> Attachment:
        if self._attachment is None:
            self._exec_id = execs.create(self._client, self._container_id, self._spec, self._scope)
            self._attachment = execs.start(self._client, self._exec_id, self._scope)
        return self._attachment


class _Answer:
    """What a command prints, until the marks."""

    def __init__(self, mark: bytes) -> None:
        self._streams: Mapping[Stream, _Marked] = {"stdout": _Marked(mark), "stderr": _Marked(mark)}
        self._output = bytearray()

    def feed(self, frames: list[tuple[Stream, bytes]]) -> None:
        for stream, data in frames:
            self._output += self._streams[stream].feed(data)
            if len(self._output) > 2 * OUTPUT_LIMIT:
                del self._output[:-OUTPUT_LIMIT]

    @property
    def is_whole(self) -> bool:
        return all(b"\n" in stream.rest for stream in self._streams.values())

    @property
    def exit_code(self) -> int:
        # Behind the line there may be more already: from what the command left running.
        return int(self._streams["stdout"].rest.partition(b"\n")[0])

    @property
    def text(self) -> str:
        return bytes(self._output[-OUTPUT_LIMIT:]).decode(errors="replace")


class _Marked:
    """One stream, taken apart at its mark, however it was cut on its way."""

    def __init__(self, mark: bytes) -> None:
        self._mark = mark
        self._held = b""
        self._found = False
        self.rest = b""
        """What follows the mark."""

    def feed(self, data: bytes) -> bytes:
        """Return what stands before the mark; its possible beginning is held back."""
        if self._found:
            self.rest += data
            return b""
        data = self._held + data
        before, mark, self.rest = data.partition(self._mark)
        self._found = bool(mark)
        held = 0 if mark else _overlap(data, self._mark)
        self._held = data[len(data) - held :]
        return before[: len(before) - held]


def _overlap(data: bytes, mark: bytes) -> int:
    """Return how much of the end of data may be the beginning of a mark."""
    longest = min(len(mark) - 1, len(data))
    return next((size for size in range(longest, 0, -1) if data.endswith(mark[:size])), 0)
