"""What is remembered of a task that succeeded: everything that decides whether it has to run again."""

import json
import os
from collections.abc import Iterator, Mapping
from typing import Any, Final

from taskrunner.errors import Position
from taskrunner.plan.model import PlannedContainer
from taskrunner.skipping import records
from taskrunner.skipping.digests import digest_of_text

__all__ = ["TaskRecords", "digest", "settings_of"]

_VERSION: Final = 1


class TaskRecords:
    """The records of a project's tasks, each with the names of its input files and its log."""

    def __init__(self, environment: Mapping[str, str], directory: str) -> None:
        self._environment = environment
        self._folder = os.path.join(records.project_folder(environment, directory), "tasks")

    def read(self, task: str) -> dict[str, Any]:
        """Return what is remembered of a task, or nothing."""
        return records.read(self._path(task, "json"), _VERSION)

    def read_inputs(self, task: str) -> dict[str, str]:
        """Return the digest of each input file of a task, as it was."""
        found = records.read(self._path(task, "inputs.json"), _VERSION).get("files")
        return found if isinstance(found, dict) else {}

    def write(self, task: str, record: Mapping[str, Any], inputs: Mapping[str, str]) -> None:
        """Remember a task."""
        records.write(self._environment, self._path(task, "inputs.json"), _VERSION, {"files": inputs})
        records.write(self._environment, self._path(task, "json"), _VERSION, record)

    def forget(self, task: str) -> None:
        """Remember nothing of a task."""
        for kind in ("json", "inputs.json", "log"):
            try:
                os.unlink(self._path(task, kind))
            except OSError:
                continue

    def write_log(self, task: str, key: str, frames: list[tuple[str, str, bytes]]) -> None:
        """Keep what a task printed: container, stream and bytes of each piece."""
        lines = [json.dumps([key])]
        lines += [json.dumps([name, stream, data.decode("latin-1")]) for name, stream, data in frames]
        records.write_text(self._environment, self._path(task, "log"), "\n".join(lines))

    def read_log(self, task: str, key: str) -> Iterator[tuple[str, str, bytes]] | None:
        """Return what a task printed when it had this key, or None where that was not kept."""
        try:
            with open(self._path(task, "log"), encoding="utf-8") as file:
                head, *lines = file.read().splitlines()
            frames = [json.loads(line) for line in lines]
            if json.loads(head) != [key]:
                return None
            return iter([(str(name), str(stream), data.encode("latin-1")) for name, stream, data in frames])
        except (OSError, ValueError, TypeError, AttributeError):
            return None

    def _path(self, task: str, kind: str) -> str:
        # A colon, which task names may have, is no good in names of files everywhere.
        return os.path.join(self._folder, f"{task.replace(':', '%3A')}.{kind}")


def settings_of(container: PlannedContainer) -> dict[str, Any]:
    """Return a digest of each setting of a container, of each entry where it is a map.

    Values may be secret, so none is kept. The image is left out, and so are places in the config.
    """
    plain = {name: _plain(value) for name, value in container._asdict().items() if name != "image"}
    return {
        name: {key: digest(each) for key, each in value.items()} if isinstance(value, dict) else digest(value)
        for name, value in plain.items()
    }


def digest(value: Any) -> str:
    """Return a digest of plain values."""
    return digest_of_text(json.dumps(value, sort_keys=True))


def _plain(value: Any) -> Any:
    if isinstance(value, Position):
        return None
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        return {name: _plain(getattr(value, name)) for name in value._fields}
    if isinstance(value, Mapping):
        return {str(name): _plain(value[name]) for name in sorted(value)}
    if isinstance(value, tuple | list):
        return [_plain(each) for each in value]
    return value
