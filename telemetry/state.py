"""A person's answer, on disk: written only when they gave one, and believed only if it is theirs.

The answer and the secret behind the person's ids are one file, so that they come, change and go
together. What is corrupt, unreadable or somebody else's counts as a no, and is left as it is.
"""

import json
import os
import stat
from typing import Final, NamedTuple

from telemetry import files, layout
from telemetry.clock import rfc3339
from telemetry.entries import LEVELS
from telemetry.gate import ANSWER_FILE, ANSWER_LIMIT, SETTINGS_FILE

__all__ = [
    "StateError",
    "StoredAnswer",
    "Unusable",
    "consent",
    "denial",
    "ensure_folder",
    "load",
    "new_secret",
    "store",
]

HOW: Final = ("question", "command")

_FILES: Final = {
    ANSWER_FILE: "your answer: how much, since when, until when; and the secret that your id is made of",
    SETTINGS_FILE: "yours to write: which collectors are off",
    **layout.DESCRIPTIONS,
}
# No regular expressions here: to compile two of them takes longer than all the rest of a decision.
_DIGITS_TO_ZERO: Final = str.maketrans("123456789", "000000000")


class StateError(Exception):
    """The answer could not be stored; the message says why, in words for a person."""


class StoredAnswer(NamedTuple):
    """What a person answered, and when."""

    state: str
    """`allowed` or `denied`."""
    level: str
    """How much is allowed; `none` where it is denied."""
    catalog_version: int
    """The catalogue that was agreed to: of a later one, only what this one had is recorded."""
    asked_version: int
    """The newest catalogue that was asked about; greater than `catalog_version` after a no to a newer one."""
    when: str
    """The time of the answer, as `clock.rfc3339` writes it."""
    how: str
    """`question` or `command`."""
    until: str | None
    """The time at which a yes ends by itself."""
    secret: str
    """64 hexadecimal digits that never leave the machine unasked; empty where telemetry is denied."""


class Unusable(NamedTuple):
    """Why what lies in the folder cannot be believed, in words that complete `the stored answer …`."""

    reason: str


def new_secret() -> str:
    """Return 256 random bits as hexadecimal digits."""
    return os.urandom(32).hex()


def load(folder: str) -> StoredAnswer | Unusable | None:
    """Return the stored answer, why it is unusable, or None where there is none. Never raises."""
    try:
        if os.stat(folder).st_uid != os.geteuid():
            return Unusable("lies in a folder of another user")
        descriptor = os.open(
            os.path.join(folder, ANSWER_FILE), os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
        )
    except FileNotFoundError:
        return None
    except OSError as error:
        return Unusable(f"cannot be read ({error.strerror})")
    try:
        return _read(descriptor)
    except OSError as error:
        return Unusable(f"cannot be read ({error.strerror})")
    finally:
        os.close(descriptor)


def store(folder: str, answer: StoredAnswer) -> None:
    """Put an answer in the place of the one before, all at once. Raises StateError.

    What `load` finds unusable is never replaced: the person has to look at it and delete it first.
    """
    found = load(folder)
    if isinstance(found, Unusable):
        raise StateError(f"{os.path.join(folder, ANSWER_FILE)} {found.reason}.")
    try:
        ensure_folder(folder)
        files.write(os.path.join(folder, ANSWER_FILE), f"{json.dumps(answer._asdict(), indent=2)}\n".encode())
    except OSError as error:
        raise StateError(f"{error.filename or folder} cannot be written: {error.strerror}.") from error


def ensure_folder(folder: str) -> None:
    """Create the folder of telemetry, for its owner alone, with a file that explains it. Raises OSError."""
    os.makedirs(folder, mode=0o700, exist_ok=True)
    if os.stat(folder).st_mode & 0o077:
        os.chmod(folder, 0o700)  # made by hand, or by a program with another idea of privacy
    readme = os.path.join(folder, "README")
    if not os.path.lexists(readme):
        files.write(readme, _readme().encode())


def _readme() -> str:
    width = max(map(len, _FILES)) + 2
    return (
        "What lies here belongs to telemetry, which is on or off as you say. Everything may be deleted;\n"
        f"without {ANSWER_FILE} telemetry is off.\n\n"
        + "".join(f"{name:<{width}}{text}\n" for name, text in _FILES.items())
    )


def consent(
    before: StoredAnswer | Unusable | None, *, level: str, version: int, now: float, how: str
) -> StoredAnswer:
    """Return a yes given now, without an end. Where the answer before was one, the person's id stays."""
    secret = before.secret if isinstance(before, StoredAnswer) else ""
    return StoredAnswer("allowed", level, version, version, rfc3339(now), how, None, secret or new_secret())


def denial(*, version: int, now: float, how: str) -> StoredAnswer:
    """Return a no given now; it has no secret, so that the next yes is a new id."""
    return StoredAnswer("denied", "none", version, version, rfc3339(now), how, None, "")


def _read(descriptor: int) -> StoredAnswer | Unusable:
    status = os.fstat(descriptor)
    if status.st_uid != os.geteuid():
        return Unusable("belongs to another user")
    if not stat.S_ISREG(status.st_mode) or status.st_size > ANSWER_LIMIT:
        return Unusable("is damaged")
    try:
        found = json.loads(os.read(descriptor, ANSWER_LIMIT))
        parsed = StoredAnswer(**found)
    except (ValueError, TypeError, RecursionError):
        return Unusable("is damaged")
    return parsed if _is_sound(parsed) else Unusable("is damaged")


def _is_sound(found: StoredAnswer) -> bool:
    """Return whether every part of an answer is what `store` would have written."""
    allowed = found.state == "allowed"
    versions = (found.catalog_version, found.asked_version)
    return (
        (allowed or found.state == "denied")
        and found.level in (LEVELS[1:] if allowed else LEVELS[:1])
        and all(type(version) is int and version >= 1 for version in versions)
        and _is_time(found.when)
        and found.how in HOW
        and (found.until is None or (allowed and _is_time(found.until)))
        and (_is_secret(found.secret) if allowed else found.secret == "")
    )


def _is_time(value: object) -> bool:
    return isinstance(value, str) and value.translate(_DIGITS_TO_ZERO) == "0000-00-00T00:00:00.000Z"


def _is_secret(value: object) -> bool:
    return isinstance(value, str) and len(value) == 64 and set(value) <= set("0123456789abcdef")
