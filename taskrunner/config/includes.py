"""The fields of an include: another file, a pattern of files, or a file in a git repository."""

import os
import re
from typing import Final, TypeAlias

from taskrunner.config.decode import Decoder, Field, Rejected, Scope, list_of, read_fields, table
from taskrunner.config.nodes import Node, ScalarNode, quoted
from taskrunner.config.scalars import FILLED_TEXT, choice
from taskrunner.errors import Position, Problem
from taskrunner.records import NamedTuple

__all__ = ["INCLUDES", "INCLUDE_TABLE", "FileInclude", "GitInclude", "Include"]

BUNDLE_FILE: Final = "batect-bundle.yml"
"""The file of a repository that is included where none is named; batect's name."""

_PROTOCOLS: Final = ("file", "git", "http", "https", "ssh")


class FileInclude(NamedTuple):
    """Another config file to read."""

    path: str
    """Absolute; may have wildcards."""
    where: Position


class GitInclude(NamedTuple):
    """A config file in a git repository."""

    repo: str
    """As git takes it; a local path is absolute."""
    ref: str
    path: str
    where: Position
    ref_where: Position
    path_where: Position
    """Of `path`'s value, or of the whole include where there is none."""


Include: TypeAlias = FileInclude | GitInclude

_TYPE: Final = choice({"file": "file", "git": "git"}, "a type of include")

INCLUDE_TABLE: Final = table(
    "include",
    "an include",
    "Another config file, whose containers, tasks and config variables belong to the project too.",
    [
        Field(
            "type",
            choice({"file": "file", "git": "git"}, "a type of include"),
            "`file` or `git`.",
            required=True,
        ),
        Field(
            "path",
            FILLED_TEXT,
            "For `file`: the file, or a pattern, relative to this one. For `git`: in the repository.",
        ),
        Field("repo", FILLED_TEXT, "For `git`: the repository, as `git clone` takes it."),
        Field("ref", FILLED_TEXT, "For `git`: the tag, commit or branch."),
    ],
    {
        "oneOf": [
            {"properties": {"type": {"const": "file"}, "repo": False, "ref": False}, "required": ["path"]},
            {"properties": {"type": {"const": "git"}}, "required": ["repo", "ref"]},
        ]
    },
)


def _include_if_right(node: Node, scope: Scope) -> Include | None:
    """Decode an include; None for one with problems, so that it is seen that names may be missing."""
    try:
        return _include(node, scope)
    except Rejected as rejected:
        scope.problems.extend(rejected.problems)
        return None


def _include(node: Node, scope: Scope) -> Include:
    if isinstance(node, ScalarNode):
        return _file_include(FILLED_TEXT.read(node, scope), node.where, scope)
    fields = read_fields(node, INCLUDE_TABLE, scope)
    if fields.need("type") == "file":
        for name in ("repo", "ref"):
            if fields.has(name):
                message = f"An include of the type file has no key '{name}'."
                hint = "Write `type: git` if a repository is meant, or remove the key."
                scope.problems.append(Problem("config.key-not-permitted", message, fields.key(name), hint))
        if not fields.has("path"):
            message = "The key 'path' is missing: an include of the type file needs it."
            hint = "Add the file's path, such as `path: tasks/lint.yml`."
            raise Rejected(Problem("config.missing-key", message, fields.where, hint))
        return _file_include(fields.need("path"), fields.value("path"), scope)
    for name in ("repo", "ref"):
        if not fields.has(name):
            message = f"The key '{name}' is missing: an include of the type git needs it."
            hint = "It takes `repo`, the address of the repository, and `ref`, a tag, a branch or a commit."
            scope.problems.append(Problem("config.missing-key", message, fields.where, hint))
    repo, ref = fields.need("repo"), fields.need("ref")
    return GitInclude(
        repo=_repo(repo, fields.value("repo"), scope),
        ref=_ref(ref, fields.value("ref")),
        path=fields.get("path", BUNDLE_FILE),
        where=fields.where,
        ref_where=fields.value("ref"),
        path_where=fields.value("path") if fields.has("path") else fields.where,
    )


def _file_include(path: str, where: Position, scope: Scope) -> FileInclude:
    return FileInclude(os.path.normpath(os.path.join(scope.directory, os.path.expanduser(path))), where)


def _repo(text: str, where: Position, scope: Scope) -> str:
    """Return a repository's address, of which git can take no part for an option or a command."""
    scheme, separator, _ = text.partition("://")
    problem = None
    if text.startswith("-") or not text.isprintable() or text.strip() != text:
        problem = "it starts with a dash, or has blanks around it or control characters in it"
    elif re.match("[A-Za-z0-9_+-]+::", text):
        problem = "helpers such as 'ext::' are not used, for they can run any command"
    elif separator and scheme.lower() not in _PROTOCOLS:
        problem = f"its protocol is none of {', '.join(_PROTOCOLS)}"
    if problem is not None:
        message = f"{quoted(text)} is not accepted as a repository: {problem}."
        hint = "Write it as https://host/path.git, ssh://host/path.git, git@host:path.git or a local path."
        raise Rejected(Problem("config.bad-repo", message, where, hint))
    if separator or ":" in text.partition("/")[0]:
        return text
    return os.path.normpath(os.path.join(scope.directory, os.path.expanduser(text)))


def _ref(text: str, where: Position) -> str:
    if text.startswith("-") or not text.isprintable() or " " in text:
        message = (
            f"{quoted(text)} cannot be a ref: it starts with a dash, or has blanks or control characters."
        )
        raise Rejected(Problem("config.bad-ref", message, where, "Name a tag, a commit or a branch."))
    return text


def _identity(include: Include | None) -> object:
    if isinstance(include, GitInclude):
        return include[:3]
    return include and include.path


INCLUDES: Final = list_of(
    Decoder(_include_if_right, {"anyOf": [{"type": "string", "minLength": 1}, {"$ref": "#/$defs/include"}]}),
    same=_identity,
)
