"""All checks, in the order in which their findings are shown."""

from collections.abc import Callable, Iterable, Iterator
from typing import Final, TypeAlias

from taskrunner.doctor import (
    batect,
    clients,
    config,
    context,
    disk,
    engine,
    health,
    images,
    leftovers,
    mounts,
    ownership,
    proxies,
    telemetry,
    user,
)
from taskrunner.doctor.findings import Finding
from taskrunner.doctor.subject import Subject
from taskrunner.errors import TaskrunnerError

__all__ = ["CHECKS", "examine"]

Check: TypeAlias = Callable[[Subject], Iterable[Finding]]

CHECKS: Final[dict[str, Check]] = {
    "engine": engine.check,
    "context": context.check,
    "clients": clients.check,
    "user": user.check,
    "mounts": mounts.check,
    "proxies": proxies.check,
    "disk": disk.check,
    "leftovers": leftovers.check,
    "config": config.check,
    "images": images.check,
    "ownership": ownership.check,
    "health": health.check,
    "batect": batect.check,
    "telemetry": telemetry.check,
}
"""Each topic with its check."""


def examine(subject: Subject) -> Iterator[Finding]:
    """Give what all checks find. A check that cannot be made is a finding of its own."""
    for topic, check in CHECKS.items():
        try:
            yield from check(subject)
        except TaskrunnerError as error:
            message = f"This could not be looked at: {error.message}"
            yield Finding(f"{topic}.not-checked", "warning", message, error.hint)
