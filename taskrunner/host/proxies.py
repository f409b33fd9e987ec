"""Proxy settings of the host, for containers and builds that have to reach the network the same way.

Source of the rules: batect. Programs disagree on the case of these variables, so both are set.
"""

from collections.abc import Iterable, Mapping

__all__ = ["proxy_variables", "reaching_directly"]

_NAMES = ("http_proxy", "https_proxy", "ftp_proxy", "no_proxy")


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
