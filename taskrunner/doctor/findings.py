"""What a check has to say."""

from typing import Final, Literal, NamedTuple, TypeAlias

from taskrunner.errors import Position

__all__ = ["LEVELS", "Finding", "Level"]

Level: TypeAlias = Literal["ok", "note", "warning", "broken"]

LEVELS: Final[tuple[Level, ...]] = ("ok", "note", "warning", "broken")
"""`ok`: as it should be; `note`: good to know; `warning`: may hurt; `broken`: runs fail because of it."""


class Finding(NamedTuple):
    """One thing that a check found. Documented in docs/reference/doctor.md."""

    name: str
    """Stable name, such as `images.latest-tag`; the first word is the topic."""
    level: Level
    message: str
    """What is the case; one or more sentences."""
    remedy: str | None = None
    """What to do about it; None where nothing has to be done."""
    where: Position | None = None

    @property
    def topic(self) -> str:
        """The check that found it."""
        return self.name.partition(".")[0]
