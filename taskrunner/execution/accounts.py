"""A container's account files, with the person who runs the task added to them.

Pure text in, text out. Source of the formats: passwd(5), group(5), shadow(5). The first line that
matches wins in every look-up, so ours goes first; the image's own accounts stay.
"""

from taskrunner.host.user import User

__all__ = ["with_group", "with_shadow", "with_user"]

_ROOT_USER = "root:x:0:0:root:/root:/bin/sh\n"
_ROOT_GROUP = "root:x:0:\n"
_SHELL = "/bin/sh"


def with_user(passwd: str | None, user: User, home: str) -> str:
    """Return /etc/passwd with the user in it, whose home is `home`; None stands for no file."""
    rest = _ROOT_USER if passwd is None else passwd
    own = _line_of(rest, user.name)
    fields = own.split(":") if own is not None else []
    # The user's own shell in this image, where it has one, is better than a guess.
    shell = fields[6] if len(fields) == 7 and fields[6] and fields[2] == str(user.uid) else _SHELL
    return f"{user.name}:x:{user.uid}:{user.gid}:{user.name}:{home}:{shell}\n{_without(rest, user.name)}"


def with_group(group: str | None, user: User) -> str:
    """Return /etc/group with the user's group in it; None stands for no file."""
    rest = _ROOT_GROUP if group is None else group
    return f"{user.group}:x:{user.gid}:{user.name}\n{_without(rest, user.group)}"


def with_shadow(shadow: str, user: User) -> str:
    """Return /etc/shadow with the user in it, for whom no password fits."""
    return f"{user.name}:*:19000:0:99999:7:::\n{_without(shadow, user.name)}"


def _line_of(text: str, name: str) -> str | None:
    return next((line for line in text.splitlines() if line.split(":", 1)[0] == name), None)


def _without(text: str, name: str) -> str:
    return "".join(f"{line}\n" for line in text.splitlines() if line.split(":", 1)[0] != name)
