"""Values of Compose files as values of ours: text with variables, lists, commands, paths.

Source of the rules: the Compose Specification, "Interpolation" and "Services top-level elements".
"""

import os
import re
import shlex
from collections.abc import Callable
from typing import Final

from taskrunner.config.decode import Rejected
from taskrunner.config.nodes import Entry, MappingNode, Node, ScalarNode, SequenceNode, is_null, quoted
from taskrunner.errors import Problem

__all__ = ["as_map", "command", "expression", "items", "path", "plain", "refused", "scalar", "shell_command"]

_VARIABLE: Final = re.compile(
    r"\$(?:(?P<escaped>\$)|(?P<plain>[A-Za-z_]\w*)|\{(?P<name>[A-Za-z_]\w*)(?:(?P<sign>:?[-?+])(?P<rest>[^${}]*))?\})"
)
_SPECIAL: Final = re.compile(r"[\\<]")


def refused(node: Node, message: str, hint: str | None = None) -> Rejected:
    """Return the problem of a value that has no counterpart here."""
    return Rejected(Problem("config.compose-unsupported", message, node.where, hint))


def scalar(node: Node, what: str) -> ScalarNode:
    """Return a value that has to be text. Raises Rejected."""
    if isinstance(node, ScalarNode) and not node.null:
        return node
    raise refused(node, f"Here, {what} is expected.")


def items(node: Node, what: str) -> tuple[Node, ...]:
    """Return the items of a list; a single text is a list of one. Raises Rejected."""
    if isinstance(node, SequenceNode):
        return node.items
    return (scalar(node, f"a list of {what}"),)


def expression(node: ScalarNode) -> ScalarNode:
    """Return text with variables as Compose writes them, as an expression. Raises Rejected."""
    return node._replace(text=_interpolated(node, lambda match: _reference(node, match), _escaped))


def plain(node: ScalarNode) -> ScalarNode:
    """Return text in a place that takes no variables here. Raises Rejected where it has one."""

    def variable(match: re.Match[str]) -> str:
        message = f"{quoted(match[0])} is a variable, which cannot stand here."
        raise refused(node, message, "Write the value itself.")

    return node._replace(text=_interpolated(node, variable, str))


def command(node: Node) -> Node:
    """Return a command, written as text or as a list of words. Raises Rejected.

    Ours takes variables in a list alone, so that text which has some becomes one.
    """
    if isinstance(node, SequenceNode):
        return node._replace(items=tuple(expression(scalar(item, "a word")) for item in node.items))
    text = scalar(node, "a command")
    if "$" not in text.text:
        return text
    try:
        words = shlex.split(text.text)
    except ValueError:
        raise refused(text, "A quote in this command is not closed.") from None
    items = tuple(expression(text._replace(text=word)) for word in words)
    return SequenceNode(text.source, text.line, text.column, text.width, text.anchored, items)


def shell_command(node: SequenceNode) -> ScalarNode:
    """Return the words of a list as text for a shell. Raises Rejected."""
    words = [plain(scalar(item, "a word of a command")).text for item in node.items]
    return ScalarNode(
        node.source, node.line, node.column, node.width, node.anchored, shlex.join(words), null=False
    )


def path(node: ScalarNode, folder: str) -> ScalarNode:
    """Return a host path as an expression; a relative one starts at the Compose file's folder."""
    found = expression(node)
    if folder == os.curdir or found.text.startswith(("/", "~", "$")):
        return found
    escaped = _SPECIAL.sub(r"\\\g<0>", folder).replace("$", "\\$")
    return found._replace(text=os.path.join(escaped, found.text))


def as_map(
    node: Node, change: Callable[[ScalarNode], ScalarNode] = lambda value: value, *, passes_on: bool = False
) -> Node:
    """Return a list of NAME=VALUE as a map; anything else stays as it is. Raises Rejected.

    A name without a value stands for the host's variable: `passes_on` says that it may be missing there.
    """
    entries: dict[str, Entry] = {}
    if isinstance(node, SequenceNode):
        for item in node.items:
            text = scalar(item, "NAME=VALUE")
            name, sign, value = text.text.partition("=")
            given = change(text._replace(text=value)) if sign else _of_host(text, name, passes_on=passes_on)
            entries[name] = Entry(text._replace(text=name), given)
        return MappingNode(node.source, node.line, node.column, node.width, node.anchored, entries)
    if not isinstance(node, MappingNode):
        return node
    for name, entry in node.entries.items():
        null = is_null(entry.value)
        of_host = _of_host(entry.key, name, passes_on=passes_on)
        given = of_host if null else change(scalar(entry.value, "text"))
        entries[name] = Entry(entry.key, given)
    return node._replace(entries=entries)


def _of_host(node: ScalarNode, name: str, *, passes_on: bool) -> ScalarNode:
    return node._replace(text="" if passes_on else f"${{{name}:-}}", null=passes_on)


def _interpolated(
    node: ScalarNode, variable: Callable[[re.Match[str]], str], literal: Callable[[str], str]
) -> str:
    parts, position, text = [], 0, node.text
    for match in _VARIABLE.finditer(text):
        parts.append(_literal(node, text[position : match.start()], literal))
        parts.append(literal("$") if match["escaped"] else variable(match))
        position = match.end()
    parts.append(_literal(node, text[position:], literal))
    return "".join(parts)


def _literal(node: ScalarNode, text: str, literal: Callable[[str], str]) -> str:
    if "$" in text:
        message = f"{quoted(text)} has a $ that begins no variable which can stand here."
        raise refused(node, message, "Write $$ for the character itself; a default cannot have variables.")
    return literal(text)


def _escaped(text: str) -> str:
    return "\\$" if text == "$" else _SPECIAL.sub(r"\\\g<0>", text)


def _reference(node: ScalarNode, match: re.Match[str]) -> str:
    name = match["plain"] or match["name"]
    match match["sign"]:
        case ":-" | "-":
            # Compose tells a variable that is empty from one that is not set; here, both take the default.
            return f"${{{name}:-{_escaped(match['rest'])}}}"
        case None | ":?" | "?":
            return f"${{{name}}}"
        case _:
            raise refused(node, f"{quoted(match[0])} is not supported here.", "Write the value itself.")
