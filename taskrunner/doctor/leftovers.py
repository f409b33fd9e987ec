"""What killed runs left on the engine, and what runs were told to keep."""

from collections.abc import Iterator

from taskrunner.doctor.findings import Finding
from taskrunner.doctor.subject import Subject
from taskrunner.execution.labels import Owner
from taskrunner.execution.leftovers import find_leftovers, is_dead
from taskrunner.host.process import identity

__all__ = ["check"]

_REMEDY = "`taskrunner clean --leftovers` removes them."


def check(subject: Subject) -> Iterator[Finding]:
    """Look for containers and networks whose run is gone. Raises EngineError."""
    engine = subject.engine
    if engine is None:
        return
    us, local = identity(), engine.is_local

    def dead(owner: Owner) -> bool:
        return is_dead(owner, us, same_machine_for_sure=local)

    lost = find_leftovers(engine.client, lambda owner, _age: dead(owner) and not owner.may_stay)
    kept = find_leftovers(engine.client, lambda owner, _age: dead(owner) and owner.may_stay)
    if lost.containers or lost.networks:
        yield Finding("leftovers.killed-runs", "warning", f"Killed runs left {_amount(lost)}.", _REMEDY)
    if kept.containers or kept.networks:
        yield Finding("leftovers.kept", "note", f"Runs were told to keep {_amount(kept)}.", _REMEDY)
    if not any((*lost, *kept)):
        yield Finding("leftovers.none", "ok", "Nothing is left of earlier runs.")


def _amount(found: tuple[tuple[str, ...], tuple[str, ...]]) -> str:
    pairs = zip(found, ("container", "network"), strict=True)
    return " and ".join(Subject.counted(len(ids), what) for ids, what in pairs if ids)
