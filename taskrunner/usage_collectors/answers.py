"""What the fields of one topic have in common, so that each says only what is its own."""

from typing import Any, NamedTuple

from telemetry.entries import Field

__all__ = ["NUMBERS", "OWNER", "Topic"]

OWNER = "The maintainers of taskrunner"

NUMBERS = ("0", "1", "2", "3", "4", "5", "6-10", "11-20", "21-50", "51-100", "101+")
"""Fine where most projects are, coarse where a number could stand out."""


class Topic(NamedTuple):
    """Answers that hold for each field of a topic unless it gives its own."""

    proposal: str
    level: str
    gathered: str
    load: str
    identifying: str
    alternatives: str
    summarised: str = "Users and sessions a week, by value."
    drawn: str = "Bars, largest first."
    since: int = 1
    owner: str = OWNER

    def field(self, name: str, kind: str, question: str, example: str | int, **own: Any) -> Field:
        """Return a field with the topic's answers, but for those given here."""
        return Field(
            **{**self._asdict(), "name": name, "kind": kind, "question": question, "example": example, **own}
        )

    def flag(self, name: str, question: str, **own: Any) -> Field:
        """Return a field that is true or false."""
        return self.field(name, "flag", question, **{"example": True, **own})

    def bucket(self, name: str, question: str, members: tuple[str, ...] = NUMBERS, **own: Any) -> Field:
        """Return a field for a number that is told by the range that it lies in."""
        return self.field(name, "bucket", question, members[1], members=members, **own)

    def enum(self, name: str, question: str, members: tuple[str, ...], **own: Any) -> Field:
        """Return a field for one of a few words, `other` among them."""
        return self.field(name, "enum", question, members[0], members=(*members, "other"), **own)
