"""What becomes of a body: a session to keep, a refusal with its reasons, or a request to come again."""

from typing import Any, Final, NamedTuple, TypeAlias

import msgspec

from telemetry.collector.catalogues import Catalogues, Known
from telemetry.collector.ingest import foreign, limits, symbols, wire
from telemetry.collector.ingest.instants import milliseconds
from telemetry.collector.ingest.rules import Rules
from telemetry.collector.ingest.wire import Session
from telemetry.collector.stores.protocol import StoredSession
from telemetry.entries import LEVELS
from telemetry.manifest import Manifest
from telemetry.record import Fault, faults

__all__ = ["Judge", "Later", "Refused", "Verdict"]

_ON_CI: Final = ("onCi", "suspectRunningOnCI")
"""Attributes, ours and batect's, that say so."""
_NOTHING: Final = Manifest("", "", {})
_MOST_FAULTS: Final = 20
_MOST_RULES: Final = 1000

_NO_JSON: Final = Fault("", "invalid", "It is no JSON in UTF-8.")
_TWICE: Final = Fault("", "duplicate", "A key is in it twice.")
_UNKNOWN: Final = Fault("applicationId", "unknown", "No such application is known here.")
_SYMBOLS: Final = Fault("events", "unknown", "A trace names what is not in the release's list of symbols.")
_OLD: Final = Fault("sessionStartTime", "invalid", "It is more than 40 days ago.")
_AHEAD: Final = Fault("sessionEndTime", "invalid", "It is more than a day ahead.")
_OTHERWISE: Final = Fault("", "invalid", "It is not of wire format v1.")


class Refused(NamedTuple):
    """It will never be taken."""

    application: str
    """Empty where it is not a known one."""
    faults: tuple[Fault, ...]


class Later(NamedTuple):
    """It comes from a release that is not known here yet."""

    reason: str
    """`catalogue` or `symbols`."""


Verdict: TypeAlias = StoredSession | Refused | Later


class Judge:
    """Judges bodies by the catalogues at hand. For one thread."""

    def __init__(self, catalogues: Catalogues) -> None:
        self._catalogues = catalogues
        self._rules: dict[tuple[str, int, str, int], Rules] = {}
        self._generation = catalogues.generation

    def judge(self, body: bytes, now: int) -> Verdict:
        """Return what becomes of a body; `now` is in milliseconds since 1970. Never raises for any bytes."""
        try:
            session = wire.decode(body)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return self._refusal(body)
        known = self._catalogues.known.get(session.applicationId)
        if known is None:
            return Refused("", (_UNKNOWN,))
        encoded = wire.encode(session)
        if wire.has_duplicates(body, encoded):
            return Refused(
                session.applicationId, (_TWICE, *self._faults(known, session, body))[:_MOST_FAULTS]
            )
        if known.foreign:
            session = foreign.cleaned(known.newest, session)
            encoded = wire.encode(session)
        rules = self._rules_for(known, session)
        if isinstance(rules, Later):
            return rules
        if not rules.accept(session):
            return Refused(session.applicationId, self._faults(known, session, body))
        return (
            _untimely(session, now)
            or _untraceable(self._catalogues, rules, session)
            or _kept(session, encoded, now)
        )

    def _rules_for(self, known: Known, session: Session) -> Rules | Later:
        """Return the rules of the catalogue, level and consent that a session names."""
        version = _number(session, "catalogVersion", max(known.catalogs))
        if version > max(known.catalogs):
            return Later("catalogue")
        level = session.attributes.get("telemetryLevel")
        key = (
            session.applicationId,
            min(each for each in known.catalogs if each >= version),
            level if isinstance(level, str) and level in LEVELS[1:] else LEVELS[-1],
            min(_number(session, "consentedVersion", version), version),
        )
        if self._generation != self._catalogues.generation or len(self._rules) > _MOST_RULES:
            self._generation = self._catalogues.generation
            self._rules.clear()
        rules = self._rules.get(key)
        if rules is None:
            rules = self._rules[key] = Rules(known.catalogs[key[1]].at(key[2], key[3]))
        return rules

    def _refusal(self, body: bytes) -> Refused:
        """Return why bytes are no session at all, in as much detail as they allow."""
        try:
            document: Any = msgspec.json.decode(body)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return Refused("", (_NO_JSON,))
        name = document.get("applicationId") if isinstance(document, dict) else None
        known = self._catalogues.known.get(name) if isinstance(name, str) else None
        if known is None:
            return Refused("", (_UNKNOWN,))
        return Refused(known.newest.application_id, _told(faults(known.newest, document)))

    def _faults(self, known: Known, session: Session, body: bytes) -> tuple[Fault, ...]:
        rules = self._rules_for(known, session)
        catalog = known.newest if isinstance(rules, Later) else rules.catalog
        document = msgspec.json.decode(wire.encode(session) if known.foreign else body)
        return _told(faults(catalog, document))


def _told(found: tuple[Fault, ...]) -> tuple[Fault, ...]:
    return found[:_MOST_FAULTS] or (_OTHERWISE,)


def _number(session: Session, name: str, otherwise: int) -> int:
    value = session.attributes.get(name)
    return value if type(value) is int and value >= 1 else otherwise


def _untimely(session: Session, now: int) -> Refused | None:
    if milliseconds(session.sessionStartTime) < now - limits.MOST_AGE_SECONDS * 1000:
        return Refused(session.applicationId, (_OLD,))
    if milliseconds(session.sessionEndTime) > now + limits.MOST_AHEAD_SECONDS * 1000:
        return Refused(session.applicationId, (_AHEAD,))
    return None


def _untraceable(catalogues: Catalogues, rules: Rules, session: Session) -> Refused | Later | None:
    """Return what is wrong with a session's traces: names that its release does not define."""
    if not session.events:
        return None
    # What names the standard library alone is true of every release.
    traces = [trace for trace in rules.traces(session) if not symbols.is_of(_NOTHING, trace)]
    if not traces:
        return None
    manifest = catalogues.manifest(session.applicationId, session.applicationVersion)
    if manifest is not None:
        known = all(symbols.is_of(manifest, trace) for trace in traces)
        return None if known else Refused(session.applicationId, (_SYMBOLS,))
    # What any release of the application defines is a word of its authors, whichever release this is.
    releases = catalogues.known[session.applicationId].manifests.values()
    known = all(any(symbols.is_of(each, trace) for each in releases) for trace in traces)
    return None if known else Later("symbols")


def _kept(session: Session, encoded: bytes, now: int) -> StoredSession:
    return StoredSession(
        bytes.fromhex(session.sessionId.replace("-", "")),
        bytes.fromhex(session.userId.replace("-", "")),
        session.applicationId,
        session.applicationVersion,
        now,
        milliseconds(session.sessionStartTime),
        milliseconds(session.sessionEndTime),
        any(session.attributes.get(name) is True for name in _ON_CI),
        encoded,
    )
