"""The fields of a health check."""

from typing import Final

from taskrunner.config.decode import Decoder, Field, Scope, read_fields, table
from taskrunner.config.model import HealthCheck
from taskrunner.config.nodes import Node
from taskrunner.config.scalars import COUNT, DURATION, TEXT

__all__ = ["HEALTH_CHECK", "HEALTH_CHECK_TABLE", "NO_HEALTH_CHECK"]

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
    ],
)


def _health_check(node: Node, scope: Scope) -> HealthCheck:
    fields = read_fields(node, HEALTH_CHECK_TABLE, scope)
    return HealthCheck(
        command=fields.get("command"),
        interval=fields.get("interval"),
        start_period=fields.get("start_period"),
        timeout=fields.get("timeout"),
        retries=fields.get("retries"),
        where=fields.where,
    )


HEALTH_CHECK: Final = Decoder(_health_check, {"$ref": "#/$defs/health_check"})
NO_HEALTH_CHECK: Final = HealthCheck(None, None, None, None, None, None)
