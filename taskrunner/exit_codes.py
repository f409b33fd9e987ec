"""The exit codes of every command: one table, documented in docs/reference/exit-codes.md.

A task's own exit code passes through unchanged, also where it equals one of these.
"""

from typing import Final

OK: Final = 0
"""The command did what it was asked."""

CRASH: Final = 1
"""A fault of taskrunner itself; a crash report was written and its path printed."""

USAGE: Final = 2
"""A mistake on the command line or in a config file."""

ENGINE: Final = 125
"""The engine, a network, an image, a container other than the task's own, or the machine failed."""

NOT_EXECUTABLE: Final = 126
"""The task's command exists in its container and cannot be executed."""

NOT_FOUND: Final = 127
"""The task's command does not exist in its container."""

HANGUP: Final = 129
"""SIGHUP ended the command (128 + 1)."""

INTERRUPTED: Final = 130
"""Ctrl-C ended the command (128 + 2)."""

BROKEN_PIPE: Final = 141
"""Nobody reads the output any more (128 + 13)."""

TERMINATED: Final = 143
"""SIGTERM ended the command (128 + 15)."""
