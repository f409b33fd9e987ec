"""Proxy settings of the host, for containers and builds that have to reach the network the same way.

Source of the rules: batect. Programs disagree on the case of these variables, so both are set.
"""

import re
from collections.abc import Iterable, Mapping

from taskrunner.records import NamedTuple

__all__ = ["LocalProxy", "local_proxy", "proxy_variables", "reaching_directly"]

_NAMES = ("http_proxy", "https_proxy", "ftp_proxy", "no_proxy")

_LOCAL = (
    r"(?P<before>(?:(?P<scheme>[a-z][a-z0-9+.-]*)://)?(?:[^@/\s]*@)?)"
    r"(?P<host>localhost|127(?:\.[0-9]{1,3}){3}|\[::1\])(?::(?P<port>[0-9]{1,5}))?(?P<after>/.*)?"
)
# As curl has it where a proxy's address names no port; other programs take those of the scheme.
_PORTS = {"http": 80, "https": 443}
_USUAL_PORT = 1080


class LocalProxy(NamedTuple):
    """A proxy on this machine's loopback, as a variable's value names it."""

    before: str
    """What stands before the host: scheme, user and password."""
    host: str
    """Without brackets."""
    port: int
    after: str

    def at(self, host: str, port: int) -> str:
        """Return the value for the same proxy at another address."""
        return f"{self.before}{host}:{port}{self.after}"


def local_proxy(value: str) -> LocalProxy | None:
    """Return the proxy that a value names if it is on loopback, which is another one in each container."""
    found = re.fullmatch(_LOCAL, value, re.IGNORECASE)
    if found is None:
        return None
    port = int(found["port"] or _PORTS.get((found["scheme"] or "").lower(), _USUAL_PORT))
    return LocalProxy(found["before"], found["host"].strip("[]"), port, found["after"] or "")


def proxy_variables(environment: Mapping[str, str]) -> dict[str, str]:
    """Return the host's proxy variables in both cases; a case that is not set takes the other's value."""
    found: dict[str, str] = {}
    for name in _NAMES:
        lower, upper = environment.get(name), environment.get(name.upper())
        if lower is not None or upper is not None:
            found[name] = lower if lower is not None else upper or ""
            found[name.upper()] = upper if upper is not None else lower or ""
    return found


def reaching_directly(variables: Mapping[str, str], names: Iterable[str]) -> dict[str, str]:
    """Return proxy variables by which these hosts are reached without a proxy; no variables stay none."""
    if not variables:
        return {}
    extended = dict(variables)
    for name in ("no_proxy", "NO_PROXY"):
        extended[name] = ",".join(part for part in (variables.get(name, ""), *names) if part)
    return extended
