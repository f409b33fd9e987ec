"""Whether a CI system runs us, and which."""

from collections.abc import Iterator, Mapping
from typing import Final

from taskrunner.host.ci import SYSTEMS, on_ci, system
from taskrunner.usage_collectors.answers import Topic

__all__ = ["FIELDS", "collect"]

_TOPIC: Final = Topic(
    proposal="0004-ci",
    level="middle",
    gathered="Whether certain environment variables are set; what they hold is not told.",
    load="Some sixty look-ups, in a thread beside the command.",
    identifying="One of the known systems, each used by thousands.",
    alternatives="The variables' values, which hold names of projects, branches and people.",
)

FIELDS: Final = (
    # At every level: ids on CI are of one session, and would be counted as so many people otherwise.
    _TOPIC.flag("onCi", "How much of the use is by CI systems?", level="basic"),
    _TOPIC.enum(
        "ciSystem",
        "For which CI systems are documents and closer ties worth writing?",
        ("none", *SYSTEMS),
    ),
)


def collect(environment: Mapping[str, str]) -> Iterator[tuple[str, object]]:
    """Give the fields' values."""
    yield "onCi", on_ci(environment)
    yield "ciSystem", system(environment)
