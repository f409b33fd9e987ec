"""Whether a sanitised trace names nothing but what the release's own source defines."""

import builtins
import re
from typing import Final

from telemetry.manifest import STANDARD_ERRORS, Manifest

__all__ = ["is_of"]

_JOINTS: Final = re.compile(r" (?:<-|\{|\||at|>) | \}")
_TYPE: Final = re.compile(
    r"(?:<external:)?([A-Za-z0-9_.]+):([A-Za-z0-9_.]+)>?(?:\[[A-Z0-9-]+\])?(?: group:[0-9]+)?"
)
_FRAME: Final = re.compile(r"([A-Za-z0-9_.]+):([A-Za-z0-9_.<>]+):([0-9]+)(?: x[0-9]+)?")
_FIXED: Final = re.compile(
    r"(?:<stdlib>|<external>|<own:unknown>|<cut:[0-9]+>)(?: x[0-9]+)?|<more>|<sanitiser-error>"
)
# Named by interpreters that may be newer than ours.
_NEWER: Final = frozenset(
    {"EncodingWarning", "ExceptionGroup", "PythonFinalizationError", "_IncompleteInputError"}
)
_STANDARD: Final = frozenset(STANDARD_ERRORS)


def is_of(manifest: Manifest, trace: str) -> bool:
    """Return whether every class and place in a trace, whose grammar is right, is in a manifest."""
    return all(_is_known(manifest, part) for part in _JOINTS.split(trace) if part)


def _is_known(manifest: Manifest, part: str) -> bool:
    if _FIXED.fullmatch(part):
        return True
    frame = _FRAME.fullmatch(part)
    if frame is not None:
        return manifest.holds(frame[1], frame[2], int(frame[3]))
    kind = _TYPE.fullmatch(part)
    return kind is not None and _is_class(manifest, kind[1], kind[2])


def _is_class(manifest: Manifest, module: str, name: str) -> bool:
    if module == "builtins":
        found = getattr(builtins, name, None)
        return name in _NEWER or (isinstance(found, type) and issubclass(found, BaseException))
    known = manifest.modules.get(module)
    return (module, name) in _STANDARD or (known is not None and name in known.classes)
