"""Deleting what runs leave on purpose: cache volumes, cache folders, and images that were built."""

import os
from typing import TYPE_CHECKING

from taskrunner.errors import EngineError, UserError
from taskrunner.output.humanise import amount
from taskrunner.output.text import one_line, several_lines

if TYPE_CHECKING:
    from taskrunner.config.model import Project
    from taskrunner.engine.client import Client
    from taskrunner.engine.images import FoundImage
    from taskrunner.plan.caches import CacheStore

__all__ = ["clean_folders", "clean_images", "clean_volumes"]

_CONFLICT = 409


def clean_volumes(client: "Client", store: "CacheStore", names: tuple[str, ...] = ()) -> None:
    """Delete the project's cache volumes, or those that are named.

    One that a container uses does not keep the others. Raises EngineError, and names that container.
    """
    from taskrunner.engine import volumes
    from taskrunner.engine.errors import ApiError

    prefix = store.volume_prefix()
    found = volumes.find(client, prefix) if prefix else []
    chosen = [name for name in found if not names or name.removeprefix(prefix or "") in names]
    used = []
    for name in chosen:
        print(f"Deleting volume '{name}'...")
        try:
            volumes.remove(client, name)
        except ApiError as error:
            if error.status != _CONFLICT:
                raise
            used.append(name)
    print(f"Deleted {amount(len(chosen) - len(used), 'cache volume')}.")
    if used:
        raise _in_use(client, used)


def _in_use(client: "Client", names: list[str]) -> EngineError:
    from taskrunner.engine import containers
    from taskrunner.execution.labels import RUN

    users = {found.id: found for name in names for found in containers.find_by_volume(client, name)}
    which = ", ".join(f"{user.name} ({user.state})" for user in users.values())
    ours = all(RUN in user.labels for user in users.values())
    ways = f"`docker rm --force --volumes {' '.join(user.name for user in users.values())}` removes it"
    return EngineError(
        "clean.cache-in-use",
        f"{amount(len(names), 'cache volume')} cannot be deleted, because containers use it: {which}.",
        f"{ways}; so does `taskrunner clean`, once the run has ended." if ours else f"{ways}.",
    )


def clean_folders(store: "CacheStore", names: tuple[str, ...] = ()) -> None:
    """Delete the project's cache folders, or those that are named. Raises UserError."""
    import shutil

    _check_its_own(store.folder)
    try:
        found = [entry for entry in os.scandir(store.folder) if entry.is_dir(follow_symlinks=False)]
    except FileNotFoundError:
        found = []
    chosen = [entry for entry in found if not names or entry.name in names]
    for entry in chosen:
        print(f"Deleting folder '{one_line(entry.path)}'...")
        try:
            shutil.rmtree(entry.path)
        except OSError as error:
            raise UserError(
                "clean.folder-not-deletable",
                f"The cache folder {entry.path} cannot be deleted: {error.strerror} ({error.filename}).",
                "A container may have written files there as another user: delete them as that user.",
            ) from error
    print(f"Deleted {amount(len(chosen), 'cache folder')}.")


def _check_its_own(folder: str) -> None:
    """Raise UserError where a link leads out of the project: what lies there is nobody's cache."""
    project = os.path.dirname(os.path.dirname(folder))
    own = os.path.join(os.path.realpath(project), os.path.relpath(folder, project))
    if os.path.realpath(folder) != own:
        raise UserError(
            "clean.folder-elsewhere",
            f"The folder of the project's caches, {folder}, is a link to {os.path.realpath(folder)}.",
            "Nothing is deleted through a link: delete what is there yourself, if it is a cache.",
        )


def clean_images(client: "Client", project: "Project") -> None:
    """Delete the images that were built for the project, and say of each other one why it stays.

    Images that somebody made from ours carry our labels too. So one that has a name which we do not
    give keeps that name, and what belongs to it.
    """
    from taskrunner.engine import images
    from taskrunner.execution.labels import PROJECT

    ours = {f"{project.name}-{name}:latest" for name in project.containers}
    deleted = 0
    for image in images.find(client, {PROJECT: project.name}):
        others = [tag for tag in image.tags if _short(tag) not in ours]
        names = [tag for tag in image.tags if _short(tag) in ours] or ([] if others else [image.id])
        deleted += _delete(client, image, names) and not others
        if others:
            print(f"Image {', '.join(others)} stays: that name is not one of ours.")
    print(f"Deleted {amount(deleted, 'built image')}.")


def _short(tag: str) -> str:
    # Podman writes out where a name would be looked for, or that it is nobody else's.
    return tag.removeprefix("docker.io/library/").removeprefix("localhost/")


def _delete(client: "Client", image: "FoundImage", names: list[str]) -> bool:
    from taskrunner.engine import images

    for name in names:
        try:
            images.remove(client, name)
        except EngineError as error:
            print(f"Image {image.id.removeprefix('sha256:')[:12]} stays: {several_lines(error.message)}")
            return False
    return True
