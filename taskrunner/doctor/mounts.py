"""Mounts: whether the paths are there, and whether the engine sees the same files as we do."""

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any

from taskrunner.config.expressions import evaluate
from taskrunner.config.model import LocalMount
from taskrunner.doctor.findings import Finding
from taskrunner.doctor.subject import Engine, Subject
from taskrunner.engine import containers
from taskrunner.engine.errors import ApiError
from taskrunner.engine.spec import ContainerSpec, MountSpec
from taskrunner.errors import ConfigError, EngineError, Position
from taskrunner.execution.labels import Owner, labels_of, random_id
from taskrunner.host.process import identity

__all__ = ["check"]

_TARGET = "/taskrunner-doctor"


def check(subject: Subject) -> Iterator[Finding]:
    """Look at the paths that the config mounts, and try a mount of the project's folder."""
    for mount, path in _local_mounts(subject):
        if path == os.path.expanduser("~"):
            yield Finding(
                "mounts.whole-home",
                "warning",
                f"The whole home folder {path} is mounted: containers see keys and passwords in it.",
                "Mount what the task needs.",
                mount.where,
            )
        elif not os.path.exists(path):
            yield Finding(
                "mounts.path-missing",
                "warning",
                f"{subject.shown(path)} is mounted, and does not exist: the engine makes a folder of it, "
                "which belongs to root.",
                "Create it, or correct the path.",
                mount.where,
            )
    if subject.engine is not None:
        yield from _visible(subject, subject.engine)


def _local_mounts(subject: Subject) -> Iterator[tuple[LocalMount, str]]:
    """Give each local mount with its path, as far as it can be told without config variables."""
    project = subject.project
    for container in project.containers.values() if project is not None else ():
        for mount in container.volumes:
            if not isinstance(mount, LocalMount):
                continue
            with suppress(ConfigError):
                text = evaluate(mount.local.expression, subject.environment, _builtins(subject))
                path = os.path.join(mount.local.base, os.path.expanduser(text))
                yield mount, os.path.normpath(path)


def _builtins(subject: Subject) -> dict[str, str | None]:
    return {
        "batect.project_directory": subject.root,
        "taskrunner.project_directory": subject.root,
    }


def _visible(subject: Subject, engine: Engine) -> Iterator[Finding]:
    """Have a container that is never started look for a file of the project's folder."""
    image = _any_image(engine)
    witness = _witness(subject)
    if image is None or witness is None:
        what = "no image on the engine" if image is None else "no file in the folder"
        yield Finding(
            "mounts.not-tried", "note", f"A mount could not be tried: there is {what} to do it with."
        )
        return
    folder, name = os.path.split(witness)
    found = _look(engine, image, folder, name)
    if found:
        yield Finding("mounts.work", "ok", f"Mounts work: the engine sees {folder}.")
        return
    yield Finding(
        "mounts.not-seen",
        "broken",
        f"A container that mounts {folder} does not find {name} in it: the engine has other files.",
        _why(engine),
        Position(witness, 1, 1) if subject.project is not None else None,
    )


def _why(engine: Engine) -> str:
    if not engine.is_local:
        return "The engine is on another machine. Run on that machine, or use an engine here."
    if os.path.exists("/.dockerenv") or os.path.exists("/run/.containerenv"):
        return (
            "This is a container that uses the engine outside of it: mount the project at the same path "
            "in both."
        )
    return "Share the folder with the engine: on a Mac or a virtual machine, in the settings of the engine."


def _look(engine: Engine, image: str, folder: str, name: str) -> bool:
    """Return whether the engine finds a file in a folder that is mounted. Raises EngineError."""
    owner = Owner("taskrunner-doctor", random_id(12), identity())
    # A mount that has to be there already: for the older form, the engine would make the folder.
    mounts = (MountSpec(folder, _TARGET, read_only=True),)
    spec = ContainerSpec(image=image, command=("true",), mounts=mounts, labels=labels_of(owner))
    try:
        container_id = containers.create(engine.client, f"taskrunner-doctor-{random_id()}", spec)
    except ApiError as error:
        if folder in error.message:
            return False
        raise
    try:
        # The engine mounts for this call, too: nothing of the image ever runs.
        return containers.get_archive(engine.client, container_id, f"{_TARGET}/{name}") is not None
    finally:
        with suppress(EngineError):
            containers.remove(engine.client, container_id)


def _any_image(engine: Engine) -> str | None:
    def smallest(told: Sequence[Mapping[str, Any]]) -> str | None:
        return min(((image["Size"], str(image["Id"])) for image in told), default=(0, None))[1]

    return engine.client.json("GET", "/images/json", smallest)


def _witness(subject: Subject) -> str | None:
    """Return a file that is there: the project's config, or any small one in the folder."""
    if subject.project is not None:
        return subject.project.file
    for entry in os.scandir(subject.folder):
        if entry.is_file(follow_symlinks=False) and entry.stat().st_size < 1_000_000:
            return entry.path
    return None
