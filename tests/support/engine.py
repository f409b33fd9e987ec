"""Whether an engine answers, and what a project has left behind on it."""

import functools
import gc
import glob
import os
import re
import time
import warnings
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from docker import DockerClient

__all__ = ["Leftovers", "engine_problem", "leftovers", "remove_leftovers"]

LABEL = "taskrunner.project"
"""The label that names the project on everything taskrunner creates."""


class Leftovers(NamedTuple):
    """What a project has on an engine."""

    containers: tuple[str, ...]
    networks: tuple[str, ...]
    volumes: tuple[str, ...]
    """Names of volumes that are no caches, anonymous ones included."""
    caches: tuple[str, ...]
    """Names of cache volumes, which are meant to stay until `clean`."""
    images: tuple[str, ...]
    """Images that the project built, which are meant to stay until `clean`: tags, or an id without one."""

    def unwanted(self) -> list[str]:
        """Return a line for each thing that a finished run must not leave."""
        return [
            *(f"container {name}" for name in self.containers),
            *(f"network {name}" for name in self.networks),
            *(f"volume {name}" for name in self.volumes),
        ]


@functools.cache
def engine_problem() -> str | None:
    """Return why no engine can be used in one sentence, or None where one answers."""
    import docker
    import docker.errors

    where = os.environ.get("DOCKER_HOST", "unix:///var/run/docker.sock")
    problem = None
    try:
        docker.from_env(timeout=10).close()
    except docker.errors.DockerException as error:
        problem = f"No Docker Engine answers at {where} ({error}): start one with `.ci/engine`."
    if problem:
        _collect_sockets()
    return problem


def _collect_sockets() -> None:
    """Collect what docker-py leaves open where nobody answers, before a test is blamed for it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        gc.collect()


def leftovers(client: "DockerClient", project: str, folder: str, since: float) -> Leftovers:
    """Return what a project, which lives in `folder`, has on the engine since a point in time.

    `since` is in seconds since 1970. Volumes are found by the engine's own record of what the
    project's containers mounted: an anonymous volume carries nothing that tells whose it is.
    """
    owned = {"label": f"{LABEL}={project}"}
    caches = _cache_prefixes(folder)
    existing = {volume["Name"] for volume in client.api.volumes()["Volumes"] or ()}
    mounted = _mounted(client, project, since) & existing
    return Leftovers(
        containers=tuple(
            each["Names"][0].removeprefix("/") for each in client.api.containers(all=True, filters=owned)
        ),
        networks=tuple(each["Name"] for each in client.api.networks(filters=owned)),
        volumes=tuple(sorted(name for name in mounted if not name.startswith(caches))),
        caches=tuple(sorted(name for name in existing if name.startswith(caches))),
        images=_images(client, project),
    )


def remove_leftovers(client: "DockerClient", left: Leftovers) -> None:
    """Remove everything, the caches and the built images too; what is gone already is fine.

    What cannot be removed, as a volume that a stranger's container uses, does not keep the rest alive.
    """
    import docker.errors

    failures: list[Exception] = []
    calls: list[tuple[Any, tuple[str, ...], dict[str, Any]]] = [
        (client.api.remove_container, left.containers, {"force": True, "v": True}),
        (client.api.remove_network, left.networks, {}),
        (client.api.remove_volume, left.volumes + left.caches, {"force": True}),
        (client.api.remove_image, left.images, {"force": True}),
    ]
    for remove, names, options in calls:
        for name in names:
            try:
                remove(name, **options)
            except docker.errors.NotFound:
                continue
            except docker.errors.APIError as error:
                failures.append(error)
    if failures:
        raise ExceptionGroup("the engine keeps what a journey left", failures)


def _cache_prefixes(folder: str) -> tuple[str, ...]:
    prefixes: list[str] = []
    for state, prefix in ((".taskrunner", "taskrunner-cache"), (".batect", "batect-cache")):
        for path in glob.glob(
            os.path.join(glob.escape(folder), "**", state, "caches", "key"), recursive=True
        ):
            with open(path, encoding="utf-8") as file:
                keys = re.findall(r"^[a-z0-9]+$", file.read(), re.MULTILINE)
            prefixes.extend(f"{prefix}-{key}-" for key in keys)
    return tuple(prefixes)


def _mounted(client: "DockerClient", project: str, since: float) -> set[str]:
    # The engine keeps its last 256 events: enough for a journey, not for a soak.
    # Times go through as text: docker-py would cut them to whole seconds.
    events: Any = client.events
    owned: set[str] = set()
    mounts: list[tuple[str, str]] = []
    for event in events(f"{since:.9f}", f"{time.time():.9f}", {"type": ["container", "volume"]}, decode=True):
        actor = event["Actor"]
        if event["Type"] == "container" and actor["Attributes"].get(LABEL) == project:
            owned.add(actor["ID"])
        elif event["Action"] == "mount":
            mounts.append((actor["Attributes"]["container"], actor["ID"]))
    return {volume for container, volume in mounts if container in owned}


def _images(client: "DockerClient", project: str) -> tuple[str, ...]:
    found: set[str] = set()
    for image in client.api.images(filters={"label": f"{LABEL}={project}"}):
        tags = [tag for tag in image["RepoTags"] or () if tag != "<none>:<none>"]
        found.update(tags or [image["Id"]])
    # By tag, never by id: the same image may bear the name of one that others use.
    for image in client.api.images(filters={"reference": f"{project}-*"}):
        found.update(tag for tag in image["RepoTags"] if tag.startswith(f"{project}-"))
    return tuple(sorted(found))
