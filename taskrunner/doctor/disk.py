"""Room on the disks that matter: the project's, the home folder's and the engine's."""

import os
from collections.abc import Iterator

from taskrunner.doctor.findings import Finding
from taskrunner.doctor.subject import Subject
from taskrunner.host.state import home

__all__ = ["check"]

_SCARCE = 2 * 1024**3
_NONE_LEFT = 100 * 1024**2


def check(subject: Subject) -> Iterator[Finding]:
    """Look at how much room there is."""
    fine: dict[str, list[str]] = {}
    for what, path in _places(subject).items():
        free = _free(path)
        if free is None:
            continue
        room = f"{free / 1024**3:.1f} GiB"
        if free < _NONE_LEFT:
            yield Finding(
                "disk.full", "broken", f"The disk of {what} ({path}) is full: {room} are free.", _remedy(what)
            )
        elif free < _SCARCE:
            yield Finding(
                "disk.scarce", "warning", f"The disk of {what} ({path}) has only {room} left.", _remedy(what)
            )
        else:
            fine.setdefault(room, []).append(what)
    if fine:
        shares = (f"{room} for {' and '.join(whats)}" for room, whats in fine.items())
        yield Finding("disk.free", "ok", f"There is room: {'; '.join(shares)}.")


def _places(subject: Subject) -> dict[str, str]:
    places = {
        "the project": subject.root,
        "what taskrunner keeps": home(subject.environment),
        "temporary files": subject.environment.get("TMPDIR") or "/tmp",  # noqa: S108 - nothing is written
    }
    engine = subject.engine
    if engine is not None and engine.is_local and (root := engine.info.get("DockerRootDir")):
        places["the engine"] = str(root)
    return places


def _free(path: str) -> int | None:
    """Return the free bytes for ordinary users on a path's disk; None where the path is not to be seen."""
    import psutil

    while not os.path.exists(path) and os.path.dirname(path) != path:
        path = os.path.dirname(path)
    try:
        return int(psutil.disk_usage(path).free)
    except OSError:
        return None


def _remedy(what: str) -> str:
    if what == "the engine":
        return "`docker system df` shows what takes it; `taskrunner clean` deletes what this project left."
    return "Delete something."
