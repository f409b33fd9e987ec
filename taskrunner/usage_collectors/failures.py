"""What goes wrong: by fixed names, and for what nobody could foresee by a sanitised trace."""

from typing import Any, Final

from taskrunner.usage_collectors.answers import OWNER, Topic
from taskrunner.usage_collectors.references import REFERENCES
from telemetry.entries import EventType

__all__ = ["EVENTS", "KINDS"]

KINDS: Final = (
    "ImagePullFailed",
    "ImageBuildFailed",
    "NetworkFailed",
    "ContainerCreateFailed",
    "ContainerStartFailed",
    "ContainerUnhealthy",
    "ContainerNotCompleted",
    "SetupCommandFailed",
    "StepCrashed",
    "Interrupted",
    "CleanupFailed",
)

_ANSWERS: Final[dict[str, Any]] = {
    "level": "full",
    "load": "None, unless something fails.",
    "identifying": "That something failed says nothing about who ran it.",
    "since": 1,
    "alternatives": "Waiting for reports, which few people write.",
    "summarised": "Sessions a week, by value.",
    "drawn": "Bars, largest first.",
    "owner": OWNER,
    "proposal": "0012-failures",
}
_TOPIC: Final = Topic(
    proposal="0012-failures",
    level="full",
    gathered="The error's own reference, looked up in the list of all references.",
    load="None, unless something fails.",
    identifying="A fixed word from our own list; never the error's message.",
    alternatives="The message, which holds paths and names.",
)

EVENTS: Final = (
    EventType(
        name="CommandFailed",
        question="Which errors end commands, and which of them need better messages?",
        gathered="The error that the command ends with.",
        attributes=(
            _TOPIC.enum("reference", "Which error is it?", REFERENCES),
            _TOPIC.field(
                "trace",
                "symbol",
                "Where in taskrunner did the engine, the network or the disk fail us?",
                "taskrunner.errors:EngineError at taskrunner.engine.http:read_answer:70",
                gathered="The traceback's frames, looked up in the list of the release's own functions; "
                "only for failures of engine, network and disk, not for mistakes in a config.",
                load="Less than a millisecond, and only when a command fails anyway.",
                identifying="It holds names of taskrunner's own code alone.",
            ),
        ),
        **_ANSWERS,
    ),
    EventType(
        name="StepFailed",
        question="What goes wrong in the middle of runs?",
        gathered="The kind of the event that tells the failure to the person.",
        attributes=(
            _TOPIC.enum("failure", "Which kind of failure is it?", KINDS, gathered="The event's kind."),
        ),
        **_ANSWERS,
    ),
)
