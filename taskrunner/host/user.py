"""Who runs the program."""

import grp
import os
import pwd

from taskrunner.records import NamedTuple

__all__ = ["User", "current_user"]


class User(NamedTuple):
    """A person's account, as far as files are concerned."""

    uid: int
    gid: int
    name: str
    group: str


def current_user() -> User:
    """Return the effective user and group; those that the host has no name for get one of their number."""
    uid, gid = os.geteuid(), os.getegid()
    try:
        name = pwd.getpwuid(uid).pw_name
    except KeyError:
        name = f"user-{uid}"
    try:
        group = grp.getgrgid(gid).gr_name
    except KeyError:
        group = f"group-{gid}"
    return User(uid, gid, name, group)
