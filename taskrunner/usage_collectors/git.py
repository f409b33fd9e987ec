"""The version of Git."""

import os
from collections.abc import Iterator, Mapping
from typing import Final

from taskrunner.usage_collectors.answers import Topic

__all__ = ["FIELDS", "collect"]

_ENOUGH: Final = 200

_TOPIC: Final = Topic(
    proposal="0005-git",
    level="basic",
    gathered="`git --version`, run beside the command; not waited for at its end.",
    load="A process of a millisecond or two, while the engine works.",
    identifying="Millions of machines share each version; what a packager adds to it is cut off.",
    alternatives="Asking only when a Git include is used, which would miss those who cannot use one.",
)

FIELDS: Final = (
    _TOPIC.field("gitVersion", "version", "Which versions of Git must Git includes work with?", "2.39.5"),
)


def collect(environment: Mapping[str, str]) -> Iterator[tuple[str, object]]:
    """Give the version. Raises OSError where there is no Git."""
    reader, writer = os.pipe()
    try:
        nothing = os.open(os.devnull, os.O_RDWR)
        try:
            # Not subprocess: importing it takes 9 ms that the command would have to share.
            child = os.posix_spawnp(
                "git",
                ["git", "--version"],
                environment,
                file_actions=[
                    (os.POSIX_SPAWN_DUP2, nothing, 0),
                    (os.POSIX_SPAWN_DUP2, writer, 1),
                    (os.POSIX_SPAWN_DUP2, nothing, 2),
                ],
            )
        finally:
            os.close(nothing)
            os.close(writer)
        text = os.read(reader, _ENOUGH).decode("ascii", "replace")
        os.waitpid(child, 0)
    finally:
        os.close(reader)
    words = text.split()
    if words[:2] == ["git", "version"]:
        yield "gitVersion", words[2]
