"""What an attempt to upload a session came to."""

from typing import Final, Literal, NamedTuple

__all__ = ["Outcome", "Verdict", "classify", "failure", "parse_retry_after"]

Verdict = Literal["stored", "refused", "gone", "later"]
"""The collector has it; will never take it; will take nothing any more; or: try again another time."""

_STORED: Final = frozenset({201, 304})
_TRANSIENT: Final = frozenset({408, 425, 429})


class Outcome(NamedTuple):
    """The end of one attempt."""

    verdict: Verdict
    answer: str
    """The status code, or a fixed word for what came in its place, such as `timeout`."""
    retry_after: float | None = None
    """Seconds for which the collector asked to be left alone."""


def classify(status: int, retry_after: str | None = None) -> Outcome:
    """Judge an HTTP status code; `retry_after` is the header of that name.

    304 says that the collector had the session already. Redirects, and successes other than 201, come
    from something between here and a collector, such as the login page of a network: they say nothing
    about the session, which stays.
    """
    answer = str(status)
    if status in _STORED:
        return Outcome("stored", answer)
    if status == 410:
        return Outcome("gone", answer)
    if 400 <= status < 500 and status not in _TRANSIENT:
        return Outcome("refused", answer)
    return Outcome("later", answer, parse_retry_after(retry_after))


def failure(answer: str) -> Outcome:
    """Judge an attempt that got no answer from a collector; the session stays."""
    return Outcome("later", answer)


def parse_retry_after(text: str | None) -> float | None:
    """Return the seconds that a `Retry-After` header asks for, or None where it asks for none.

    Takes a number of seconds or an HTTP date (RFC 9110, section 10.2.3).
    """
    if text is None:
        return None
    text = text.strip()
    if text.isascii() and text.isdigit():
        return float(text[:12])
    import time
    from email.utils import parsedate_to_datetime

    try:
        return max(0.0, parsedate_to_datetime(text).timestamp() - time.time())
    except (ValueError, OverflowError, IndexError, TypeError):
        return None
