"""Counts values field by field, some hundred rows at a time.

To count the rows of a week field by field at its end would fetch each row from memory as often as it has
fields; a few hundred stay in the processor's cache, and need not be held.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final

from telemetry.collector.summary.tally import FEW, Cell

__all__ = ["Columns", "SharedColumns", "Who"]

_ROWS: Final = 256

Text = Callable[[Any], str]


class Columns:
    """Counts rows, each of which counts once."""

    def __init__(self, width: int) -> None:
        self._rows: list[Sequence[Any]] = []
        self._counters: list[Counter[Any]] = [Counter() for _ in range(width)]

    def add(self, rows: Iterable[Sequence[Any]]) -> None:
        """Count rows."""
        self._rows.extend(rows)
        if len(self._rows) >= _ROWS:
            self._count()

    def counters(self) -> list[Counter[Any]]:
        """Return how often each value of each column was there."""
        self._count()
        return self._counters

    def _count(self) -> None:
        if self._rows:
            for counter, column in zip(self._counters, zip(*self._rows, strict=True), strict=True):
                counter.update(column)
            self._rows.clear()


class SharedColumns:
    """Counts rows, and how many people had them."""

    def __init__(self, texts: Sequence[Text]) -> None:
        """`texts` tell what is published of a value, for each column."""
        self._rows: list[Sequence[Any]] = []
        self._users: list[bytes] = []
        self._columns = [_Shared(text) for text in texts]

    def add(self, user: bytes, rows: Sequence[Sequence[Any]]) -> None:
        """Count all rows of one person: they must be given at once."""
        self._rows.extend(rows)
        self._users.extend([user] * len(rows))
        if len(self._rows) >= _ROWS:
            self._count()

    def cells(self) -> list[dict[str, Cell]]:
        """Return the cells of each column, by what is published of a value."""
        self._count()
        return [column.cells() for column in self._columns]

    def _count(self) -> None:
        if self._rows:
            for shared, column in zip(self._columns, zip(*self._rows, strict=True), strict=True):
                shared.add(column, self._users)
            self._rows.clear()
            self._users.clear()


class Who:
    """How many people there are, and who, as long as they are few. Each is counted once."""

    __slots__ = ("ids", "number")

    def __init__(self) -> None:
        self.number = 0
        self.ids: list[bytes] = []

    def add(self, number: int, users: Iterable[bytes]) -> None:
        """Count so many more, who are only looked at while there are few."""
        self.number += number
        if self.number <= FEW:
            self.ids.extend(users)

    def cell(self, sessions: int) -> Cell:
        """Return a cell of these people."""
        return Cell(self.number, sessions, frozenset(self.ids) if self.number <= FEW else None)


class _Shared:
    """One column of rows that people have."""

    def __init__(self, text: Text) -> None:
        self._text = text
        self._texts: dict[Any, str] = {}
        self._sessions: Counter[str] = Counter()
        self._people: Counter[str] = Counter()
        self._few: dict[str, list[bytes]] = {}

    def add(self, column: Sequence[Any], users: Sequence[bytes]) -> None:
        for value in {*column}.difference(self._texts):
            self._texts[value] = self._text(value)
        texts = [*map(self._texts.__getitem__, column)]
        self._sessions.update(texts)
        pairs = {*zip(texts, users, strict=True)}
        self._people.update([text for text, _ in pairs])
        few = {text for text in {*texts} if self._people[text] <= FEW}
        if few:
            for text, user in pairs:
                if text in few:
                    self._few.setdefault(text, []).append(user)

    def cells(self) -> dict[str, Cell]:
        return {text: self._cell(text, many) for text, many in self._sessions.items()}

    def _cell(self, text: str, sessions: int) -> Cell:
        people = self._people[text]
        return Cell(people, sessions, frozenset(self._few[text]) if people <= FEW else None)
