r"""Reads files of environment variables, in the form that Compose reads.

::

    # a comment
    NAME=value               blanks around are dropped, and so is a comment after a blank
    NAME="several words"     with the escapes \n \r \t \" \\ \$, and over several lines
    NAME='as it is'          nothing in it is special
    export NAME=value
    NAME                     the host's value, if it has one

In values without single quotes, `$NAME`, `${NAME}` and `${NAME:-default}` stand for variables of the host,
or of earlier lines.
"""

import re
from collections.abc import Mapping
from typing import Final

from taskrunner.config.files import read_source
from taskrunner.config.nodes import quoted
from taskrunner.errors import ConfigError, Position, Problem
from taskrunner.records import NamedTuple

__all__ = ["read_env_file"]

_NAME: Final = re.compile(r"[ \t]*(?:export[ \t]+)?([^\s=:#'\"]+)[ \t]*(=|(?=#|\n|$))[ \t]*")
_BARE: Final = re.compile(r"[^\n]*")
_SINGLE: Final = re.compile(r"'([^']*)'")
_DOUBLE: Final = re.compile(r'"((?:[^"\\]|\\.)*)"', re.DOTALL)
_REST: Final = re.compile(r"[ \t]*(?:#[^\n]*)?(?:\n|$)")
_REFERENCE: Final = re.compile(
    r"\\(?P<escaped>.)|\$(?:(?P<name>[A-Za-z_][A-Za-z0-9_]*)"
    r"|\{(?P<braced>[A-Za-z_][A-Za-z0-9_]*)(?P<colon>:?)(?:-(?P<default>[^}]*))?\})",
    re.DOTALL,
)
_ESCAPES: Final = {"n": "\n", "r": "\r", "t": "\t", '"': '"', "\\": "\\", "$": "$"}


def read_env_file(path: str, named_at: Position, environment: Mapping[str, str]) -> dict[str, str]:
    """Return the variables of a file. Raises ConfigError, with places in the file."""
    source = read_source(path, named_at)
    if isinstance(source, Problem):
        raise ConfigError([source])
    return _Reader(path, source.text.replace("\r\n", "\n"), environment).read()


class _Value(NamedTuple):
    text: str
    start: int
    kind: str
    """`bare`, `single` or `double`."""


class _Reader:
    def __init__(self, path: str, text: str, environment: Mapping[str, str]) -> None:
        self._path = path
        self._text = text
        self._environment = environment
        self._found: dict[str, str] = {}
        self._offset = 0

    def read(self) -> dict[str, str]:
        while self._offset < len(self._text):
            blank = _REST.match(self._text, self._offset)
            if blank is not None and blank.end() > self._offset:
                self._offset = blank.end()
                continue
            self._line()
        return self._found

    def _line(self) -> None:
        head = _NAME.match(self._text, self._offset)
        if head is None:
            raise self._problem(self._offset, "Here is no line of the form NAME=value.")
        name = head[1]
        if not head[2]:
            self._offset = head.end()
            if name in self._environment:
                self._found[name] = self._environment[name]
        else:
            value = self._value(head.end())
            self._found[name] = value.text if value.kind == "single" else self._expanded(value)
        rest = _REST.match(self._text, self._offset)
        if rest is None:
            raise self._problem(self._offset, "There is text after the closing quote.")
        self._offset = rest.end()

    def _value(self, start: int) -> _Value:
        quote = self._text[start : start + 1]
        if quote in ("'", '"') and quote:
            match = (_SINGLE if quote == "'" else _DOUBLE).match(self._text, start)
            if match is None:
                raise self._problem(start, "This quote is never closed.")
            self._offset = match.end()
            return _Value(match[1], start + 1, "single" if quote == "'" else "double")
        match = _BARE.match(self._text, start)
        line = match[0] if match else ""
        self._offset = start + len(line)
        return _Value(re.split(r"(?:^|[ \t])#", line, maxsplit=1)[0].rstrip(), start, "bare")

    def _expanded(self, value: _Value) -> str:
        def replaced(match: "re.Match[str]") -> str:
            if match["escaped"] is not None:
                if value.kind == "double":
                    return _ESCAPES.get(match["escaped"], match[0])
                return "$" if match["escaped"] == "$" else match[0]
            return self._variable(match, value.start + match.start())

        return _REFERENCE.sub(replaced, value.text)

    def _variable(self, match: "re.Match[str]", offset: int) -> str:
        name = match["name"] or match["braced"]
        found = self._environment.get(name, self._found.get(name))
        if found is not None and (found or not match["colon"] or match["default"] is None):
            return found
        if match["default"] is not None:
            return match["default"]
        hint = (
            f"Set it, write ${{{name}:-default}}, or put the value in single quotes if it is meant as it is."
        )
        message = f"The variable {quoted(name)} is not set."
        raise self._problem(offset, message, "config.environment-variable-not-set", hint)

    def _problem(
        self, offset: int, message: str, reference: str = "plan.bad-env-file", hint: str | None = None
    ) -> ConfigError:
        before = self._text[:offset]
        where = Position(self._path, before.count("\n") + 1, offset - before.rfind("\n"))
        return ConfigError([Problem(reference, message, where, hint)])
