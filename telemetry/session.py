"""The record of one run of a program: a session, in wire format v1."""

import json
from threading import Lock
from typing import TYPE_CHECKING, Any, Final

from telemetry.clock import Clock, rfc3339
from telemetry.entries import Field
from telemetry.spans import SpanStore
from telemetry.values import LONGEST_DURATION, accepts, clean, is_version

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from telemetry.catalog import Catalog
    from telemetry.values import Value

__all__ = ["MOST_BYTES", "MOST_EVENTS", "Session"]

MOST_BYTES: Final = 64 * 1024
MOST_EVENTS: Final = 100
_LONGEST: Final = LONGEST_DURATION / 1000


class Session:
    """What a run records, as its consent allows. Safe to use from any thread.

    `catalog` is what the consent covers (`Catalog.at`): whatever it does not hold is left out, as is
    every value that its field refuses. No method raises: telemetry must never be the reason why a
    program fails. Refusals are counted, and the number is in the record.

    `started` is the instant, in seconds of the monotonic clock, at which the program itself began;
    without it the session begins now.
    """

    def __init__(  # noqa: PLR0913 - who, what and when
        self,
        catalog: "Catalog",
        *,
        application_version: str,
        user_id: str,
        session_id: str,
        clock: Clock,
        started: float | None = None,
    ) -> None:
        self._catalog = catalog
        self._lock = Lock()
        self._clock = clock
        # Spans come with monotonic times; one anchor turns them all into times of day.
        self._anchor = clock.wall() - clock.monotonic()
        self._started = clock.monotonic() if started is None else started
        self._version = application_version if is_version(application_version) else "0.0"
        self.user_id = user_id
        self.session_id = session_id
        self._attributes: dict[str, Value] = {}
        self._events: list[dict[str, Any]] = []
        self._spans = SpanStore()
        self._refused = 0

    def attribute(self, name: str, value: "Value | float") -> None:
        """Record a fact of the whole session; the last value stands."""
        self._quietly(self._attribute, name, value)

    def event(self, type: str, **attributes: "Value | float") -> None:  # noqa: A002
        """Record something that happens now. At most 100 are kept; the rest is counted."""
        self._quietly(self._event, type, attributes)

    def span(self, type: str, start: float, end: float, **attributes: "Value | float") -> None:  # noqa: A002
        """Record something that lasted; `start` and `end` are seconds of the monotonic clock."""
        self._quietly(self._span, type, start, end, attributes)

    def to_bytes(self, *, ended: bool = True) -> bytes:
        """Return the record as JSON in UTF-8, at most 64 KiB.

        With `ended=False` it is the record of a run under way, to be left where a later run finds
        it if this one is killed.
        """
        with self._lock:
            return self._fitting(ended=ended)

    def _quietly(self, record: "Callable[..., None]", *arguments: object) -> None:
        with self._lock:
            try:
                record(*arguments)
            except Exception:  # noqa: BLE001 - the boundary to the program, which must not notice
                self._refused += 1

    def _attribute(self, name: str, value: object) -> None:
        field = self._catalog.field(name)
        if field is not None:
            self._keep(self._attributes, field, value)

    def _event(self, name: str, attributes: "Mapping[str, object]") -> None:
        kind = self._catalog.event(name)
        if kind is None:
            return
        if len(self._events) == MOST_EVENTS:
            self._refused += 1
            return
        time = self._time(self._clock.monotonic())
        self._events.append(
            {"type": name, "time": time, "attributes": self._kept(kind.attributes, attributes)}
        )

    def _span(self, name: str, start: float, end: float, attributes: "Mapping[str, object]") -> None:
        kind = self._catalog.span(name)
        if kind is None:
            return
        end = max(start, end)
        if not (abs(start - self._started) < _LONGEST and abs(end - self._started) < _LONGEST):
            self._refused += 1  # times that are no times of this run, or no numbers at all
            return
        self._spans.add(name, float(start), float(end), self._kept(kind.attributes, attributes))

    def _kept(self, fields: "Iterable[Field]", values: "Mapping[str, object]") -> "dict[str, Value]":
        kept: dict[str, Value] = {}
        for field in fields:
            if field.name in values:
                self._keep(kept, field, values[field.name])
        return kept

    def _keep(self, kept: "dict[str, Value]", field: Field, value: object) -> None:
        cleaned = clean(field, value)
        if cleaned is not None:
            kept[field.name] = cleaned
        elif value is not None:
            self._refused += 1

    def _time(self, monotonic: float) -> str:
        return rfc3339(self._anchor + monotonic)

    def _fitting(self, *, ended: bool) -> bytes:
        """Return the record in the limit, shortened by what costs the least knowledge first."""
        while len(data := self._serialised(ended=ended)) > MOST_BYTES:
            if self._spans.summarise_one_type():
                continue
            if not self._events:
                break
            self._events.pop()
            self._refused += 1
        return data

    def _serialised(self, *, ended: bool) -> bytes:
        now = max(self._clock.monotonic(), self._started, self._spans.latest)
        document = {
            "sessionId": self.session_id,
            "userId": self.user_id,
            "sessionStartTime": self._time(self._started),
            "sessionEndTime": self._time(now),
            "applicationId": self._catalog.application_id,
            "applicationVersion": self._version,
            "attributes": self._all_attributes(ended=ended),
            "events": self._events,
            "spans": self._spans.plain(self._time),
        }
        return json.dumps(document, separators=(",", ":"), allow_nan=False).encode()

    def _all_attributes(self, *, ended: bool) -> "dict[str, Value]":
        """Return the attributes in alphabetical order, with those that the record says of itself."""
        own: dict[str, Value] = {
            "catalogVersion": self._catalog.version,
            "consentedVersion": self._catalog.consented,
            "telemetryLevel": self._catalog.level,
            "ended": ended,
            "refusedValues": self._refused,
        }
        told = {name: value for name, value in own.items() if self._accepts(name, value)}
        return dict(sorted({**self._attributes, **told}.items()))

    def _accepts(self, name: str, value: "Value") -> bool:
        field = self._catalog.field(name)
        return field is not None and accepts(field, value)
