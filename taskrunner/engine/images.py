"""Images: look at, name, find, remove."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from taskrunner.engine.client import PATIENT, Client, id_of
from taskrunner.engine.errors import ApiError
from taskrunner.engine.http import quote
from taskrunner.records import NamedTuple

__all__ = [
    "FoundImage",
    "Image",
    "ask_ahead",
    "commit",
    "find",
    "inspect",
    "remove",
    "split_reference",
    "tag",
]


class Image(NamedTuple):
    """An image on the engine, as far as running it is concerned. Durations are in nanoseconds."""

    id: str
    health_test: tuple[str, ...] = ()
    """Beginning with `CMD`, `CMD-SHELL` or `NONE`; empty where there is none."""
    health_interval: int = 0
    """Zero stands for Docker's default, here and below."""
    health_timeout: int = 0
    health_start_period: int = 0
    health_retries: int = 0
    working_directory: str = ""
    shell: tuple[str, ...] = ()
    """What a Dockerfile's SHELL says; empty where it says nothing."""
    tags: tuple[str, ...] = ()
    platform: str = ""
    """Such as `linux/amd64` or `linux/arm/v7`."""

    def is_for(self, platform: str | None) -> bool:
        """Return whether the image runs on a platform; what either leaves open, fits."""
        pairs = zip((platform or "").split("/"), self.platform.split("/"), strict=False)
        return platform is None or all(wanted == own for wanted, own in pairs)


class FoundImage(NamedTuple):
    """An image in a list."""

    id: str
    tags: tuple[str, ...]
    labels: Mapping[str, str]


def ask_ahead(client: Client, references: Iterable[str]) -> None:
    """Let the engine look for images that `inspect` will soon be called for. Raises EngineError."""
    for reference in dict.fromkeys(references):
        client.ask_ahead(_path(reference))


def inspect(client: Client, reference: str) -> Image | None:
    """Return an image by id or reference, or None where the engine has none such."""
    try:
        return client.json("GET", _path(reference), _image)
    except ApiError as error:
        if error.is_gone:
            return None
        raise


def find(client: Client, labels: Mapping[str, str | None]) -> list[FoundImage]:
    """Return the images that carry all labels; None stands for any value."""
    # A run that only looks at images need not load what containers take.
    from taskrunner.engine.containers import label_filter

    query = {"filters": json.dumps({"label": label_filter(labels)})}
    return client.json("GET", "/images/json", lambda told: [_found(item) for item in told], query=query)


def tag(client: Client, image_id: str, reference: str) -> None:
    """Give an image another name, taking it from the image that has it. Raises EngineError."""
    name, tag = split_reference(reference)
    client.request("POST", f"/images/{quote(image_id, ':')}/tag", query={"repo": name, "tag": tag})


def commit(client: Client, container_id: str) -> str:
    """Make an image of a container's file system as it is now, without its volumes, and return its id."""
    query: dict[str, str | int | None] = {"container": container_id, "pause": 0}
    return client.json("POST", "/commit", id_of, query=query, body={}, timeout=PATIENT)


def remove(client: Client, reference: str) -> None:
    """Remove an image, or only a tag of it where it has others; one that is gone is fine.

    Raises ApiError where a container uses it.
    """
    try:
        client.request("DELETE", f"/images/{quote(reference, '/:@')}", timeout=PATIENT)
    except ApiError as error:
        if not error.is_gone:
            raise


def split_reference(reference: str) -> tuple[str, str]:
    """Return an image's name, and its digest or tag, which is `latest` where there is neither.

    Without a tag the engine would pull every tag that the registry has.
    """
    name, _, digest = reference.partition("@")
    before, colon, tag = name.rpartition(":")
    # A colon before the last slash belongs to a registry's port.
    if not colon or "/" in tag:
        before, tag = name, ""
    return before, digest or tag or "latest"


def _platform(details: Mapping[str, Any]) -> str:
    parts = (details.get("Os"), details.get("Architecture"), details.get("Variant"))
    return "/".join(part for part in parts if part)


def _tags(item: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(tag for tag in item.get("RepoTags") or () if tag != "<none>:<none>")


def _path(reference: str) -> str:
    return f"/images/{quote(reference, '/:@')}/json"


def _found(item: Mapping[str, Any]) -> FoundImage:
    return FoundImage(item["Id"], _tags(item), item.get("Labels") or {})


def _image(details: Mapping[str, Any]) -> Image:
    config = details.get("Config") or {}
    health = config.get("Healthcheck") or {}
    return Image(
        id=details["Id"],
        health_test=tuple(health.get("Test") or ()),
        health_interval=health.get("Interval") or 0,
        health_timeout=health.get("Timeout") or 0,
        health_start_period=health.get("StartPeriod") or 0,
        health_retries=health.get("Retries") or 0,
        working_directory=config.get("WorkingDir") or "",
        shell=tuple(config.get("Shell") or ()),
        platform=_platform(details),
        tags=_tags(details),
    )
