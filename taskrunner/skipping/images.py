"""Whether an image that was built earlier is what a build would make now.

A record says which image came of which files, settings and base images. An image's id is a digest of
the image itself, so an engine that has this id has this image: no label or tag has to be believed.
"""

import json
import os
from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

from taskrunner.engine import images
from taskrunner.engine.build_context import context_names, read_ignore_file
from taskrunner.engine.client import Client
from taskrunner.engine.images import Image
from taskrunner.host.files import regular
from taskrunner.plan.model import BuiltImage
from taskrunner.skipping import files, records
from taskrunner.skipping.build_options import BuildOptions
from taskrunner.skipping.digests import digest_of_text
from taskrunner.skipping.dockerfile import base_images

__all__ = ["BuildCheck", "BuildMemory", "found", "look"]

_VERSION: Final = 1
# Branches, and engines, that somebody goes back and forth between.
_KEPT: Final = 5


class BuildMemory(NamedTuple):
    """Where a project's builds are remembered."""

    environment: Mapping[str, str]
    directory: str
    """Of the project."""

    @property
    def path(self) -> str:
        """The record file."""
        return os.path.join(records.project_folder(self.environment, self.directory), "builds.json")

    def of(self, container: str) -> list[dict[str, Any]]:
        """Return what is remembered of a container's builds, the newest first."""
        return _entries(self._builds(), container)

    def add(self, container: str, entry: dict[str, Any]) -> None:
        """Remember a build. Of two processes at once, one may forget the other's: it is built again."""
        builds = self._builds()
        # One entry for each image that came of the same: the other may be on another engine.
        others = [each for each in _entries(builds, container) if _key(each) != _key(entry)]
        builds[container] = [entry, *others][:_KEPT]
        records.write(self.environment, self.path, _VERSION, {"builds": builds})

    def _builds(self) -> dict[str, Any]:
        found = records.read(self.path, _VERSION).get("builds")
        return found if isinstance(found, dict) else {}


class BuildCheck:
    """What goes into a build, looked at before it is made."""

    def __init__(self, client: Client, source: BuiltImage, settings: Mapping[str, Any]) -> None:
        """Look at the build's files; `settings` is whatever else decides what comes of it.

        Raises OSError where a file cannot be read, and EngineError.
        """
        self._client = client
        self._source = source
        self._patterns = read_ignore_file(source.directory, source.dockerfile)
        self._settings = _digest({**settings, **_settings(source), "ignored": self._patterns})
        path = os.path.join(source.directory, source.dockerfile)
        with open(path, encoding="utf-8", errors="replace", opener=regular) as file:
            self._bases = base_images(file.read(), source.args)
        self._base_ids = self._look_up_bases()
        self._states = files.states(self._files())
        # States that are too young to be compared later need the contents to compare.
        self._content = None if self._states.settled else files.content_digest(self._files())

    def find(self, memory: BuildMemory) -> Image | None:
        """Return the image that the build would make, where the engine has it.

        Raises OSError where a file cannot be read, and EngineError.
        """
        if self._bases is None:
            return None
        for entry in memory.of(self._source.container):
            by_states = self._states.digest == entry.get("states")
            if self._has_same_settings(entry) and (by_states or entry.get("content") == self._contents()):
                image = images.inspect(self._client, str(entry.get("image")))
                if image is not None:
                    if not by_states and self._states.settled:
                        self._add(memory, image, self._base_ids)
                    return image
        return None

    def remember(self, memory: BuildMemory, image: Image) -> None:
        """Remember what was built, unless something changed while it was.

        Raises OSError where a file cannot be read, and EngineError.
        """
        if self._bases is None:
            return
        bases = self._look_up_bases()
        # Base images that were not there may have come with the build.
        moved = any(known is not None and known != bases[name] for name, known in self._base_ids.items())
        contents = self._contents()
        if moved or files.states(self._files()).digest != self._states.digest:
            return
        if self._states.settled or files.content_digest(self._files()) == contents:
            self._add(memory, image, bases)

    def _add(self, memory: BuildMemory, image: Image, bases: Mapping[str, str | None]) -> None:
        memory.add(
            self._source.container,
            {
                "image": image.id,
                "settings": self._settings,
                "bases": dict(bases),
                "states": self._states.digest if self._states.settled else "",
                "content": self._contents(),
            },
        )

    def _has_same_settings(self, entry: Mapping[str, Any]) -> bool:
        return entry.get("settings") == self._settings and entry.get("bases") == self._base_ids

    def _files(self) -> Iterator[tuple[str, str]]:
        directory = self._source.directory
        for name in context_names(directory, self._source.dockerfile, self._patterns):
            yield name, os.path.join(directory, name)

    def _contents(self) -> str:
        if self._content is None:
            self._content = files.content_digest(self._files())
        return self._content

    def _look_up_bases(self) -> dict[str, str | None]:
        found = {name: images.inspect(self._client, name) for name in self._bases or ()}
        return {name: None if image is None else image.id for name, image in found.items()}


def look(client: Client, source: BuiltImage, options: BuildOptions) -> BuildCheck | None:
    """Look at what goes into a build; None where only a build can tell what comes of it.

    Raises EngineError.
    """
    if source.pull:
        return None  # nobody but the registry knows whether it has newer base images
    try:
        return BuildCheck(client, source, {"labels": options.labels, "buildkit": options.buildkit})
    except OSError:
        return None  # the build itself will say what is wrong with the file


def found(check: BuildCheck, memory: BuildMemory) -> Image | None:
    """Return the image that a build would make, where the engine has it. Raises EngineError."""
    try:
        return check.find(memory)
    except OSError:
        return None


def _entries(builds: Mapping[str, Any], container: str) -> list[dict[str, Any]]:
    found = builds.get(container)
    return [entry for entry in found if isinstance(entry, dict)] if isinstance(found, list) else []


def _key(entry: Mapping[str, Any]) -> list[Any]:
    return [entry.get(name) for name in ("image", "settings", "bases", "content")]


def _settings(source: BuiltImage) -> dict[str, Any]:
    return {
        "dockerfile": source.dockerfile,
        "args": dict(sorted(source.args.items())),
        "target": source.target,
        "platform": source.platform,
        # Like BuildKit's own cache, this knows which secrets there are, and not what they say: no
        # digest of a secret is kept anywhere.
        "secrets": [list(each) for each in source.secrets],
        "ssh": [list(each) for each in source.ssh],
    }


def _digest(value: Mapping[str, Any]) -> str:
    return digest_of_text(json.dumps(value, sort_keys=True))
