"""Proxies: whether host, containers and engine reach the network in the same way."""

from collections.abc import Iterator
from urllib.parse import urlsplit

from taskrunner.doctor.findings import Finding
from taskrunner.doctor.subject import Subject
from taskrunner.host.proxies import proxy_variables

__all__ = ["check"]

_KINDS = ("http_proxy", "https_proxy", "ftp_proxy")
_LOCAL = ("localhost", "127.0.0.1", "::1")


def check(subject: Subject) -> Iterator[Finding]:
    """Look at the proxy variables that containers and builds get."""
    variables = proxy_variables(subject.environment)
    named = [name for name in _KINDS if variables.get(name)]
    if not named:
        yield Finding("proxies.none", "ok", "No proxy is set.")
        return
    yield Finding("proxies.set", "ok", f"Containers and builds get {', '.join([*named, 'no_proxy'])}.")
    for name in named:
        yield from _one(name, variables[name], variables[name.upper()])
    info = subject.engine.info if subject.engine is not None else None
    if info and not (info.get("HttpProxy") or info.get("HttpsProxy")):
        yield Finding(
            "proxies.engine-has-none",
            "note",
            "This machine uses a proxy, and the engine has none: it may not reach registries.",
            "Configure the proxy for the engine (daemon.json or its service), if pulls fail.",
        )


def _one(name: str, lower: str, upper: str) -> Iterator[Finding]:
    if lower != upper:
        yield Finding(
            "proxies.two-values",
            "warning",
            f"{name} and {name.upper()} differ: programs disagree on which they read.",
            "Give both the same value.",
        )
    host = _host(lower)
    if host is None:
        yield Finding(
            "proxies.no-url",
            "warning",
            f"The value of {name} is not a URL with a host.",
            "Write it as http://host:port.",
        )
    elif host in _LOCAL:
        yield Finding(
            "proxies.on-localhost",
            "note",
            f"The proxy of {name} is on {host}: containers reach it through taskrunner while a run lasts.",
            "Nothing, with an engine of this machine; with another one, use --no-proxy-vars.",
        )


def _host(value: str) -> str | None:
    try:
        parts = urlsplit(value)
    except ValueError:
        return None
    return parts.hostname if parts.scheme in ("http", "https", "socks5") else None
