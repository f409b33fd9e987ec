r"""A real terminal emulator with a shell in it, which can be typed at, resized and looked at.

with Tmux(journey, columns=40) as terminal:
terminal.line("taskrunner run test")
terminal.wait_for("finished")
"""

import contextlib
import os
import subprocess
import time
import uuid
from collections.abc import Callable
from typing import Self

import psutil

from tests.support.journey import Journey, program

__all__ = ["Tmux"]

_PATIENCE = 60.0


class Tmux:
    """A window of tmux, on a server of its own, with a shell in the project's folder."""

    def __init__(self, journey: Journey, *, columns: int, rows: int = 24) -> None:
        self._socket = f"/tmp/tmux-{uuid.uuid4().hex[:10]}"
        path = f"{os.path.dirname(program())}:{os.environ['PATH']}"
        self._env = journey.variables({"PATH": path, "TERM": "xterm-256color"})
        settings = journey.home / "bashrc"
        settings.write_text("PS1='$ '\n", encoding="utf-8")
        size = ("-x", str(columns), "-y", str(rows))
        self._call("new-session", "-d", "-c", str(journey.folder), *size, f"bash --rcfile {settings}")
        self.wait_for("$")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        if kind is None:
            # What still cleans up would be cut off.
            self.wait_until(lambda: self.lines()[-1] == "$")
        shell = int(self._call("display-message", "-p", "#{pane_pid}"))
        self._call("kill-server")
        with contextlib.suppress(psutil.NoSuchProcess):
            psutil.Process(shell).wait(_PATIENCE)
        if os.path.exists(self._socket):
            os.unlink(self._socket)

    def line(self, text: str) -> None:
        """Type a line and Enter."""
        self._call("send-keys", "-l", text)
        self.press("Enter")

    def press(self, *keys: str) -> None:
        """Press keys by tmux's names for them, such as `C-z`."""
        self._call("send-keys", *keys)

    def resize(self, columns: int, rows: int = 24) -> None:
        """Change the window's size."""
        self._call("resize-window", "-x", str(columns), "-y", str(rows))

    def lines(self) -> list[str]:
        """Return what is and what was on the screen; a line that wraps is one."""
        shown = self._call("capture-pane", "-p", "-J", "-S", "-")
        return [line.rstrip() for line in shown.rstrip().split("\n")]

    def screen(self) -> list[str]:
        """Return the rows of the screen as they are now."""
        return [line.rstrip() for line in self._call("capture-pane", "-p").split("\n")[:-1]]

    def wait_for(self, text: str) -> list[str]:
        """Wait until some text has been shown, and return all lines."""
        return self.wait_until(lambda: text in "\n".join(self.lines()))

    def wait_until(self, done: Callable[[], bool]) -> list[str]:
        """Wait until something is so, and return all lines."""
        until = time.monotonic() + _PATIENCE
        while not done():
            assert time.monotonic() < until, "\n".join(self.lines())
            time.sleep(0.05)
        return self.lines()

    def _call(self, *arguments: str) -> str:
        command = ["tmux", "-S", self._socket, "-f", "/dev/null", *arguments]
        return subprocess.run(
            command, env=self._env, check=True, capture_output=True, text=True, timeout=_PATIENCE
        ).stdout
