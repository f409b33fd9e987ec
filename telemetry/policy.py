"""What a person is told before they are asked: in short, and in full."""

from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

__all__ = ["Policy", "first_readable", "notice"]


class Policy(NamedTuple):
    """An application's privacy policy."""

    short: str
    """What is collected, what never is, who gets it, how to stop, where the whole is: a few lines."""
    whole: Callable[[], str]
    """Returns the whole text, as the installation holds it."""


_MISSING: Final = "The policy is missing from this installation. Without it, please answer no.\n"


def first_readable(paths: Sequence[str]) -> str:
    """Return the text of the first of these files that can be read, or a sentence that there is none."""
    for path in paths:
        try:
            with open(path, encoding="utf-8") as file:
                return file.read()
        except (OSError, ValueError):
            continue
    return _MISSING


def notice(name: str, policy: Policy, enable_variable: str, disable_variable: str) -> str:
    """Return what is said where nobody can be asked: how to allow, how to forbid, what happens now."""
    return (
        f"{policy.short.rstrip()}\n\n"
        f"It looks like {name} is running in a non-interactive session, so it can't ask\n"
        "for permission to collect and report this information.\n"
        f"* To suppress this message and allow collection, set {enable_variable} to 'true'.\n"
        f"* To suppress this message and prevent collection, set {disable_variable} to 'true'.\n\n"
        "No data will be collected for this session.\n"
    )
