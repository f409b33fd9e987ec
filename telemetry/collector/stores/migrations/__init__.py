"""Numbered SQL files, each applied once and never changed after a release: NNNN-what-it-does.sql."""

import re
import sys
from collections.abc import Callable
from importlib.resources import files
from typing import NamedTuple, TypeAlias

__all__ = ["Migration", "Told", "migrations", "say"]

Told: TypeAlias = Callable[[int, int], None]
"""Hears that a store is about to be brought from one schema to another; from any thread."""


class Migration(NamedTuple):
    """One step of a schema."""

    number: int
    sql: str


def say(old: int, new: int) -> None:
    """Tell a person who waits for a command."""
    print(f"The store is brought from schema {old} to {new}, once; large ones take a while.", file=sys.stderr)


def migrations(folder: str) -> tuple[Migration, ...]:
    """Return the migrations of a folder beside this module, in their order."""
    found = [
        Migration(int(match[1]), file.read_text("utf-8"))
        for file in files(__name__).joinpath(folder).iterdir()
        if (match := re.fullmatch(r"([0-9]{4})-[a-z0-9-]+\.sql", file.name))
    ]
    return tuple(sorted(found))
