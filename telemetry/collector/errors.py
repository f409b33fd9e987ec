"""What can go wrong with a collector, in words for the person who operates it."""

__all__ = ["CollectorError", "StoreUnavailable"]


class CollectorError(Exception):
    """A mistake of the operator's, or of the machine's: what is wrong, and what to do.

    `reference` is a stable name such as `settings.unknown-key`, which `docs/operate/errors.md` explains.
    """

    def __init__(self, reference: str, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.reference = reference
        self.hint = hint


class StoreUnavailable(Exception):  # noqa: N818 - a state that passes, not a fault of the caller's
    """The store takes nothing now: full, locked, lost or overloaded. Nothing was written.

    The message is one fixed word for logs and metrics, never a text of the database's own.
    """
