"""The way past the command-line library, for the command lines that people type all day.

The library costs more time than all else that happens before the engine is called. Here a command line
is read whose words are all plain: known options, each with its value, and the verbs `run` and `list`.
At the first word that is anything else, the library reads the whole of it, and says what is wrong.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from taskrunner.cli import arguments as args
from taskrunner.cli.plain_options import FLAG, MANY, NUMBER, OPTIONS
from taskrunner.records import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable

    from taskrunner.usage import Usage

__all__ = ["PlainCommand", "read", "way_past"]

_SHORT = 2
"""The length of a short option, `-o`."""
_DIGITS = 9
_IN_PLACE_OF_A_VERB = {"show_tasks", "version", "clean_all", "clean_some"}


class PlainCommand(NamedTuple):
    """A command line of plain words."""

    verb: str
    before: Mapping[str, Any]
    """The options before the verb, by the names of their parameters."""
    after: Mapping[str, Any]
    """The options behind it, and `task`."""
    arguments: tuple[str, ...]
    """What stands behind `--`."""


class _NotPlain(Exception):  # noqa: N818 - nothing is wrong: somebody else will read this command line
    """A word is there that has to be looked at more closely."""


def way_past(arguments: Sequence[str]) -> "Callable[[Usage], int] | None":
    """Return what carries out a plain command line; None for any other."""
    command = read(arguments)
    if command is None:
        return None
    found = command

    def carry_out(usage: "Usage") -> int:
        before = args.Before(args.common_of(found.before), found.arguments, usage)
        if found.verb == "run":
            from taskrunner.cli.run_task import run_task

            return run_task(before, found.after)
        from taskrunner.cli.print_tasks import print_tasks

        common = args.merge(before.common, args.common_of(found.after))
        print_tasks(before, common, as_json=bool(found.after.get("as_json")))
        return 0

    return carry_out


def read(arguments: Sequence[str]) -> PlainCommand | None:
    """Return a plain command line's parts; None for any other."""
    cut = arguments.index("--") if "--" in arguments else len(arguments)
    words = iter(arguments[:cut])
    try:
        before: dict[str, Any] = {}
        verb = _options(words, OPTIONS[""], before)
        if before.keys() & _IN_PLACE_OF_A_VERB:
            # Beside anything else, the library decides what it means.
            alone = not verb and before.keys() & _IN_PLACE_OF_A_VERB == {"show_tasks"}
            return PlainCommand("list", before, {}, tuple(arguments[cut + 1 :])) if alone else None
        if verb not in OPTIONS or not verb:
            return None
        after: dict[str, Any] = {}
        tasks = []
        while word := _options(words, OPTIONS[verb], after):
            tasks.append(word)
    except _NotPlain:
        return None
    if verb == "list" and tasks:
        return None
    return PlainCommand(verb, before, {**after, "task": tasks}, tuple(arguments[cut + 1 :]))


def _options(words: Iterator[str], known: Mapping[str, tuple[str, str]], found: dict[str, Any]) -> str:
    """Read options up to the next word that is none, and return that word, or nothing at the end."""
    for word in words:
        if not word.startswith("-"):
            if not word:
                raise _NotPlain
            return word
        name, value = _split(word)
        if name not in known:
            raise _NotPlain
        parameter, kind = known[name]
        if kind == FLAG:
            if value is not None:
                raise _NotPlain
            found[parameter] = True
            continue
        text = next(words, None) if value is None else value
        # A value that looks like an option may be a forgotten value.
        if text is None or text.startswith("-"):
            raise _NotPlain
        _take(found, parameter, kind, text)
    return ""


def _split(word: str) -> tuple[str, str | None]:
    """Return an option's name, and its value where it is in the same word."""
    if word.startswith("--"):
        name, sign, value = word.partition("=")
        return name, value if sign else None
    if word[_SHORT:] == "=":
        raise _NotPlain
    return word[:_SHORT], word[_SHORT:].removeprefix("=") or None


def _take(found: dict[str, Any], parameter: str, kind: str, text: str) -> None:
    if kind == MANY:
        found.setdefault(parameter, []).append(text)
    elif kind == NUMBER:
        if not (text.isascii() and text.isdecimal()) or len(text) > _DIGITS or int(text) < 1:
            raise _NotPlain
        found[parameter] = int(text)
    else:
        found[parameter] = text
