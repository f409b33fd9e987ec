"""The page that tells people what is collected, made from the catalogue itself."""

from collections.abc import Iterator, Sequence

from telemetry.catalog import Catalog
from telemetry.entries import LEVELS, SUMMARY_NAMES, Entry, EventType, Field, SpanType

__all__ = ["what_is_collected"]

_KINDS = {
    "flag": "true or false",
    "count": "a whole number",
    "bucket": "one of these ranges",
    "enum": "one of these words",
    "version": "numbers with dots between them, such as 1.2.3",
    "symbol": "a trace of names from the program's own code",
    "duration": "a number of milliseconds",
    "time": "a time in UTC",
    "id": "a random id",
}

_HEAD = """
This page is made from the catalogue by which the program records and the collector receives, so it is
complete: what is not here cannot be sent.

Each record also has a random id of the session, an id of the user that is made of a random number, the
times of its start and its end, and the program's name and version.
""".splitlines()

_EVENTS = """
## Events

Things that happen at one instant, each with its time.
""".splitlines()

_SPANS = """
## Spans

Things that last, each with its start and its end. Where there are more than 400, all of one kind are told as
one, with their number, their total and their longest time.
""".splitlines()


def what_is_collected(catalog: Catalog, *, title: str) -> str:
    """Return a page in Markdown with each field, event and span, and the reasons for it."""
    return "\n".join(_lines(catalog, title)) + "\n"


def _lines(catalog: Catalog, title: str) -> Iterator[str]:
    yield f"# {title}"
    yield from _HEAD
    yield f"It describes version {catalog.version} of the catalogue."
    for level in LEVELS[1:]:
        yield from ("", f"## Level {level}")
        yield from _section([field for field in catalog.attributes if field.level == level])
    yield from _EVENTS
    yield from _section(catalog.events)
    yield from _SPANS
    yield from _section(catalog.spans)


def _section(entries: Sequence[Entry]) -> Iterator[str]:
    for entry in entries:
        yield ""
        yield f"### {entry.name}"
        yield ""
        yield from _answers(entry)
        if isinstance(entry, EventType | SpanType):
            own = [field for field in entry.attributes if field.name not in SUMMARY_NAMES]
            yield from (f"- `{field.name}`: {_value(field)} {field.question}" for field in own)


def _answers(entry: Entry) -> Iterator[str]:
    yield f"{entry.question}"
    yield ""
    if isinstance(entry, Field):
        yield f"- Value: {_value(entry)} Example: `{_literal(entry.example)}`."
    else:
        yield f"- Level: {entry.level}."
    yield f"- How it is gathered: {entry.gathered}"
    yield f"- What that costs: {entry.load}"
    yield f"- Why it identifies nobody: {entry.identifying}"
    yield f"- In its place was considered: {entry.alternatives}"
    yield f"- How it is summed up and shown: {entry.summarised} {entry.drawn}"
    ends = f"; until {entry.until}" if entry.until else ""
    proposal = f"[Proposal](metrics/{entry.proposal}.md)"
    yield f"- Since catalogue version {entry.since}{ends}. {proposal}. {entry.owner}."


def _value(field: Field) -> str:
    members = f": {', '.join(f'`{member}`' for member in field.members)}" if field.members else ""
    return f"{_KINDS[field.kind]}{members}."


def _literal(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
