"""Where sessions go: the one place that names a collector.

Whoever distributes a program with telemetry sets the two addresses here, or hands its own to
`Destination`. As shipped they lie below `.example`, which nobody can register (RFC 2606), so no build
talks to a stranger's host.
"""

import re
from typing import Final, NamedTuple

__all__ = ["DEFAULT", "DEVELOPMENT", "Destination", "EndpointError", "is_release"]

DEFAULT: Final = "https://{level}.telemetry.example"
DEVELOPMENT: Final = "https://{level}.development.telemetry.example"

_PATH: Final = "/v1/sessions"
_RELEASE: Final = re.compile(r"[0-9]+\.[0-9]+\.[0-9]+")
_URL: Final = re.compile(
    r"(?P<scheme>https?)://(?P<host>[a-z0-9]([a-z0-9.-]*[a-z0-9])?|\[[0-9a-f:.]+\])(:[0-9]{1,5})?(/[!-~]*)?",
    re.IGNORECASE,
)
_LOOPBACK: Final = re.compile(r"localhost|127(\.[0-9]{1,3}){3}|\[::1\]", re.IGNORECASE)


class EndpointError(ValueError):
    """An address that no session may be sent to; the message says why."""


class Destination(NamedTuple):
    """The collector's address; `{level}` in it stands for the level of the session."""

    override: str | None = None
    """Named by the user or the administrator; holds for every level and every version."""
    default: str = DEFAULT
    development: str = DEVELOPMENT
    """For versions that are not exactly X.Y.Z, so that they do not blur the figures of releases."""

    def url(self, level: str, version: str) -> str:
        """Return the address that a session is put to. Raises EndpointError."""
        base = self.override or (self.default if is_release(version) else self.development)
        return f"{_checked(base.replace('{level}', level)).rstrip('/')}{_PATH}"


def is_release(version: str) -> bool:
    """Return whether a version is exactly X.Y.Z."""
    return _RELEASE.fullmatch(version) is not None


def _checked(base: str) -> str:
    match = _URL.fullmatch(base)
    if not match or "?" in base or "#" in base:
        raise EndpointError(
            f"{base!r} is no address of a collector: write https://host or https://host:port, "
            "without user name, query or fragment."
        )
    if match["scheme"].lower() == "http" and not _LOOPBACK.fullmatch(match["host"]):
        raise EndpointError(
            f"{base!r} would send sessions unencrypted: write https://, or http:// on loopback."
        )
    return base
