"""The only module that a command loads while telemetry is off.

It answers the one question that every command has: may this run be recorded? Where the answer is
plainly no, it comes from the environment and one small file, in microseconds, and nothing else of
`telemetry` is imported. What is less plain is left to `telemetry.consent`.
"""

import os
import time
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from telemetry.consent import Decision

__all__ = ["ANSWER_FILE", "GONE_FILE", "SETTINGS_FILE", "Application", "may_record", "plainly_on"]

ANSWER_FILE: Final = "consent.json"
"""The file in the application's folder that holds a person's answer."""

ANSWER_LIMIT: Final = 4096
"""Bytes; an answer takes about 250."""

SETTINGS_FILE: Final = "settings.toml"
"""The person's own file, in the application's folder."""

GONE_FILE: Final = "gone"
"""In the same folder since the collector answered that it is gone for good."""

_TRUE: Final = ("1", "true")
_FALSE: Final = ("0", "false")


class Application(NamedTuple):
    """What the library has to know of the program that it serves."""

    name: str
    """As people type it, such as `taskrunner`."""
    folder: str
    """Where everything of telemetry lies, such as `~/.taskrunner/telemetry`; it need not exist."""
    administrator_file: str
    """Where the machine's administrator may lay down a policy: `/etc/taskrunner/telemetry.toml`, say."""
    enable_variable: str
    """The environment variable that allows or forbids, such as `TASKRUNNER_ENABLE_TELEMETRY`."""
    disable_variable: str
    """The environment variable that forbids, such as `TASKRUNNER_DISABLE_TELEMETRY`."""
    endpoint_variable: str
    """The environment variable that names another collector, such as `TASKRUNNER_TELEMETRY_URL`."""
    catalog_version: int
    """The version of the catalogue that this release records."""


def may_record(
    application: Application,
    environment: Mapping[str, str],
    *,
    flag: bool | None = None,
    forbidden_by: Sequence[str] = (),
    may_ask: bool = False,
) -> "Decision | None":
    """Return the decision about this run, or None where telemetry is off and there is nothing to say.

    `flag` is what the command line says. `forbidden_by` names who forbids, of those that only the
    application knows, such as a project's file. A decision may still be a no: it then carries
    warnings for the person or, with `may_ask`, the question that is due. Never raises.
    """
    if flag is False or forbidden_by or _plainly_off(application, environment, flag=flag, may_ask=may_ask):
        return None
    # Imported only now: until somebody says yes, nobody pays for it.
    from telemetry.consent import decide_for

    decision = decide_for(application, environment, flag=flag, forbidden_by=forbidden_by)
    speaks = decision.allowed or decision.warnings or (may_ask and decision.question)
    return decision if speaks else None


def plainly_on(
    application: Application,
    environment: Mapping[str, str],
    *,
    flag: bool | None = None,
    forbidden_by: Sequence[str] = (),
    may_ask: bool = False,
) -> bool:
    """Return whether it is certain enough that this run is recorded, with nothing to ask or to warn of.

    Then `telemetry.consent` may be left to whoever records, beside the command; it has the last word. To
    load it takes 5 ms, this takes a twentieth of one. Where nobody is to be asked, files that might
    say something else are left to it too. Never raises.
    """
    enable = environment.get(application.enable_variable)
    if (
        flag is False
        or forbidden_by
        or (enable is not None and enable not in _TRUE)
        or environment.get(application.disable_variable, "0") not in _FALSE
        or environment.get("DO_NOT_TRACK", "") not in ("", *_FALSE)
    ):
        return False
    answer = _stored(os.path.join(application.folder, ANSWER_FILE))
    if not may_ask:
        return bool(flag or enable) if answer is None else b'"allowed"' in answer
    if answer is None or not _is_plain_yes(answer, application.catalog_version):
        return False
    files = (SETTINGS_FILE, GONE_FILE)
    others = (application.administrator_file, *(os.path.join(application.folder, name) for name in files))
    return not any(os.path.lexists(path) for path in others)


def _is_plain_yes(answer: bytes, catalog_version: int) -> bool:
    """Return whether an answer, as `telemetry.state` writes it, is a yes to this catalogue that holds now.

    Not by reading it as JSON, whose library takes a millisecond to load.
    """
    lines = answer.split(b"\n")
    return (
        len(lines) == 11
        and lines[1] == b'  "state": "allowed",'
        and lines[4] == b'  "asked_version": %d,' % catalog_version
        and (lines[7] == b'  "until": null,' or lines[7] > _until(time.time()))
    )


def _until(now: float) -> bytes:
    return time.strftime('  "until": "%Y-%m-%dT%H:%M:%S', time.gmtime(now)).encode()


def _plainly_off(
    application: Application, environment: Mapping[str, str], *, flag: bool | None, may_ask: bool
) -> bool:
    enable = environment.get(application.enable_variable)
    disable = environment.get(application.disable_variable)
    if enable in _FALSE or disable in _TRUE or environment.get("DO_NOT_TRACK", "") not in ("", *_FALSE):
        return True
    if flag or enable is not None or disable not in (None, *_FALSE):
        return False  # an allow that may beat a stored no, or a value that deserves a warning
    answer = _stored(os.path.join(application.folder, ANSWER_FILE))
    return not may_ask if answer is None else b'"allowed"' not in answer


def _stored(path: str) -> bytes | None:
    """Return the stored answer's bytes, none where it cannot be read, or None where there is no file."""
    try:
        # Whatever else may lie under this name, a pipe among it, must not keep a command waiting.
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    except OSError:
        return b""
    try:
        # Somebody else's file is no answer of this person's.
        return os.read(descriptor, ANSWER_LIMIT) if os.fstat(descriptor).st_uid == os.geteuid() else b""
    except OSError:
        return b""
    finally:
        os.close(descriptor)
