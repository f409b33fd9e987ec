"""What a store of sessions does, whichever database it is."""

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Final, NamedTuple, Protocol

__all__ = [
    "EVERYBODY",
    "MILLISECONDS_A_DAY",
    "NEWEST",
    "Audit",
    "Day",
    "Part",
    "RawStore",
    "Refusal",
    "StoredSession",
    "day_of",
]

MILLISECONDS_A_DAY: Final = 24 * 3600 * 1000
NEWEST: Final = (2**60, b"")
"""A place before all sessions, where the newest is the first: an instant after all others, and no id."""
_IDS: Final = 2**128


def day_of(milliseconds: int) -> int:
    """Return the day, in days since 1970 in UTC, of an instant in milliseconds since 1970."""
    return milliseconds // MILLISECONDS_A_DAY


class StoredSession(NamedTuple):
    """A session that was validated, as it is kept. Instants are in milliseconds since 1970."""

    session_id: bytes
    """The 16 bytes of the UUID."""
    user_id: bytes
    application: str
    version: str
    received: int
    started: int
    """By the sender's clock, as is `ended`."""
    ended: int
    on_ci: bool
    body: bytes
    """The session in wire format v1: JSON without blanks, every value of it in the catalogue."""


class Day(NamedTuple):
    """What a store holds of one day; sessions belong to the day on which they were received."""

    day: int
    sessions: int
    revision: int
    """Grows when sessions of that day are deleted before they expire: sums of it are then out of date."""


class Part(NamedTuple):
    """One of `parts` shares of the people: a range of their ids, which are evenly spread."""

    number: int
    parts: int

    @property
    def first(self) -> bytes:
        """The lowest id in it."""
        return (self.number * _IDS // self.parts).to_bytes(16, "big")

    @property
    def last(self) -> bytes:
        """The highest id in it."""
        return ((self.number + 1) * _IDS // self.parts - 1).to_bytes(16, "big")


EVERYBODY: Final = Part(0, 1)


class Refusal(NamedTuple):
    """Sessions turned away for one reason; no value of theirs, and no name that the catalogue lacks."""

    day: int
    application: str
    """Of a known application, else empty."""
    key: str
    """Where it was wrong: `attributes.exitCode`, or `attributes.*` for a name that is not known."""
    kind: str
    """What was wrong, as one of the fixed words of answers."""


class Audit(NamedTuple):
    """That somebody looked at sessions, or had some deleted."""

    at: int
    action: str
    reason: str
    sessions: int


class RawStore(Protocol):
    """A store of sessions. Safe to use from one event loop, and by several processes at once.

    Every method raises StoreUnavailable where the database does not answer or takes nothing, and has
    then changed nothing.
    """

    async def add(self, session: StoredSession) -> bool:
        """Keep a session; return whether it is new. Once it returns, a kill of the process loses nothing."""

    async def check(self) -> None:
        """Return if the store would take a session now."""

    async def days(self) -> Sequence[Day]:
        """Return the days of which sessions are held, oldest first."""

    def sessions(
        self, day: int, *, application: str = "", part: Part = EVERYBODY
    ) -> AsyncIterator[Sequence[StoredSession]]:
        """Give the sessions of a day in batches of some thousand, in the order in which they came.

        Readers that share the work each take a part of the people, so that none meets another's.
        """

    async def of_users(
        self, application: str, users: Sequence[bytes], *, most: int, before: tuple[int, bytes] = NEWEST
    ) -> Sequence[StoredSession]:
        """Return the newest sessions of these user ids, the newest first.

        Of those that were received in the same millisecond the highest id is the first, so that instant and
        id of the last one are a place from which to go on.
        """

    async def delete_users(self, application: str, users: Sequence[bytes]) -> int:
        """Delete all sessions of these user ids, raise the revision of their days, return the number."""

    async def delete_before(self, day: int) -> int:
        """Delete the sessions and refusals of all days before this one, from the disk too.

        Returns the number of sessions.
        """

    async def add_refusals(self, refusals: Mapping[Refusal, int]) -> None:
        """Add to the numbers of sessions that were turned away."""

    async def refusals(self, day: int) -> Mapping[Refusal, int]:
        """Return the numbers of a day's sessions that were turned away."""

    async def claim(self, job: str, day: int, *, now: int, lease: int) -> bool:
        """Return whether this process is the one to do a day's job, among all that ask.

        A claim that was not finished within `lease` milliseconds can be taken over.
        """

    async def finish(self, job: str, day: int, *, now: int) -> None:
        """Note that a claimed job is done."""

    async def add_audit(self, entry: Audit) -> None:
        """Note who looked at raw data, and why."""

    async def audits(self) -> Sequence[Audit]:
        """Return those notes, oldest first."""

    async def close(self) -> None:
        """Finish what was accepted, and close."""
