"""What is published, and what a store of it does, whichever database it is."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, Protocol

__all__ = ["AggregateStore", "Note", "Publication", "Row"]


class Publication(NamedTuple):
    """The sums of one application over one period. Never changed once written, but for redactions."""

    application: str
    site: str
    """`production` for versions that are exactly X.Y.Z, `development` for all others."""
    kind: str
    """`day`, `week` or `month`."""
    period: str
    """`2026-11-26`, `2026-W48` or `2026-11`."""
    first_day: int
    """Of the period, in days since 1970."""
    frozen: int
    """When it was published, in milliseconds since 1970."""
    least: int
    """People that a cell needs at least."""
    noise: float
    """The budget epsilon that the noise in this publication used up for each person; 0 is no noise."""
    unreadable: int
    """Sessions that were left out because no catalogue explains them any more; in whole tens."""


class Row(NamedTuple):
    """One published cell."""

    topic: str
    """`people`, `sessions`, `duration`, `event`, `active`, `leaving`, `quality` or `refused`."""
    name: str
    """The field, span or event that it is about."""
    segment: str
    """`people`, `agents` or `ci`."""
    version: str
    """X.Y; empty where versions are not told apart, `~` for all that are too small to stand alone."""
    value: str
    """Of the field; empty for "not told", `~` for all that are too small to stand alone."""
    people: int | None = None
    sessions: int | None = None
    median: int | None = None
    """Milliseconds."""
    high: int | None = None
    """The 95th percentile, in milliseconds."""
    failed: int | None = None
    """How often it failed, in whole per cent."""

    def key(self, application: str, period: str) -> str:
        """Return the cell's public name, such as `taskrunner/2026-W47/people/people/osName/linux`."""
        version = f"@{self.version}" if self.version else ""
        return f"{application}/{period}/{self.segment}/{self.topic}/{self.name}{version}/{self.value}"


class Note(NamedTuple):
    """That a cell was taken out of a publication, and why: public."""

    at: int
    """Milliseconds since 1970."""
    cell: str
    reason: str


class AggregateStore(Protocol):
    """A store of sums. Safe to use from one event loop, and by several processes at once.

    Every method raises StoreUnavailable where the database does not answer, and has then changed nothing.
    """

    async def publish(self, publication: Publication, rows: Sequence[Row]) -> bool:
        """Write a publication; return False, and change nothing, where the period is published already."""

    async def publications(self) -> Sequence[Publication]:
        """Return all publications, oldest period first."""

    async def query(self, sql: str, values: Mapping[str, Any]) -> Sequence[tuple[Any, ...]]:
        """Return the rows of one SELECT in portable SQL, with `:name` for each value."""

    async def rows(self, publication: Publication) -> Sequence[Row]:
        """Return the cells of one publication."""

    async def replace(self, publication: Publication, rows: Sequence[Row], note: Note) -> None:
        """Exchange the cells of a publication after a redaction, and keep the note, in one transaction."""

    async def notes(self) -> Sequence[Note]:
        """Return the notes on redactions, oldest first."""

    async def generation(self) -> str:
        """Return a text that changes with each change of what is published."""

    async def close(self) -> None:
        """Close it."""
