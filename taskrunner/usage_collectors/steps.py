"""The spans of a run: the config, each task, each step."""

from typing import Any, Final

from taskrunner.usage_collectors.answers import OWNER, Topic
from telemetry.entries import SpanType

__all__ = ["SPANS"]

_ANSWERS: Final[dict[str, Any]] = {
    "level": "full",
    "gathered": "The times of two events of the run.",
    "load": "Two readings of the clock.",
    "identifying": "A start and an end; what was worked on is not told.",
    "since": 1,
    "alternatives": "Sums for the whole run, which hide what a change made slower.",
    "summarised": "Median and 95th percentile a week, by version.",
    "drawn": "Line over time, by version.",
    "owner": OWNER,
    "proposal": "0011-steps",
}
_TOPIC: Final = Topic(
    proposal="0011-steps",
    level="full",
    gathered="The events of the run.",
    load="None.",
    identifying="A number in ranges, or true or false.",
    alternatives="The names of what was worked on, which are the project's own.",
    summarised="Spans a week, by value.",
    drawn="Within the chart of the span.",
)
_FAILED: Final = _TOPIC.flag("failed", "How often does this step fail?", example=False)

_QUESTIONS: Final = {
    "PullImage": "How long do people wait for images, and how often are those there already?",
    "BuildImage": "How long do builds take?",
    "CreateNetwork": "How long does a network take?",
    "CreateContainer": "How long does creating a container take?",
    "StartContainer": "How long does the engine take to start a container?",
    "WaitForHealth": "How long do dependencies take to become healthy?",
    "SetupCommand": "How long do set-up commands take?",
    "RunContainer": "How long do containers run?",
    "StopContainer": "How long does stopping take: do containers obey their signal?",
    "RemoveContainer": "How long does removing take?",
    "RemoveNetwork": "How long does removing the network take?",
}

SPANS: Final = (
    SpanType(name="LoadConfiguration", question="How long does loading a config take?", **_ANSWERS),
    SpanType(
        name="RunTask",
        question="How long do tasks take, clean-up included?",
        attributes=(
            _TOPIC.bucket("containers", "How many containers does a task start?"),
            _TOPIC.flag("prerequisitesOnly", "Are there tasks that only gather others?"),
            _FAILED,
        ),
        **_ANSWERS,
    ),
    *(
        SpanType(name=name, question=question, attributes=(_FAILED,), **_ANSWERS)
        for name, question in _QUESTIONS.items()
    ),
)
