"""What is read of the sums in the same way from every database: in portable SQL."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any, Final

from telemetry.collector.aggregates.model import Note, Publication, Row

__all__ = ["PUBLICATION", "ROW", "Reading"]

PUBLICATION: Final = ", ".join(Publication._fields)
ROW: Final = ", ".join(Row._fields)
_PUBLICATIONS: Final = f"SELECT {PUBLICATION} FROM publications ORDER BY first_day, id"  # noqa: S608
_ROWS: Final = (
    f"SELECT {ROW} FROM cells WHERE publication = (SELECT id FROM publications WHERE "  # noqa: S608
    "application = :application AND site = :site AND kind = :kind AND period = :period) "
    "ORDER BY topic, name, segment, version, value"
)
_GENERATION: Final = "SELECT (SELECT max(id) FROM publications), (SELECT max(id) FROM notes)"


class Reading(ABC):
    """The half of an `AggregateStore` that only asks."""

    @abstractmethod
    async def query(self, sql: str, values: Mapping[str, Any]) -> Sequence[tuple[Any, ...]]:
        """Return the rows of one SELECT in portable SQL, with `:name` for each value."""

    async def publications(self) -> Sequence[Publication]:
        """Return all publications, oldest period first."""
        return [Publication(*row) for row in await self.query(_PUBLICATIONS, {})]

    async def rows(self, publication: Publication) -> Sequence[Row]:
        """Return the cells of one publication."""
        return [Row(*row) for row in await self.query(_ROWS, publication._asdict())]

    async def notes(self) -> Sequence[Note]:
        """Return the notes on redactions, oldest first."""
        return [Note(*row) for row in await self.query("SELECT at, cell, reason FROM notes ORDER BY id", {})]

    async def generation(self) -> str:
        """Return a text that changes with each change of what is published."""
        ((publications, notes),) = await self.query(_GENERATION, {})
        return f"{publications or 0}-{notes or 0}"
