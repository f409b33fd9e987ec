"""Decoders of single texts: names, numbers, durations, commands, expressions."""

import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from taskrunner.config import values
from taskrunner.config.commands import CommandSyntaxError, split
from taskrunner.config.decode import Decoder, Rejected, Scope, empty_text, list_of, text_of
from taskrunner.config.expressions import parse
from taskrunner.config.model import CommandLine, Expression, Literal, PathExpression, Reference
from taskrunner.config.nodes import Node, SequenceNode, quoted, within
from taskrunner.errors import ConfigError, Position, Problem

__all__ = [
    "BOOLEAN",
    "COMMAND",
    "CONTAINER_NAME",
    "COUNT",
    "DURATION",
    "EXPRESSION",
    "FILLED_TEXT",
    "IMAGE",
    "IMAGE_NAME",
    "PATH",
    "REFERENCE",
    "SIZE",
    "TASK_NAME",
    "TEXT",
    "VARIABLE_NAME",
    "check_name",
    "choice",
    "converted",
]

# A scalar arrives as text whatever it looks like, so an editor must not complain about 1 or true.
TEXT_SCHEMA: Final[Mapping[str, Any]] = {"type": ["string", "number", "boolean"]}

# The rule of the engine for image names, as batect applies it to projects and containers.
IMAGE_NAME: Final = "[a-z0-9]+(?:(?:\\.|__?|-+)[a-z0-9]+)*"
CONTAINER_NAME: Final = IMAGE_NAME
TASK_NAME: Final = "[a-zA-Z0-9](?:[a-zA-Z0-9._:-]*[a-zA-Z0-9])?"
VARIABLE_NAME: Final = "[a-zA-Z][a-zA-Z0-9._-]*"


def check_name(name: str, pattern: str, what: str, rule: str, where: Position) -> None:
    """Raise Rejected for a name that breaks its rule."""
    if not re.fullmatch(pattern, name):
        message = f"{quoted(name)} cannot name {what}: {rule}."
        raise Rejected(Problem("config.bad-name", message, where, "Choose another name."))


TEXT: Final = Decoder(lambda node, _: text_of(node), TEXT_SCHEMA)


def _filled(node: Node, _: Scope) -> str:
    text = text_of(node)
    if not text.strip():
        raise Rejected(empty_text(node))
    return text


FILLED_TEXT: Final = Decoder(_filled, {**TEXT_SCHEMA, "minLength": 1})


def converted(convert: Callable[[str], Any]) -> Callable[[Node, Scope], Any]:
    """Return a reader of texts that `convert` takes; its ValueError says what is expected."""

    def read(node: Node, _: Scope) -> Any:
        text = text_of(node)
        try:
            return convert(text)
        except ValueError as error:
            message = f"{quoted(text)} is not accepted here: {error} is expected."
            raise Rejected(Problem("config.bad-value", message, node.where)) from None

    return read


BOOLEAN: Final = Decoder(
    converted(values.parse_boolean),
    {"anyOf": [{"type": "boolean"}, {"enum": [*values.BOOLEANS]}]},
)


def _count(text: str) -> int:
    number = values.parse_integer(text)
    if number < 0:
        raise ValueError("a whole number from 0")
    return number


COUNT: Final = Decoder(converted(_count), {"type": ["integer", "string"], "minimum": 0})


def _time(text: str) -> int:
    duration = values.parse_duration(text)
    # The engine refuses both, but only once it has built or pulled everything.
    if duration < 0 or 0 < duration < 1_000_000:
        raise ValueError("0, or a duration of at least 1ms,")
    return duration


DURATION: Final = Decoder(
    converted(_time),
    {"anyOf": [{"const": 0}, {"type": "string", "pattern": f"^{values.DURATION}$"}]},
)
SIZE: Final = Decoder(
    converted(values.parse_size),
    {"anyOf": [{"type": "integer", "minimum": 0}, {"type": "string", "pattern": f"^{values.SIZE}$"}]},
)


def choice(accepted: Mapping[str, Any], what: str) -> Decoder:
    """Return the decoder of a text that is one of a few."""

    def read(node: Node, _: Scope) -> Any:
        text = text_of(node, what)
        if text not in accepted:
            from taskrunner.config.suggest import did_you_mean

            message = f"{quoted(text)} is not {what}: accepted are {', '.join(accepted)}."
            raise Rejected(
                Problem("config.unknown-choice", message, node.where, did_you_mean(text, accepted))
            )
        return accepted[text]

    return Decoder(read, {"enum": list(accepted)})


def _expression(node: Node, _: Scope) -> Expression:
    try:
        return parse(text_of(node), node.where)
    except ConfigError as error:
        raise Rejected(*error.problems) from None


EXPRESSION: Final = Decoder(_expression, TEXT_SCHEMA)


def _image(node: Node, scope: Scope) -> Expression:
    expression = _expression(node, scope)
    if all(isinstance(part, Literal) for part in expression.parts):
        text = "".join(part.text for part in expression.parts if isinstance(part, Literal))
        if not text.strip():
            raise Rejected(empty_text(node))
        if not values.is_image(text):
            message = f"{quoted(text)} is not the name of an image."
            hint = "Write it as name:tag, registry.example.org/name:tag or name@sha256:…, in small letters."
            raise Rejected(Problem("config.bad-image", message, node.where, hint))
    return expression


IMAGE: Final = Decoder(_image, {**TEXT_SCHEMA, "minLength": 1})


def _command(node: Node, scope: Scope) -> CommandLine:
    if isinstance(node, SequenceNode):
        words: tuple[Expression, ...] = _WORDS.read(node, scope)
        return CommandLine(" ".join(word.source for word in words), (), words)
    text = text_of(node, "a command, as text or as a list of words,")
    try:
        return CommandLine(text, split(text))
    except CommandSyntaxError as error:
        where = within(node.where, text, error.offset, 1)
        hint = "Quote it as in a shell, or write the command as a list of words, which needs no quotes."
        raise Rejected(Problem("config.bad-command", f"{error}: {quoted(text)}.", where, hint)) from None


_WORDS: Final = list_of(EXPRESSION)
COMMAND: Final = Decoder(_command, {"anyOf": [TEXT_SCHEMA, _WORDS.schema]})


def _path(node: Node, scope: Scope) -> PathExpression:
    return PathExpression(_expression(node, scope), scope.directory)


PATH: Final = Decoder(_path, TEXT_SCHEMA)
REFERENCE: Final = Decoder(lambda node, _: Reference(text_of(node, "a name"), node.where), TEXT_SCHEMA)
