"""The collector that the verbs talk to in tests."""

from typing import NamedTuple

from pytest_httpserver import HTTPServer

__all__ = ["Collector"]


class Collector(NamedTuple):
    """An HTTPS server, and the variables with which the program finds and trusts it."""

    server: HTTPServer
    variables: dict[str, str | None]
