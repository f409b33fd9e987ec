"""Numbered SQL files, each applied once and never changed after a release: NNNN-what-it-does.sql."""

import re
from importlib.resources import files
from typing import NamedTuple

__all__ = ["Migration", "migrations"]


class Migration(NamedTuple):
    """One step of a schema."""

    number: int
    sql: str


def migrations(folder: str) -> tuple[Migration, ...]:
    """Return the migrations of a folder beside this module, in their order."""
    found = [
        Migration(int(match[1]), file.read_text("utf-8"))
        for file in files(__name__).joinpath(folder).iterdir()
        if (match := re.fullmatch(r"([0-9]{4})-[a-z0-9-]+\.sql", file.name))
    ]
    return tuple(sorted(found))
