"""What the administrator of a machine lays down for everybody, and what a person writes for themselves.

Both are small TOML files that nobody has to have. Each can only narrow: no file switches telemetry
on. One that cannot be read or understood means that telemetry is off, for nobody can tell what it
was meant to keep back.
"""

import os
import re
import stat
from typing import Any, Final, NamedTuple

from telemetry.entries import LEVELS
from telemetry.gate import SETTINGS_FILE

__all__ = ["AdminPolicy", "UserSettings", "read_administrator", "read_user"]

_LIMIT: Final = 64 * 1024
_POLICY_KEYS: Final = {"forbid": bool, "level": str, "endpoint": str, "ca_file": str, "collectors_off": list}


class AdminPolicy(NamedTuple):
    """What the administrator's file says; without one, it forbids nothing."""

    forbids: bool = False
    level: str = "full"
    """The most that anybody on this machine may allow."""
    endpoint: str | None = None
    """The collector that takes the place of the release's own."""
    ca_file: str | None = None
    """Absolute path of the certificates to trust in place of the system's."""
    collectors_off: frozenset[str] = frozenset()
    problem: str = ""
    """What is wrong with the file, as a sentence; the file then forbids."""


class UserSettings(NamedTuple):
    """What the person's file says."""

    collectors_off: frozenset[str] = frozenset()
    problem: str = ""
    """What is wrong with the file, as a sentence; telemetry is then off."""


class _SettingsError(Exception):
    """The file cannot be used; the message is a part of a sentence."""


def read_administrator(path: str) -> AdminPolicy:
    """Return the administrator's policy. Never raises.

    Keys, all optional: `forbid` (truth value), `level` (the most that may be allowed), `endpoint`
    (a URL), `ca_file` (an absolute path), `collectors_off` (names of collectors).
    """
    try:
        found = _read(path, _POLICY_KEYS)
        level = _level(found)
        return AdminPolicy(
            forbids=found.get("forbid", False) or level == "none",
            level=level,
            endpoint=found.get("endpoint"),
            ca_file=_path(found),
            collectors_off=_names(found),
        )
    except _SettingsError as error:
        return AdminPolicy(forbids=True, level="none", problem=f"{path} {error}.")


def read_user(folder: str) -> UserSettings:
    """Return the person's own settings. Never raises. The only key is `collectors_off`."""
    path = os.path.join(folder, SETTINGS_FILE)
    try:
        return UserSettings(collectors_off=_names(_read(path, {"collectors_off": list})))
    except _SettingsError as error:
        return UserSettings(problem=f"{path} {error}.")


def _read(path: str, keys: dict[str, type]) -> dict[str, Any]:
    """Return the entries of a file, empty where there is none."""
    try:
        # A pipe of this name must not keep a command waiting.
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise _SettingsError(f"cannot be read ({error.strerror})") from error
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise _SettingsError("is no file")
        return _checked(_parsed(os.read(descriptor, _LIMIT + 1)), keys)
    except OSError as error:
        raise _SettingsError(f"cannot be read ({error.strerror})") from error
    finally:
        os.close(descriptor)


def _parsed(data: bytes) -> dict[str, Any]:
    import tomllib  # 8 ms that only those pay who have such a file

    if len(data) > _LIMIT:
        raise _SettingsError("is too large")
    try:
        return tomllib.loads(data.decode())
    except (ValueError, RecursionError) as error:
        raise _SettingsError("is not TOML") from error


def _checked(found: dict[str, Any], keys: dict[str, type]) -> dict[str, Any]:
    for key, value in found.items():
        if key not in keys:
            raise _SettingsError(f"has an unknown key; the keys are {', '.join(sorted(keys))}")
        if type(value) is not keys[key]:
            raise _SettingsError(f"has a value of the wrong kind for {key}")
    return found


def _level(found: dict[str, Any]) -> str:
    level: str = found.get("level", "full")
    if level not in LEVELS:
        raise _SettingsError(f"has an unknown level; the levels are {', '.join(LEVELS)}")
    return level


def _path(found: dict[str, Any]) -> str | None:
    path: str | None = found.get("ca_file")
    if path is not None and not os.path.isabs(path):
        raise _SettingsError("has a ca_file that is no absolute path")
    return path


def _names(found: dict[str, Any]) -> frozenset[str]:
    names = found.get("collectors_off", [])
    if not all(isinstance(name, str) and re.fullmatch(r"[a-z][a-z0-9_]{0,40}", name) for name in names):
        raise _SettingsError("has something in collectors_off that is no name of a collector")
    return frozenset(names)
