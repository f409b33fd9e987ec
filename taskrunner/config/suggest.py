"""Suggestions for misspelt names."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

from taskrunner.errors import UserError

if TYPE_CHECKING:
    from taskrunner.config.model import Project

__all__ = ["did_you_mean", "near", "unknown_task"]

_LONGEST: Final = 100
"""Characters of a name that is compared: the comparison's cost grows with the square."""

_MOST: Final = 500
"""Names that are compared, for the same reason."""


def near(name: str, names: Iterable[str]) -> list[str]:
    """Return up to three of the names that are most like the given one, the likeliest first."""
    from difflib import get_close_matches

    if len(name) > _LONGEST:
        return []
    folded: dict[str, str] = {}
    for candidate in names:
        if candidate != name and len(candidate) <= _LONGEST:
            folded.setdefault(candidate.lower(), candidate)
        if len(folded) == _MOST:
            break
    return [folded[match] for match in get_close_matches(name.lower(), folded, n=3, cutoff=0.6)]


def did_you_mean(name: str, names: Iterable[str]) -> str | None:
    """Return a hint such as "Did you mean 'build' or 'rebuild'?", or None where nothing is near."""
    found = [f"'{match}'" for match in near(name, names)]
    if not found:
        return None
    *most, last = found
    return f"Did you mean {', '.join(most)} or {last}?" if most else f"Did you mean {last}?"


def unknown_task(project: "Project", name: str, *, after: str | None = None) -> UserError:
    """Return the error for a task that the config does not define.

    `after` is the task that is named before it, to whose command the word may have been meant to go.
    """
    hint = did_you_mean(name, project.tasks) or "Run `taskrunner list` to see the tasks that there are."
    if after is not None:
        hint += f" To hand '{name}' to the command of '{after}', write `taskrunner run {after} -- {name}`."
    return UserError("config.unknown-task", f"There is no task '{name}' in {project.file}.", hint)
