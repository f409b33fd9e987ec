"""Transfers from a registry to the engine that break off, and are worth another attempt."""

import re
from typing import Final

__all__ = ["PAUSES", "TIRED", "broke_off"]

PAUSES: Final = (0.5, 2.0)
"""Seconds before the second and the third attempt.

A layer that breaks off the engine fetches again by itself, up to five times; it gives up at once where a
registry's first answers do not arrive whole.
"""

TIRED: Final = (
    "The transfer broke off each time that it was tried. Check the engine's network and proxy settings."
)
"""What to do where no attempt succeeded."""

# What engines say about that: Go's words for a connection that ended, and statuses of overloaded servers.
_BROKEN_OFF: Final = (
    r"\bEOF\b|connection reset|broken pipe|use of closed network connection|i/o timeout|TLS handshake timeout"
    r"|Client\.Timeout exceeded|stream error|GOAWAY"
    r"|received unexpected HTTP status: 50[0234]|unexpected status[^:]*: 50[0234]"
)
# A build's own command has failed, whatever words it has in it.
_COMMAND_FAILED: Final = r"did not complete successfully|executor failed running|returned a non-zero code"


def broke_off(message: str) -> bool:
    """Return whether an engine's message, of a pull or a build, says that a transfer broke off."""
    return re.search(_BROKEN_OFF, message) is not None and not re.search(_COMMAND_FAILED, message)
