"""How far a pull has come: the engine's many layers, made one."""

from collections.abc import Mapping
from typing import Any, NamedTuple

__all__ = ["OPERATIONS", "WAITING", "PullProgress"]

OPERATIONS = ("downloading", "verifying checksum", "download complete", "extracting", "pull complete")
"""What a layer goes through, in this order."""

WAITING = "waiting to try again"
"""The operation of a pull whose transfer broke off."""

# What an engine says of a layer whose transfer broke off, with the seconds that it waits.
_RETRYING = "retrying in "
_EXTRACTING = OPERATIONS.index("extracting")


class _Layer(NamedTuple):
    operation: int
    done: int
    total: int


class PullProgress:
    """Adds up what the engine reports of each layer.

    What is shown is the least advanced operation of all layers, so that extraction only comes into
    view once everything is downloaded, though layers overlap.
    """

    def __init__(self) -> None:
        self._layers: dict[str, _Layer] = {}
        self._shown: tuple[str, int, int] | None = None

    def note(self, value: Mapping[str, Any]) -> tuple[str, int, int] | None:
        """Take a message of the engine's, and return operation, bytes done and in all if they changed."""
        status = str(value.get("status", "")).lower()
        if status.startswith(_RETRYING):
            return self._change((WAITING, 0, 0))
        if "id" not in value or status not in OPERATIONS:
            return None
        key, operation = value["id"], OPERATIONS.index(status)
        detail = value.get("progressDetail") or {}
        previous = self._layers.get(key, _Layer(operation, 0, 0))
        total = detail.get("total") or previous.total
        self._layers[key] = _Layer(operation, detail.get("current", 0), total)
        return self._change(self._sum_up())

    def _change(self, state: tuple[str, int, int]) -> tuple[str, int, int] | None:
        if state == self._shown:
            return None
        self._shown = state
        return state

    def _sum_up(self) -> tuple[str, int, int]:
        layers = self._layers.values()
        least = min(layer.operation for layer in layers)
        done = sum(_done(layer, least) for layer in layers)
        return OPERATIONS[least], done, sum(layer.total for layer in layers)


def _done(layer: _Layer, operation: int) -> int:
    if layer.operation > operation:
        return layer.total
    # Between downloading and extracting, and at the end, the whole layer is done with what came before.
    return layer.done if operation in (0, _EXTRACTING) else layer.total
