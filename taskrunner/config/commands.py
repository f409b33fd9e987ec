"""Splits a command into words, as batect does: quotes and backslashes, and nothing else of a shell."""

from typing import Final

__all__ = ["CommandSyntaxError", "split"]

_SINGLE: Final = "'"
_DOUBLE: Final = '"'
_BACKSLASH: Final = "\\"


class CommandSyntaxError(ValueError):
    """A quote that is not closed, or a backslash with nothing after it."""

    def __init__(self, message: str, offset: int) -> None:
        super().__init__(message)
        self.offset = offset
        """Where in the text the quote or backslash stands, from 0."""


def split(text: str) -> tuple[str, ...]:
    """Return the words of a command.

    White space separates words. Single quotes keep everything as it is; in double quotes and outside
    of quotes a backslash stands for the character after it. Variables, operators, comments and
    patterns are text like any other. Raises CommandSyntaxError.
    """
    words: list[str] = []
    word: list[str] | None = None
    offset = 0
    while offset < len(text):
        character = text[offset]
        if character.isspace():
            if word is not None:
                words.append("".join(word))
            word = None
            offset += 1
            continue
        part, offset = _part(text, offset)
        word = [part] if word is None else [*word, part]
    if word is not None:
        words.append("".join(word))
    return tuple(words)


def _part(text: str, start: int) -> tuple[str, int]:
    """Return what starts here, up to where the next white space, quote or backslash may stand."""
    character = text[start]
    if character == _SINGLE:
        end = text.find(_SINGLE, start + 1)
        if end < 0:
            raise CommandSyntaxError("This single quote is never closed", start)
        return text[start + 1 : end], end + 1
    if character == _DOUBLE:
        return _double_quoted(text, start)
    if character == _BACKSLASH:
        if start + 1 == len(text):
            raise CommandSyntaxError("There is nothing after this backslash", start)
        return text[start + 1], start + 2
    end = start + 1
    while end < len(text) and not text[end].isspace() and text[end] not in {_SINGLE, _DOUBLE, _BACKSLASH}:
        end += 1
    return text[start:end], end


def _double_quoted(text: str, start: int) -> tuple[str, int]:
    parts: list[str] = []
    offset = start + 1
    while offset < len(text):
        character = text[offset]
        if character == _DOUBLE:
            return "".join(parts), offset + 1
        if character == _BACKSLASH:
            offset += 1
            character = text[offset : offset + 1]
        parts.append(character)
        offset += 1
    raise CommandSyntaxError("This double quote is never closed", start)
