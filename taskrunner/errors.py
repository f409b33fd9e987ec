"""Errors that a person is meant to read.

The tree::

    TaskrunnerError          reference, message, hint, exit code
    ├── UserError            a mistake that the person can mend (exit code 2)
    │   └── ConfigError      one or more problems in config files, each with its place
    ├── EngineError          the engine, an image or a container let us down (exit code 125)
    └── MachineError         the machine did: its disk, its limits, its way to others (exit code 125)

Each error has a reference: a stable name, documented in docs/reference/errors.md.
This module imports nothing of the rest.
"""

from collections.abc import Sequence
from typing import NamedTuple

from taskrunner import exit_codes

__all__ = [
    "ConfigError",
    "EngineError",
    "MachineError",
    "Position",
    "Problem",
    "TaskrunnerError",
    "UserError",
]


class Position(NamedTuple):
    """A place in a text file; lines and columns count from 1."""

    file: str
    line: int
    column: int
    width: int = 1
    """How many characters the caret underlines."""


class Problem(NamedTuple):
    """One thing that is wrong, where it is, and what to do about it."""

    reference: str
    """Stable name, such as `config.unknown-key`."""
    message: str
    """What is wrong and what is accepted; no trailing newline."""
    where: Position | None = None
    hint: str | None = None
    """What to do, such as a suggestion for a misspelt name."""


class TaskrunnerError(Exception):
    """Base of every error that ends a command with a sentence instead of a traceback."""

    exit_code: int = exit_codes.USAGE

    def __init__(self, reference: str, message: str, hint: str | None = None) -> None:
        super().__init__(message)
        self.reference = reference
        self.message = message
        self.hint = hint


class UserError(TaskrunnerError):
    """A mistake that the person can mend."""


class ConfigError(UserError):
    """Everything that is wrong with the config files, found in one go."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        first = problems[0]
        super().__init__(first.reference, first.message, first.hint)
        self.problems = tuple(problems)


class EngineError(TaskrunnerError):
    """The engine, a network, an image or a container let us down."""

    exit_code = exit_codes.ENGINE


class MachineError(TaskrunnerError):
    """The machine let us down: its disk, its limits, or its way to others than an engine."""

    exit_code = exit_codes.ENGINE
