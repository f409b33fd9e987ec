"""Calls that are made again, a little later: where the engine failed, and twice does no harm.

A busy engine answers with status 500 now and then, and one that is reloaded drops its connections. To leave
a container behind for that is a worse end of a run than half a second more.
"""

import time
from typing import TYPE_CHECKING, Final, TypeVar

from taskrunner.engine.errors import ApiError
from taskrunner.errors import EngineError

if TYPE_CHECKING:
    from collections.abc import Callable

    from taskrunner.engine.cancellation import CancelScope

__all__ = ["HARMLESS_TWICE", "until_well"]

T = TypeVar("T")

HARMLESS_TWICE: Final = frozenset({"GET", "HEAD", "DELETE"})
"""Methods whose calls may be made again, whether or not the engine has acted (RFC 9110, section 9.2.2)."""

# Seconds before the second attempt, and before the third and last.
_PAUSES = (0.1, 0.4)
# The rest of the 500s are no accidents: it will never be implemented, or never be that version of HTTP.
_ACCIDENTS = frozenset({500, 502, 503, 504})


def until_well(attempt: "Callable[[], T]", scope: "CancelScope | None") -> "T":
    """Make a call up to three times, as long as what goes wrong may pass by itself.

    Raises what the last attempt raised, and Cancelled.
    """
    for pause in _PAUSES:
        try:
            return attempt()
        except EngineError as error:
            if not _may_pass(error):
                raise
        if scope is None:
            time.sleep(pause)
        else:
            scope.wait(pause)
    return attempt()


def _may_pass(error: EngineError) -> bool:
    if isinstance(error, ApiError):
        return error.status in _ACCIDENTS and not error.is_gone
    return error.reference == "engine.connection-lost"
