"""Who allows, who forbids, and which of them decides.

Each forbid beats every allow. A forbid comes from the administrator's policy, from the application
(a project's file, say), from the environment, from the command line, or from state that cannot be
believed. An allow comes from the command line, from the environment, or from a stored answer; for the
one run that it is given for, an explicit allow beats a stored no.
"""

import os
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Final, NamedTuple

from telemetry.clock import rfc3339
from telemetry.entries import LEVELS
from telemetry.gate import ANSWER_FILE, Application
from telemetry.settings import AdminPolicy, UserSettings, read_administrator, read_user
from telemetry.state import StoredAnswer, Unusable, load
from telemetry.switches import is_gone

__all__ = ["Circumstances", "Decision", "circumstances", "decide", "decide_for", "forbids"]

COMMAND_LINE: Final = "command line"
STORED: Final = "stored answer"
ENDED: Final = "stored answer, which has ended"
NOBODY: Final = "nobody yet"
ADMINISTRATOR: Final = "administrator's policy"
GONE: Final = "collector, which has closed down"
SETTINGS: Final = "settings file, which is damaged"
DO_NOT_TRACK: Final = "DO_NOT_TRACK"

FIRST: Final = "first"
GROWN: Final = "grown"

_TRUE: Final = ("1", "true")
_FALSE: Final = ("0", "false")
_ANY: Final = 1 << 31


class Decision(NamedTuple):
    """Whether a run is recorded, how much of it, and who decided that."""

    allowed: bool
    level: str
    """`none` where it is not allowed."""
    catalog_version: int
    """Only what this version of the catalogue already had is recorded."""
    decided_by: str
    """Who or what decided, such as `command line`, `TASKRUNNER_ENABLE_TELEMETRY` or `stored answer`."""
    warnings: tuple[str, ...] = ()
    """Sentences for the person, each about a setting that is not what it should be."""
    question: str = ""
    """`first` where nobody has answered yet or the answer ended, `grown` where the catalogue has more
    than was agreed to and nobody was asked about that yet; else empty."""
    secret: str = ""
    """What the person's id is made of; empty for an allow that is not stored."""
    collectors_off: frozenset[str] = frozenset()
    """Names of collectors that the person or the administrator switched off."""
    endpoint: str | None = None
    """The collector that takes the place of the release's own; the administrator's before the person's."""
    ca_file: str | None = None
    """The certificates to trust in place of the system's, as the administrator wants it."""


_REFUSED: Final = Decision(allowed=False, level="none", catalog_version=0, decided_by=NOBODY)


class Circumstances(NamedTuple):
    """Everything that bears on the decision."""

    flag: bool | None
    """What `--enable-telemetry` and `--disable-telemetry` say."""
    stored: StoredAnswer | Unusable | None
    administrator: AdminPolicy
    user: UserSettings
    forbidden_by: Sequence[str]
    """Who forbids, of those that only the application knows."""
    gone: bool
    """Whether the collector said that it is gone for good."""
    now: float
    """Seconds since 1970."""


def decide(application: Application, environment: Mapping[str, str], case: Circumstances) -> Decision:
    """Return the decision. Depends on nothing but its arguments."""
    forbidding = next(forbids(application, environment, case), None)
    decision = (
        _allow(application, environment, case)
        if forbidding is None
        else _REFUSED._replace(decided_by=forbidding)
    )
    return decision._replace(
        level=min(decision.level, case.administrator.level, key=LEVELS.index),
        warnings=tuple(_warnings(application, environment, case)),
        collectors_off=case.administrator.collectors_off | case.user.collectors_off,
        endpoint=case.administrator.endpoint or environment.get(application.endpoint_variable) or None,
        ca_file=case.administrator.ca_file,
    )


def decide_for(
    application: Application,
    environment: Mapping[str, str],
    *,
    flag: bool | None = None,
    forbidden_by: Sequence[str] = (),
    now: float | None = None,
) -> Decision:
    """Read what lies on the disk, and decide. Never raises."""
    return decide(
        application, environment, circumstances(application, flag=flag, forbidden_by=forbidden_by, now=now)
    )


def circumstances(
    application: Application,
    *,
    flag: bool | None = None,
    forbidden_by: Sequence[str] = (),
    now: float | None = None,
) -> Circumstances:
    """Read everything that bears on the decision and lies on the disk. Never raises."""
    return Circumstances(
        flag=flag,
        stored=load(application.folder),
        administrator=read_administrator(application.administrator_file),
        user=read_user(application.folder),
        forbidden_by=forbidden_by,
        gone=is_gone(application.folder),
        now=time.time() if now is None else now,
    )


def forbids(application: Application, environment: Mapping[str, str], case: Circumstances) -> Iterator[str]:
    """Yield everybody who forbids, the one with the widest reach first."""
    if case.administrator.forbids:
        yield ADMINISTRATOR
    yield from case.forbidden_by
    if environment.get(DO_NOT_TRACK, "") not in ("", *_FALSE):
        yield DO_NOT_TRACK
    if environment.get(application.disable_variable, "0") not in _FALSE:
        yield application.disable_variable
    if environment.get(application.enable_variable, "1") not in _TRUE:
        yield application.enable_variable
    if case.flag is False:
        yield COMMAND_LINE
    if case.gone:
        yield GONE
    if case.user.problem:
        yield SETTINGS
    if isinstance(case.stored, Unusable):
        yield f"{STORED}, which {case.stored.reason}"


def _allow(application: Application, environment: Mapping[str, str], case: Circumstances) -> Decision:
    """Return what holds while nobody forbids."""
    stored = case.stored if isinstance(case.stored, StoredAnswer) else None
    agreed = stored if stored is not None and stored.state == "allowed" else None
    decision = Decision(
        allowed=True,
        level=agreed.level if agreed else "full",
        catalog_version=min(agreed.catalog_version if agreed else _ANY, application.catalog_version),
        decided_by=STORED,
        secret=agreed.secret if agreed else "",
    )
    if case.flag or environment.get(application.enable_variable) is not None:
        return decision._replace(decided_by=COMMAND_LINE if case.flag else application.enable_variable)
    if agreed is None:
        return _REFUSED._replace(decided_by=STORED) if stored else _REFUSED._replace(question=FIRST)
    if agreed.until is not None and agreed.until <= rfc3339(case.now):
        return _REFUSED._replace(decided_by=ENDED, question=FIRST)
    return decision._replace(question=GROWN if agreed.asked_version < application.catalog_version else "")


def _warnings(application: Application, environment: Mapping[str, str], case: Circumstances) -> Iterator[str]:
    for name in (application.enable_variable, application.disable_variable, DO_NOT_TRACK):
        value = environment.get(name)
        if value is None or value in (*_TRUE, *_FALSE) or (name == DO_NOT_TRACK and not value):
            continue
        yield f"{name} is none of 1, true, 0 and false, so telemetry is off. Mend it, or remove it."
    for problem in (case.administrator.problem, case.user.problem):
        if problem:
            yield f"{problem} Telemetry is off until that is mended."
    if case.flag and isinstance(case.stored, Unusable):
        file = os.path.join(application.folder, ANSWER_FILE)
        yield f"Telemetry stays off: the stored answer {case.stored.reason}. Look at {file}, and delete it."
