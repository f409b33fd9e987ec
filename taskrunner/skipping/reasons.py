"""Why a task has to run, in words: what is not as it was when the task last succeeded."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

__all__ = ["of_configs", "of_files", "of_images", "of_prerequisites"]

_SHOWN: Final = 3


def of_files(before: Mapping[str, str], now: Mapping[str, str]) -> Iterator[str]:
    """Yield how input files differ: a sentence for each of the first, and how many more there are."""
    changes = [f"{name} is new" for name in now if name not in before]
    changes += [f"{name} has changed" for name, digest in now.items() if before.get(name, digest) != digest]
    changes += [f"{name} is gone" for name in before if name not in now]
    yield from changes[:_SHOWN]
    if len(changes) > _SHOWN:
        rest = len(changes) - _SHOWN
        yield f"{rest} more {'input differs' if rest == 1 else 'inputs differ'}"
    if not changes:
        yield "the list of inputs has changed"


def of_configs(before: Any, now: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    """Yield how the settings of containers differ; never their values, which may be secret."""
    known = before if isinstance(before, dict) else {}
    for name, settings in now.items():
        then = known.get(name)
        if not isinstance(then, dict):
            yield f"container {name} is new to the task"
            continue
        for field, value in settings.items():
            if then.get(field) != value:
                yield f"`{field}` of container {name} has changed{_which(then.get(field), value)}"
    for name in known.keys() - now.keys():
        yield f"container {name} is no longer a part of the task"


def of_images(before: Any, now: Mapping[str, str]) -> Iterator[str]:
    """Yield which containers have another image."""
    known = before if isinstance(before, dict) else {}
    for name, image in now.items():
        if known.get(name, image) != image:
            yield f"the image of container {name} is another one"


def of_prerequisites(before: Any, now: Mapping[str, str]) -> Iterator[str]:
    """Yield which prerequisites are not what they were."""
    known = before if isinstance(before, dict) else {}
    for name in sorted(known.keys() | now.keys()):
        if known.get(name) != now.get(name):
            yield f"its prerequisite {name} is not what it was"


def _which(before: Any, now: Any) -> str:
    if not (isinstance(before, dict) and isinstance(now, dict)):
        return ""
    names = sorted(name for name in before.keys() | now.keys() if before.get(name) != now.get(name))
    more = ", …" if len(names) > _SHOWN else ""
    return f" ({', '.join(names[:_SHOWN])}{more})"
