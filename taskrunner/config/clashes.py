"""Host ports that two containers of one task would both take."""

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from taskrunner.config.graph import Patience
from taskrunner.config.model import Container, Port, PortRange, Task
from taskrunner.errors import Problem

__all__ = ["port_clashes"]


class _Claim(NamedTuple):
    container: str
    port: Port


def port_clashes(
    containers: Mapping[str, Container], tasks: Mapping[str, Task], patience: Patience
) -> Iterator[Problem]:
    """Yield a problem for each two port mappings that cannot hold at once, each two once.

    Raises TooLargeError.
    """
    publishing = any(container.ports for container in containers.values())
    seen: set[tuple[object, object]] = set()
    for task in tasks.values():
        for first, second in _overlaps(_claims(containers, task, patience, publishing=publishing)):
            pair = (first.port.where, second.port.where)
            if pair not in seen:
                seen.add(pair)
                yield _problem(task, first, second)


def _claims(
    containers: Mapping[str, Container], task: Task, patience: Patience, *, publishing: bool
) -> list[_Claim]:
    if task.run is None:
        return []
    main = task.run.container.name
    if not (publishing or task.run.ports or task.customise):
        return []  # most projects publish nothing, and walking every task's containers costs the most
    names = patience.walk(containers, task, main).order
    claims: list[_Claim] = []
    for name in names:
        own = containers[name].ports if name in containers else ()
        customisation = task.customise.get(name)
        added = task.run.ports if name == main else customisation.ports if customisation else ()
        distinct = {port[:3]: _Claim(name, port) for port in (*added, *own)}
        claims.extend(distinct.values())
    return claims


def _overlaps(claims: Iterable[_Claim]) -> Iterator[tuple[_Claim, _Claim]]:
    """Yield neighbours that overlap, by protocol: sorted by first port, one pass finds them."""
    widest: _Claim | None = None
    for claim in sorted(claims, key=lambda claim: (claim.port.protocol, claim.port.local)):
        if (
            widest is not None
            and claim.port.protocol == widest.port.protocol
            and claim.port.local.first <= widest.port.local.last
        ):
            yield widest, claim
        if (
            widest is None
            or claim.port.protocol != widest.port.protocol
            or claim.port.local.last > widest.port.local.last
        ):
            widest = claim


def _problem(task: Task, first: _Claim, second: _Claim) -> Problem:
    # Reported where the later of the two is written; the message names the other place.
    if second.port.where < first.port.where:
        first, second = second, first
    shared = PortRange(
        max(first.port.local.first, second.port.local.first),
        min(first.port.local.last, second.port.local.last),
    )
    ports = f"port {shared.first}" if shared.first == shared.last else f"ports {shared.first}-{shared.last}"
    where = f"{first.port.where.file}:{first.port.where.line}"
    whom = "twice" if first.container == second.container else "by two containers"
    message = (
        f"The task '{task.name}' would publish the host's {ports}/{second.port.protocol} {whom}: "
        f"of '{second.container}' here and of '{first.container}' at {where}."
    )
    return Problem("config.port-clash", message, second.port.where, "Give one of them another host port.")
