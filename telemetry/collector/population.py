"""A made-up population that behaves like people: for demonstrations, tests of pages and measurements.

Whoever is in it keeps their machine and habits, joins at some time, takes up new versions sooner or
later, works on weekdays, and may leave. So what a dashboard shows of it looks like something.
"""

import json
import math
import random
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from telemetry.catalog import Catalog, Field
from telemetry.collector.faults import Fault, faults
from telemetry.entries import SUMMARY_NAMES
from telemetry.manifest import Manifest
from telemetry.values import OTHER

if TYPE_CHECKING:
    from telemetry.entries import EventType, SpanType

__all__ = ["Example", "population"]

DAYS: Final = 58
"""So long before now it begins: what is older would be expired on arrival."""

_DAY: Final = 86400.0
_RELEASE_DAYS: Final = 18
_VERSIONS: Final = ("0.7", "0.8", "0.9", "0.10", "1.0", "1.1", "1.2", "1.3")
_FIRST_RELEASE: Final = -80
_CI_SHARE: Final = 0.3
_AGENT_SHARE: Final = 0.08
_LEVELS: Final = {"full": 0.72, "middle": 0.18, "basic": 0.1}
_MANY: Final = 40
"""Members of an enum that are listed by their names, not by how usual they are."""
_KNOWN_FIRST: Final = ("github-actions", "gitlab", "jenkins", "azure-pipelines", "circleci")
_EVENT_SHARES: Final = (0.014, 0.03, 0.04)
"""How often a session has the first kind of event, the second, and any other."""
_TYPICAL: Final = {
    "LoadConfiguration": 35, "RunTask": 12_000, "PullImage": 14_000, "BuildImage": 22_000,
    "CreateNetwork": 60, "CreateContainer": 90, "StartContainer": 380, "WaitForHealth": 2600,
    "SetupCommand": 1900, "RunContainer": 7500, "StopContainer": 350, "RemoveContainer": 120,
    "RemoveNetwork": 140,
}  # fmt: skip
"""Milliseconds that steps take which are known here."""
_FAILING: Final = {
    "PullImage": 0.02,
    "BuildImage": 0.06,
    "WaitForHealth": 0.05,
    "SetupCommand": 0.03,
    "RunTask": 0.12,
}


class Example(NamedTuple):
    """A session, and when a collector would have received it."""

    received: int
    """Milliseconds since 1970."""
    body: bytes


def population(
    catalog: Catalog, number: int, *, seed: int, now: float, manifest: Manifest | None = None
) -> Iterator[Example]:
    """Give so many sessions of the 58 days before `now`, in seconds since 1970, earliest first.

    What crashes, does so in functions of the manifest. The same arguments give the same sessions.
    """
    chance = random.Random(seed)  # noqa: S311 - examples protect nothing
    world = _World(catalog, chance, now, faults(manifest, chance))
    starts: list[tuple[float, int]] = []
    people = [_Person(world, chance, place) for place in range(max(1, number // 14))]
    weights = [person.rate for person in people]
    while len(starts) < number:
        place = chance.choices(range(len(people)), weights)[0] if len(people) < 50 else -1
        wanted = [place] if place >= 0 else chance.choices(range(len(people)), weights, k=number)
        for each in wanted:
            start = people[each].moment(chance)
            if start is not None and len(starts) < number:
                starts.append((start, each))
    starts.sort()
    for start, place in starts:
        yield people[place].session(chance, start)


class _World:
    """What all people have in common: the fields, and when which version came out."""

    def __init__(self, catalog: Catalog, chance: random.Random, now: float, found: Sequence[Fault]) -> None:
        self.faults = found
        self.application = catalog.application_id
        self.catalogs = {level: catalog.at(level, catalog.version) for level in _LEVELS}
        self.now = now
        self.begin = now - DAYS * _DAY
        self.spread = {
            field.name: _Spread(field, chance) for field in catalog.attributes if field.kind != "time"
        }
        self.spans = {
            span.name: (_TYPICAL.get(span.name, math.exp(chance.uniform(4.0, 9.0))), span.attributes)
            for span in catalog.spans
        }
        kinds: tuple[SpanType | EventType, ...] = (*catalog.spans, *catalog.events)
        self.values = {
            (kind.name, field.name): _Spread(field, chance) for kind in kinds for field in kind.attributes
        }
        self.releases = [
            (now + (_FIRST_RELEASE + _RELEASE_DAYS * place) * _DAY, name)
            for place, name in enumerate(_VERSIONS)
            if _FIRST_RELEASE + _RELEASE_DAYS * place < 0
        ]

    def trace(self, version: str, chance: random.Random) -> str:
        """Return a fault that a version has."""
        names = [name for _, name in self.releases]
        place = names.index(version.rpartition(".")[0]) / max(1, len(names) - 1)
        found = [fault for fault in self.faults if fault.first <= place <= fault.last]
        return chance.choices(found, [fault.weight for fault in found])[0].trace

    def version(self, moment: float, lag: float) -> str:
        """Return the version of somebody who takes each one up `lag` seconds after its release."""
        known = [(since, name) for since, name in self.releases if since + lag <= moment] or self.releases[:1]
        since, name = known[-1]
        return f"{name}.{min(3, int((moment - since) / (9 * _DAY)))}"


class _Spread:
    """How often which value of a field occurs: a few often, most rarely."""

    def __init__(self, field: Field, chance: random.Random) -> None:
        self.field = field
        members = [member for member in field.members if member != OTHER]
        if field.kind == "enum" and field.example in members:
            # The example is what is usual; the rest comes as it is listed, unless that is by names.
            members.remove(str(field.example))
            if len(members) > _MANY:
                chance.shuffle(members)
            members.sort(key=lambda member: _KNOWN_FIRST.index(member) if member in _KNOWN_FIRST else _MANY)
            usual = "none" if "none" in members and field.level != "full" else None
            members = [*([usual] if usual else []), str(field.example), *(m for m in members if m != usual)]
        if field.kind == "enum":
            members.append(OTHER)
        # What a record says of itself is nothing, mostly.
        peak = 0.0 if field.level == "basic" else chance.uniform(0.1, 0.4) * len(members)
        self.members = members
        self.weights = [
            chance.lognormvariate(0, 0.3) / (place + 1) ** (1.6 if len(members) < _MANY else 0.9)
            if field.kind == "enum"
            else math.exp(-(((place - peak) / (1.6 if peak else 0.6)) ** 2))
            for place in range(len(members))
        ]
        if field.kind == "enum":
            self.weights[-1] = sum(self.weights) * 0.015
        self.share = chance.betavariate(0.6, 4.0)
        if "docker" in field.name.lower():
            self.share /= 10  # few have their engine elsewhere
        self.typical = math.exp(chance.uniform(3.5, 6.5))

    def pick(self, chance: random.Random) -> str | int | bool:
        """Return a value that the field accepts."""
        match self.field.kind:
            case "flag":
                return chance.random() < self.share
            case "enum" | "bucket":
                return chance.choices(self.members, self.weights)[0]
            case "duration":
                return int(self.typical * chance.lognormvariate(0, 0.5))
            case "count":
                return (
                    int(self.field.example) if chance.random() < 0.9 else min(3, int(chance.expovariate(1)))
                )
            case "version":
                return self._version(chance)
            case _:
                return self.field.example

    def _version(self, chance: random.Random) -> str:
        """Return the example's version or one of a few minor ones before it."""
        parts = [int(part) for part in str(self.field.example).split(".")[:3]]
        back = min(int(chance.expovariate(0.8)), parts[1] if len(parts) > 1 else parts[0])
        place = 1 if len(parts) > 1 else 0
        return ".".join(str(part - back if at == place else part) for at, part in enumerate(parts))


class _Person:
    """Somebody with a machine and habits; a CI system is somebody new each time."""

    def __init__(self, world: _World, chance: random.Random, place: int) -> None:
        self._world = world
        self.rate = chance.lognormvariate(0, 1.1)
        self.kind = "people"
        if chance.random() < _CI_SHARE:
            self.kind = "ci"
            self.rate *= 1.5
        elif chance.random() < _AGENT_SHARE:
            self.kind = "agents"
        old = chance.random() < 0.6
        self._joined = world.begin - _DAY if old else chance.uniform(world.begin, world.now)
        self._left = world.now if chance.random() < 0.85 else chance.uniform(self._joined, world.now)
        self._lag = chance.expovariate(1 / (11 * _DAY))
        self._level = (
            "full" if self.kind == "ci" else chance.choices(list(_LEVELS), list(_LEVELS.values()))[0]
        )
        self._catalog = world.catalogs[self._level]
        self._own = {
            field.name: world.spread[field.name].pick(chance)
            for field in self._catalog.attributes
            if field.name in world.spread
        }
        self._habits = {
            field.name: chance.random() for field in self._catalog.attributes if field.kind == "flag"
        }
        self._id = _uuid(chance)
        self._weekly = {week: _uuid(chance) for week in range(10)} if self._level == "basic" else {}
        self._reported = old
        self._pace = chance.lognormvariate(0, 0.4)
        self._fails = place % 9 == 0

    def moment(self, chance: random.Random) -> float | None:
        """Return an instant at which they work, or None for one at which they do not."""
        start = chance.uniform(max(self._joined, self._world.begin), self._world.now - 60)
        begun = datetime.fromtimestamp(start, UTC)
        if start > self._left or (self.kind != "ci" and begun.weekday() > 4 and chance.random() < 0.8):
            return None
        day = start - start % _DAY
        return min(day + min(23.9, max(0.1, chance.gauss(13, 3))) * 3600, self._world.now - 60)

    def session(self, chance: random.Random, start: float) -> Example:
        """Return what they report of a run at this instant."""
        attributes = {**self._own, **self._of_run(chance)}
        spans, length = self._spans(chance, start, str(attributes.get("commandType", "run")))
        end = start + max(length, 0.05 + chance.expovariate(1 / 0.2))
        week = int((start - self._world.begin) / (7 * _DAY)) % 10
        version = self._world.version(start, self._lag)
        user = _uuid(chance) if self.kind == "ci" else self._weekly.get(week, self._id)
        record = {
            "sessionId": _uuid(chance),
            "userId": user,
            "sessionStartTime": _time(start),
            "sessionEndTime": _time(end),
            "applicationId": self._world.application,
            "applicationVersion": version,
            "attributes": dict(sorted(attributes.items())),
            "events": self._events(chance, start, end, version),
            "spans": spans,
        }
        received = min(end + chance.expovariate(1 / (_DAY / 3)), self._world.now)
        return Example(int(received * 1000), json.dumps(record, separators=(",", ":")).encode())

    def _of_run(self, chance: random.Random) -> dict[str, str | int | bool]:
        found: dict[str, str | int | bool] = {}
        for field in self._catalog.attributes:
            changes = field.level == "full" and field.kind in ("enum", "count", "duration")
            if changes or (field.kind == "flag" and chance.random() < 0.05):
                found[field.name] = self._world.spread[field.name].pick(chance)
        found.update(self._fixed(chance))
        return {name: value for name, value in found.items() if self._catalog.field(name) is not None}

    def _fixed(self, chance: random.Random) -> dict[str, str | int | bool]:
        """Return what must fit together."""
        on_ci = self.kind == "ci"
        first, self._reported = not self._reported and not on_ci, True
        found: dict[str, str | int | bool] = {
            "telemetryLevel": self._level,
            "catalogVersion": self._catalog.version,
            "consentedVersion": self._catalog.version,
            "ended": chance.random() < 0.99,
            "firstReport": first,
            "onCi": on_ci,
            "exitCode": 0 if chance.random() < 0.85 else chance.choice((1, 1, 1, 2, 125, 130)),
        }
        terminal = self.kind == "people" and chance.random() < 0.97
        found.update(dict.fromkeys(("stdinIsTerminal", "stdoutIsTerminal", "stderrIsTerminal"), terminal))
        for name, kind in (("ciSystem", "ci"), ("codingAgent", "agents")):
            found[name] = self._system(chance, name) if self.kind == kind else "none"
        return found

    def _system(self, chance: random.Random, name: str) -> str:
        """Return one of the systems that a field lists; the same one each time."""
        while self._own.get(name, "none") == "none" and name in self._own:
            self._own[name] = self._world.spread[name].pick(chance)
        return str(self._own.get(name, "none"))

    def _spans(self, chance: random.Random, start: float, verb: str) -> tuple[list[dict[str, Any]], float]:
        if verb not in ("run", "shell") and len(self._world.spans) > 3:
            return [], 0.0
        spans: list[dict[str, Any]] = []
        moment = 0.02
        for kind in self._catalog.spans:
            if chance.random() < 0.3:
                continue
            typical, fields = self._world.spans[kind.name]
            length = typical / 1000 * self._pace * chance.lognormvariate(0, 0.6)
            spans.append(
                {
                    "type": kind.name,
                    "startTime": _time(start + moment),
                    "endTime": _time(start + moment + length),
                    "attributes": _values(self._world, chance, kind.name, fields),
                }
            )
            moment += length
        return spans, moment

    def _events(self, chance: random.Random, start: float, end: float, version: str) -> list[dict[str, Any]]:
        found = []
        for place, kind in enumerate(self._catalog.events):
            share = _EVENT_SHARES[min(place, len(_EVENT_SHARES) - 1)] * (3 if self._fails else 1)
            if chance.random() < share:
                values = _values(self._world, chance, kind.name, kind.attributes)
                traces = [field.name for field in kind.attributes if field.kind == "symbol"]
                values.update({name: self._world.trace(version, chance) for name in traces})
                moment = chance.uniform(start, end)
                found.append({"type": kind.name, "time": _time(moment), "attributes": values})
        return found


def _values(world: _World, chance: random.Random, kind: str, fields: Sequence[Field]) -> dict[str, Any]:
    found = {
        field.name: world.values[kind, field.name].pick(chance)
        for field in fields
        if field.name not in SUMMARY_NAMES
    }
    if "failed" in found:
        found["failed"] = chance.random() < _FAILING.get(kind, 0.01)
    return found


def _time(seconds: float) -> str:
    found = datetime.fromtimestamp(seconds, UTC)
    return found.strftime("%Y-%m-%dT%H:%M:%S.") + f"{found.microsecond // 1000:03d}Z"


def _uuid(chance: random.Random) -> str:
    """Return a UUID of version 4 (RFC 9562, section 5.4)."""
    digits = f"{chance.getrandbits(128):032x}"
    variant = "89ab"[int(digits[16], 16) % 4]
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-{variant}{digits[17:20]}-{digits[20:]}"
