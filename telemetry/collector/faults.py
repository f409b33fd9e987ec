"""Made-up faults of a made-up population, in functions that an application really has."""

import random
from typing import Final, NamedTuple

from telemetry.manifest import Manifest

__all__ = ["Fault", "faults"]

_ERRORS: Final = (
    "builtins:KeyError",
    "builtins:OSError[ENOSPC]",
    "builtins:UnicodeDecodeError",
    "builtins:AttributeError",
    "builtins:TimeoutError",
    "builtins:RecursionError",
)
_LIVES: Final = ((0.0, 1.0), (0.0, 1.0), (0.0, 0.8), (0.0, 1.0), (0.7, 1.0), (0.9, 1.0))
"""From which share of all releases to which one each is there: one was mended, two are new."""
_CAUSE: Final = " <- builtins:OSError[ECONNRESET] at <stdlib>"
_ANYWHERE: Final = "<own:unknown> > <stdlib>"


class Fault(NamedTuple):
    """A fault, and which releases have it."""

    trace: str
    first: float
    """A share of all releases: 0 is the oldest, 1 the newest."""
    last: float
    weight: float


def faults(manifest: Manifest | None, chance: random.Random) -> list[Fault]:
    """Return faults that pass through functions of a manifest, or else through unknown ones."""
    found = []
    for place, (error, (first, last)) in enumerate(zip(_ERRORS, _LIVES, strict=True)):
        frames = _frames(manifest, chance) if manifest and manifest.modules else _ANYWHERE
        trace = f"{error} at {frames}{_CAUSE if 'Timeout' in error else ''}"
        found.append(Fault(trace, first, last, 1 / (place + 1)))
    return found


def _frames(manifest: Manifest, chance: random.Random) -> str:
    """Return two or three functions, after the program's entry if there is one."""
    functions = [
        (module, symbol)
        for module in sorted(manifest.modules)
        for symbol in sorted(manifest.modules[module].symbols)
        if "<" not in symbol and symbol not in manifest.modules[module].classes and symbol.islower()
    ]
    entries = [each for each in functions if each[1] == "main"][:1]
    chosen = [*entries, *sorted(chance.sample(functions, min(len(functions), chance.choice((2, 3)))))]
    return " > ".join(
        f"{module}:{symbol}:{chance.randint(1, manifest.modules[module].lines)}" for module, symbol in chosen
    )
