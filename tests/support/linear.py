"""What follows from sums: linear algebra, for tests that play the attacker."""

from collections.abc import Iterable
from typing import Final

__all__ = ["Sums"]

_PRIME: Final = 2**61 - 1
"""Numbers are counted modulo this: as exact as fractions for sums of a few thousand, and much faster."""


class Sums:
    """Sums over the same unknown numbers, of which more and more become known."""

    def __init__(self, unknowns: int) -> None:
        self._unknowns = unknowns
        self._rows: dict[int, list[int]] = {}

    def learn(self, members: Iterable[int], total: int) -> None:
        """Note that these unknowns add up to a total."""
        row = self._reduced(self._row(members, total))
        pivot = next((place for place, value in enumerate(row) if value), None)
        if pivot is not None and pivot < self._unknowns:
            inverse = pow(row[pivot], -1, _PRIME)
            self._rows[pivot] = [value * inverse % _PRIME for value in row]

    def told(self, members: Iterable[int]) -> int | None:
        """Return the sum of these unknowns, if adding and subtracting what is known gives it."""
        row = self._reduced(self._row(members, 0))
        if any(row[: self._unknowns]):
            return None
        total = -row[-1] % _PRIME
        return total if total <= _PRIME // 2 else total - _PRIME

    def _row(self, members: Iterable[int], total: int) -> list[int]:
        row = [0] * (self._unknowns + 1)
        for member in members:
            row[member] = 1
        row[-1] = total
        return row

    def _reduced(self, row: list[int]) -> list[int]:
        for place in range(self._unknowns):
            if row[place] and place in self._rows:
                factor, known = row[place], self._rows[place]
                row = [(value - factor * other) % _PRIME for value, other in zip(row, known, strict=True)]
        return row
