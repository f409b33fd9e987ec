"""The fields of a health check."""

from typing import Final

from taskrunner.config import values
from taskrunner.config.decode import Decoder, Field, Fields, Rejected, Scope, read_fields, table
from taskrunner.config.model import HealthCheck, HttpCheck
from taskrunner.config.nodes import Node, ScalarNode, quoted
from taskrunner.config.scalars import COUNT, DURATION, TEXT, converted
from taskrunner.errors import Problem

__all__ = ["HEALTH_CHECK", "HEALTH_CHECK_TABLE", "HTTP_CHECK_TABLE", "NO_HEALTH_CHECK"]


def _port(text: str) -> int:
    try:
        ports = values.parse_port_range(text)
    except ValueError:
        ports = None
    if ports is None or ports.first != ports.last:
        raise ValueError("a port of the container, from 1 to 65535,")
    return ports.first


_PORT: Final = Decoder(
    converted(_port),
    {
        "anyOf": [
            {"type": "integer", "minimum": 1, "maximum": 65535},
            {"type": "string", "pattern": "^[0-9]{1,5}$"},
        ]
    },
)


def _path(text: str) -> str:
    # It becomes a part of a request's first line (RFC 9112, section 3.2).
    if not text.startswith("/") or not text.isascii() or not text.isprintable() or " " in text:
        raise ValueError("a path that starts with /, of ASCII characters without blanks,")
    return text


HTTP_CHECK_TABLE: Final = table(
    "http_check",
    "an HTTP check",
    "A request from outside the container, which a healthy one answers with a status from 200 to 399.",
    [
        Field("port", _PORT, "The container's port.", required=True),
        Field("path", Decoder(converted(_path), {"type": "string", "pattern": "^/"}), "What is asked for."),
    ],
)


def _http(node: Node, scope: Scope) -> HttpCheck:
    if isinstance(node, ScalarNode):
        return HttpCheck(_PORT.read(node, scope), "/")
    fields = read_fields(node, HTTP_CHECK_TABLE, scope)
    return HttpCheck(fields.need("port"), fields.get("path", "/"))


_KINDS: Final = ("command", "http", "tcp")

HEALTH_CHECK_TABLE: Final = table(
    "health_check",
    "a health check",
    "Overrides the image's own health check, setting by setting.",
    [
        Field("command", TEXT, "A command, run by a shell in the container; 0 means healthy.", nullable=True),
        Field("interval", DURATION, "The time between two checks.", nullable=True),
        Field("start_period", DURATION, "The time in which failed checks do not count.", nullable=True),
        Field("timeout", DURATION, "The time that a check may take.", nullable=True),
        Field("retries", COUNT, "How many failed checks in a row mean unhealthy.", nullable=True),
        Field(
            "http",
            Decoder(_http, {"anyOf": [_PORT.schema, {"$ref": "#/$defs/http_check"}]}),
            "A port, or a port and a path, that a healthy container answers an HTTP request on.",
        ),
        Field("tcp", _PORT, "A port on which a healthy container takes connections."),
    ],
    {
        "allOf": [
            {"not": {"required": [one, other]}}
            for one, other in (("command", "http"), ("command", "tcp"), ("http", "tcp"))
        ]
    },
)


def _health_check(node: Node, scope: Scope) -> HealthCheck:
    fields = read_fields(node, HEALTH_CHECK_TABLE, scope)
    _check_one_kind(fields)
    return HealthCheck(
        command=fields.get("command"),
        interval=fields.get("interval"),
        start_period=fields.get("start_period"),
        timeout=fields.get("timeout"),
        retries=fields.get("retries"),
        where=fields.where,
        http=fields.get("http"),
        tcp=fields.get("tcp"),
    )


def _check_one_kind(fields: Fields) -> None:
    given = [name for name in _KINDS if fields.has(name)]
    if len(given) > 1:
        message = f"A health check has one of command, http and tcp, but here is also {quoted(given[1])}."
        raise Rejected(Problem("config.key-not-permitted", message, fields.key(given[1]), "Remove one."))


HEALTH_CHECK: Final = Decoder(_health_check, {"$ref": "#/$defs/health_check"})
NO_HEALTH_CHECK: Final = HealthCheck(None, None, None, None, None, None)
