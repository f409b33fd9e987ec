"""Entries that every catalogue needs: what a record says of itself, of its upload and of crashes."""

from typing import Final, Protocol

from telemetry.entries import EventType, Field

__all__ = ["COUNTER_BUCKETS", "UPLOAD_TIMES", "standard_events", "standard_fields"]

COUNTER_BUCKETS: Final = ("0", "1", "2-5", "6-20", "21-100", "101+")
UPLOAD_TIMES: Final = ("0-99", "100-499", "500-1999", "2000-9999", "10000+")
"""Milliseconds."""

_LEVELS: Final = ("basic", "middle", "full", "other")
_HANDLERS: Final = ("main", "thread", "unraisable", "step", "other")


class _Template(Protocol):
    def __call__(
        self, name: str, kind: str, question: str, gathered: str, *, example: str | int | bool
    ) -> Field:
        """Return a field."""


def standard_fields(owner: str, proposal: str) -> tuple[Field, ...]:
    """Return the fields that `Session` and the spool fill in, for a catalogue to hold."""
    return (*_of_the_record(owner, proposal), *_of_earlier_uploads(owner, proposal))


def standard_events(owner: str, proposal: str) -> tuple[EventType, ...]:
    """Return the event of an error that nothing caught, with its sanitised trace."""
    trace = _trace(owner, proposal)
    return (
        EventType(
            name="UnhandledException",
            level="full",
            question="Which faults of the program do people meet, and how often?",
            gathered="The hooks that Python calls for an error that nothing caught.",
            load="None, unless the program fails.",
            identifying="That a program failed says nothing about who ran it.",
            since=1,
            alternatives="Waiting for reports, which few people write.",
            summarised="Sessions a week with at least one.",
            drawn="Line over time, by version.",
            owner=owner,
            proposal=proposal,
            attributes=(trace, _handler(trace)),
        ),
    )


def _trace(owner: str, proposal: str) -> Field:
    return Field(
        name="trace",
        kind="symbol",
        level="full",
        question="Where in the program did it fail?",
        example="builtins:KeyError at app.cli:main:12 > app.config:load:40",
        gathered="The traceback's frames are looked up in the list of the release's own functions.",
        load="Less than a millisecond, and only when the program fails anyway.",
        identifying="It holds names of the program's own code alone, never a message, a path or a value.",
        since=1,
        alternatives="The traceback's text, which holds paths and messages; a hash, which nobody can mend.",
        summarised="Crashes a week, by trace without line numbers.",
        drawn="Table of the most frequent traces.",
        owner=owner,
        proposal=proposal,
    )


def _handler(trace: Field) -> Field:
    return trace._replace(
        name="caughtBy",
        kind="enum",
        question="Did it end the program, or only a part of it?",
        example="main",
        gathered="Each place that catches such an error has a name, fixed in the code.",
        load="None.",
        identifying="One of four words.",
        alternatives="None that is simpler.",
        summarised="Crashes a week, by place.",
        drawn="Column of the table of traces.",
        members=_HANDLERS,
    )


_RECORD: Final[tuple[tuple[str, str, str, str, str | int | bool], ...]] = (
    (
        "telemetryLevel",
        "enum",
        "Which fields can this record have at all?",
        "The level that the person agreed to.",
        "basic",
    ),
    (
        "catalogVersion",
        "count",
        "By which catalogue is this record to be read?",
        "The number that the release carries.",
        3,
    ),
    (
        "consentedVersion",
        "count",
        "Is a field missing because nobody agreed to it yet?",
        "The catalogue version at the time of the yes.",
        3,
    ),
    (
        "ended",
        "flag",
        "How many runs are killed before they end?",
        "False in the record of a run under way, which is sent only if that run never came to its end.",
        True,
    ),
    (
        "firstReport",
        "flag",
        "How many people start to use the program?",
        "True until a first record of this installation was sent.",
        False,
    ),
    (
        "refusedValues",
        "count",
        "Does the program try to record what the catalogue forbids?",
        "Counted where a value, an event or a span is turned away.",
        0,
    ),
    (
        "failedCollectors",
        "count",
        "Which part of what is missing is missing through a fault?",
        "Counted where a collector raises an error.",
        0,
    ),
)
"""Name, kind, question, how it is gathered, example."""


def _of_the_record(owner: str, proposal: str) -> tuple[Field, ...]:
    base = _template(owner, proposal)
    fields = [base(*words, example=example) for *words, example in _RECORD]
    return tuple(
        field._replace(members=_LEVELS) if field.name == "telemetryLevel" else field for field in fields
    )


def _of_earlier_uploads(owner: str, proposal: str) -> tuple[Field, ...]:
    base = _template(owner, proposal)
    gathered = "Counters in the spool's folder, reset when a session has carried them."
    counted = {
        "uploadsSent": "How much of what is recorded arrives?",
        "uploadsDropped": "How much is lost because it grew too old or too much?",
        "uploadsRefused": "How much does the collector turn away?",
        "uploadsQuarantined": "How often do records get damaged on the disk?",
        "uploadsFailed": "How many attempts fail?",
        "runsAbandoned": "How many runs are killed?",
    }
    return (
        *(
            base(name, "bucket", question, gathered, example="2-5")._replace(members=COUNTER_BUCKETS)
            for name, question in counted.items()
        ),
        base(
            "uploadDuration",
            "bucket",
            "How long does it take to send one record, in milliseconds?",
            "Measured by the process that sends, for its last record.",
            example="100-499",
        )._replace(members=UPLOAD_TIMES),
    )


def _template(owner: str, proposal: str) -> _Template:
    """Return a maker of basic fields that are simple facts of a record."""

    def field(name: str, kind: str, question: str, gathered: str, *, example: str | int | bool) -> Field:
        return Field(
            name=name,
            kind=kind,
            level="basic",
            question=question,
            example=example,
            gathered=gathered,
            load="None: the value is at hand.",
            identifying="A fact of the record, which many records share.",
            since=1,
            alternatives="Leaving it out, and with it the means to judge how far the data can be trusted.",
            summarised="Sessions a week, by value.",
            drawn="Bars, on the page about the data's own quality.",
            owner=owner,
            proposal=proposal,
        )

    return field
