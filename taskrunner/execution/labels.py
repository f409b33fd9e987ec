"""Names and labels of what a run creates on the engine.

The labels say who made a thing, so that a later run can tell a corpse from a neighbour.
"""

import os

from taskrunner.host.process import ProcessIdentity
from taskrunner.records import NamedTuple

__all__ = ["CACHE", "PROJECT", "RUN", "Owner", "labels_of", "owner_of", "random_id"]

PROJECT = "taskrunner.project"
RUN = "taskrunner.run"
CACHE = "taskrunner.cache"
_PID = "taskrunner.pid"
_PID_START = "taskrunner.pid-start"
_BOOT = "taskrunner.boot"
_MACHINE = "taskrunner.machine"
_PID_NAMESPACE = "taskrunner.pid-namespace"
_MAY_STAY = "taskrunner.may-stay"

_ALPHABET = "abcdefghijklmnopqrstuvwxyz0123456789"


class Owner(NamedTuple):
    """The run and the process that made a thing."""

    project: str
    run: str
    process: ProcessIdentity
    may_stay: bool = False
    """Whether the person asked to keep what the run makes, in one case or another: no later run removes it.

    The engine cannot change labels of what exists, so this says what was asked, not how the run ended.
    """


def labels_of(owner: Owner) -> dict[str, str]:
    """Return the labels for what this owner makes."""
    return {
        PROJECT: owner.project,
        RUN: owner.run,
        _PID: str(owner.process.pid),
        _PID_START: owner.process.start,
        _BOOT: owner.process.boot,
        _MACHINE: owner.process.machine,
        _PID_NAMESPACE: owner.process.pid_namespace,
        **({_MAY_STAY: "true"} if owner.may_stay else {}),
    }


def owner_of(labels: dict[str, str]) -> Owner | None:
    """Return who made a thing that carries these labels, or None where they do not say."""
    try:
        return Owner(
            project=labels[PROJECT],
            run=labels[RUN],
            process=ProcessIdentity(
                pid=int(labels[_PID]),
                start=labels[_PID_START],
                boot=labels[_BOOT],
                machine=labels[_MACHINE],
                pid_namespace=labels[_PID_NAMESPACE],
            ),
            may_stay=_MAY_STAY in labels,
        )
    except (KeyError, ValueError):
        return None


def random_id(length: int = 6) -> str:
    """Return a random id of small letters and digits."""
    return "".join(_ALPHABET[byte % len(_ALPHABET)] for byte in os.urandom(length))
