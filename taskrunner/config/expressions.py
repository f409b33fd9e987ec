r"""Expressions: text with references to the host's environment and to config variables.

Grammar (batect 0.85)::

    $NAME  ${NAME}  ${NAME:-default}     the host's environment
    <name  <{name}                       a config variable
    \x                                   the character x itself
"""

from collections.abc import Mapping
from typing import Final

from taskrunner.config.model import (
    EnvironmentReference,
    Expression,
    ExpressionPart,
    Literal,
    VariableReference,
)
from taskrunner.config.nodes import quoted, within
from taskrunner.errors import ConfigError, Position, Problem
from taskrunner.records import NamedTuple

__all__ = ["evaluate", "literal", "parse"]

_LONGEST: Final = 131_072
"""No kernel takes a longer argument or variable (execve(2))."""


def parse(text: str, where: Position) -> Expression:
    """Return the expression that a text stands for. Raises ConfigError for one that is not well formed."""
    if "$" not in text and "<" not in text and "\\" not in text:
        return literal(text, where)
    if len(text) > _LONGEST:
        message = f"This expression is too long: {_LONGEST:,} characters are the most."
        hint = "Put long text into a file, and mount or read that."
        raise ConfigError([Problem("config.bad-expression", message, where, hint)])
    try:
        parts = tuple(piece.part for piece in _pieces(text))
    except _Malformed as error:
        message = f"The expression {quoted(text)} is not valid: {error.reason}."
        place = within(where, text, error.offset, error.width)
        raise ConfigError([Problem("config.bad-expression", message, place, error.hint)]) from None
    return Expression(text, parts, where)


def literal(text: str, where: Position) -> Expression:
    """Return an expression that stands for its text, whatever is in it."""
    return Expression(text, (Literal(text),), where)


def evaluate(
    expression: Expression, environment: Mapping[str, str], variables: Mapping[str, str | None]
) -> str:
    """Return an expression's value.

    An environment variable that is set counts even if it is empty; only one that is not set takes its
    default. Raises ConfigError for a reference that has no value.
    """
    values = [_value(part, environment, variables) for part in expression.parts]
    if None in values:
        raise ConfigError(_missing(expression, values, variables))
    return "".join(value for value in values if value is not None)


def _value(
    part: ExpressionPart, environment: Mapping[str, str], variables: Mapping[str, str | None]
) -> str | None:
    if isinstance(part, Literal):
        return part.text
    if isinstance(part, EnvironmentReference):
        return environment.get(part.name, part.default)
    return variables.get(part.name)


def _missing(
    expression: Expression, values: list[str | None], variables: Mapping[str, str | None]
) -> list[Problem]:
    # Places within an expression are not kept: they are worked out again, for the few that are reported.
    pieces = _pieces(expression.source)
    first: dict[ExpressionPart, _Piece] = {}
    for piece, value in zip(pieces, values, strict=True):
        if value is None:
            first.setdefault(piece.part, piece)
    return [_missing_problem(expression, piece, variables) for piece in first.values()]


def _missing_problem(expression: Expression, piece: "_Piece", variables: Mapping[str, str | None]) -> Problem:
    where = within(expression.where, expression.source, piece.start, piece.end - piece.start)
    if isinstance(piece.part, EnvironmentReference):
        name = piece.part.name
        message = f"The environment variable '{name}' is not set, and there is no default for it."
        hint = f"Set it, or give a default: ${{{name}:-…}}."
        return Problem("config.environment-variable-not-set", message, where, hint)
    name = piece.part.name if isinstance(piece.part, VariableReference) else ""
    if name in variables:
        message = f"The config variable '{name}' has no value, and there is no default for it."
        hint = f"Set it in the variables file, or with --config-var {name}=…."
        return Problem("config.variable-not-set", message, where, hint)
    from taskrunner.config.suggest import did_you_mean

    message = f"There is no config variable '{name}'."
    suggestion = did_you_mean(name, variables) or "Define it under `config_variables`."
    return Problem("config.undefined-variable", message, where, suggestion)


class _Piece(NamedTuple):
    part: ExpressionPart
    start: int
    end: int


class _Malformed(Exception):  # noqa: N818  never leaves this module
    def __init__(self, reason: str, offset: int, width: int = 1, hint: str | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.offset = offset
        self.width = width
        self.hint = hint


def _pieces(text: str) -> list[_Piece]:
    pieces: list[_Piece] = []
    start = 0
    while start < len(text):
        part, end = _part(text, start)
        pieces.append(_Piece(part, start, end))
        start = end
    return pieces or [_Piece(Literal(""), 0, 0)]


def _part(text: str, start: int) -> tuple[ExpressionPart, int]:
    if text[start] == "$":
        return _environment(text, start)
    return _variable(text, start) if text[start] == "<" else _literal(text, start)


def _literal(text: str, start: int) -> tuple[Literal, int]:
    characters: list[str] = []
    offset = start
    while offset < len(text) and text[offset] not in "$<":
        if text[offset] == "\\":
            offset = _escaped(text, offset)
        characters.append(text[offset])
        offset += 1
    return Literal("".join(characters)), offset


def _escaped(text: str, offset: int) -> int:
    if offset + 1 == len(text):
        raise _Malformed("there is nothing after its last backslash", offset)
    return offset + 1


def _environment(text: str, start: int) -> tuple[EnvironmentReference, int]:
    if text[start + 1 : start + 2] != "{":
        hint = "For a plain dollar sign write \\$."
        name, end = _bare_name(text, start, hint)
        return EnvironmentReference(name, None), end
    end = start + 2
    while end < len(text) and text[end] not in ":}":
        end += 1
    name = text[start + 2 : end]
    if end == len(text):
        raise _Malformed("a closing } is missing", start, end - start)
    if not name:
        raise _Malformed("there is no name between the braces", start, end + 1 - start)
    if text[end] == "}":
        return EnvironmentReference(name, None), end + 1
    if text[end + 1 : end + 2] != "-":
        raise _Malformed("a - must follow the :", end, 2, f"Write a default as ${{{name}:-default}}.")
    default, end = _default(text, start, end + 2)
    return EnvironmentReference(name, default), end


def _default(text: str, start: int, offset: int) -> tuple[str, int]:
    characters: list[str] = []
    while offset < len(text) and text[offset] != "}":
        if text[offset] == "\\":
            offset = _escaped(text, offset)
        characters.append(text[offset])
        offset += 1
    if offset == len(text):
        raise _Malformed("a closing } is missing", start, len(text) - start)
    return "".join(characters), offset + 1


def _variable(text: str, start: int) -> tuple[VariableReference, int]:
    if text[start + 1 : start + 2] != "{":
        hint = "For a plain less-than sign write \\<; for a name with dots or dashes write <{name}."
        name, end = _bare_name(text, start, hint)
        return VariableReference(name), end
    end = text.find("}", start)
    if end < 0:
        raise _Malformed("a closing } is missing", start, len(text) - start)
    if end == start + 2:
        raise _Malformed("there is no name between the braces", start, 3)
    return VariableReference(text[start + 2 : end]), end + 1


def _bare_name(text: str, start: int, hint: str) -> tuple[str, int]:
    end = start + 1
    while end < len(text) and (text[end].isalnum() or text[end] == "_"):
        end += 1
    if end == start + 1:
        raise _Malformed(f"there is no name after the {text[start]}", start, 1, hint)
    return text[start + 1 : end], end
