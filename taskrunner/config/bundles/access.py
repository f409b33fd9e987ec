"""How a load may reach git repositories, and what it says meanwhile."""

import os
from collections.abc import Callable, Mapping

from taskrunner.records import NamedTuple

__all__ = ["Access", "Bundle", "shown"]


def _say_nothing(_: str) -> None:
    pass


class Access(NamedTuple):
    """What is permitted, and on whose behalf."""

    environment: Mapping[str, str] = os.environ
    """Of git, and where the state folder is found."""
    fetch: bool = False
    """Whether what is not there yet may be fetched; else it is a problem."""
    refresh: bool = False
    """Whether what is there is fetched again."""
    terminal: bool = False
    """Whether git may ask a person for names and passwords."""
    tell: Callable[[str], None] = _say_nothing
    """Called with a line for the person before anything that takes time."""


class Bundle(NamedTuple):
    """A repository's files at one commit, on this machine."""

    repo: str
    ref: str
    folder: str
    """Absolute, free of symbolic links."""
    note: str
    """Path of the file that says which commit the ref leads to."""


def shown(repo: str) -> str:
    """Return a repository's address without the password that may be in it."""
    scheme, separator, rest = repo.partition("://")
    authority, slash, path = rest.partition("/")
    user, at, host = authority.rpartition("@")
    if not separator or not at:
        return repo
    name, colon, _ = user.partition(":")
    # Without a colon, what stands before the @ of a web address is a token as often as a name.
    secret = colon or scheme in {"http", "https"}
    return f"{scheme}://{'***' if secret else name}@{host}{slash}{path}"
