"""The images that a Dockerfile starts from, as far as they can be told without building it."""

import re
from collections.abc import Mapping
from typing import Final

__all__ = ["base_images"]

_LINE: Final = re.compile(r"^\s*(ARG|FROM|COPY|RUN|ADD)\s+(.*)$", re.IGNORECASE)
_CONTINUED: Final = re.compile(r"\\[ \t]*\n(?:\s*#[^\n]*\n)*")
_FROM: Final = re.compile(
    r"(?:--platform=(?P<platform>\S+)\s+)?(?P<image>\S+)(?:\s+AS\s+(?P<stage>\S+))?", re.IGNORECASE
)
_COPY_FROM: Final = re.compile(r"--from=(\S+)")
_MOUNT_FROM: Final = re.compile(r"--mount=\S*?\bfrom=([^,\s]+)")
_VARIABLE: Final = re.compile(r"\$(?:(\w+)|\{(\w+)(?::?-([^}]*))?\})")
_REMOTE: Final = re.compile(r"(?:^|\s)(?:https?://|git@|ssh://|git://)", re.IGNORECASE)


def base_images(text: str, arguments: Mapping[str, str]) -> tuple[str, ...] | None:
    """Return the images outside the Dockerfile that it uses, each once, `scratch` left out.

    None where what it uses cannot be told: a name with an argument that has no value here, or
    something from the network, which may have changed since the last build.
    """
    values: dict[str, str] = {}
    stages: set[str] = set()
    found: dict[str, None] = {}
    for line in _CONTINUED.sub(" ", text).splitlines():
        if (instruction := _LINE.match(line)) is None:
            continue
        keyword, rest = instruction[1].upper(), instruction[2].strip()
        if keyword == "ARG" and not stages and not found:
            name, _, default = rest.partition("=")
            values[name] = arguments.get(name, default.strip("\"'"))
        elif keyword == "ADD" and _REMOTE.search(rest):
            return None
        for image in _named(keyword, rest, stages):
            reference = _substituted(image, values)
            if reference is None:
                return None
            if not (reference.lower() in stages or reference == "scratch" or reference.isdecimal()):
                found[reference] = None
        if keyword == "FROM":
            stages.add((_stage(rest) or f" {len(stages)}").lower())
    return tuple(found)


def _named(keyword: str, rest: str, stages: set[str]) -> list[str]:
    if keyword == "FROM":
        named = _FROM.match(rest)
        return [] if named is None else [named["image"]]
    if keyword == "COPY" and stages:
        return _COPY_FROM.findall(rest)
    return _MOUNT_FROM.findall(rest) if keyword == "RUN" else []


def _stage(rest: str) -> str | None:
    named = _FROM.match(rest)
    return None if named is None else named["stage"]


def _substituted(text: str, values: Mapping[str, str]) -> str | None:
    missing = False

    def value(found: re.Match[str]) -> str:
        nonlocal missing
        name = found[1] or found[2]
        result = values.get(name) or found[3]
        missing = missing or not result
        return result or ""

    replaced = _VARIABLE.sub(value, text)
    return None if missing else replaced
