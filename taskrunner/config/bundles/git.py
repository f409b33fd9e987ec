"""The calls of git, so that nothing in a repository or its address is taken for an option or a command."""

import contextlib
import os
import signal
import subprocess
from collections.abc import Mapping
from typing import Final

from taskrunner.config.bundles.access import Access, shown
from taskrunner.records import NamedTuple

__all__ = ["GitFailed", "GitMissing", "check_out", "clone", "names", "resolve"]

_LONGEST_WAIT: Final = 600.0
"""Seconds for one call without a terminal: with one, a person can press Ctrl-C."""

_MOST_LINES: Final = 6
_NAMES: Final = 1000

# What git may speak. Helpers such as `ext::` run any command, whatever a person's git is set up to allow.
_PROTOCOLS: Final = "file:git:http:https:ssh"

# As `git rev-parse --local-env-vars` has them: of a hook that runs us, they are about another repository.
_LOCAL: Final = (
    "GIT_ALTERNATE_OBJECT_DIRECTORIES", "GIT_CONFIG", "GIT_OBJECT_DIRECTORY", "GIT_DIR", "GIT_WORK_TREE",
    "GIT_IMPLICIT_WORK_TREE", "GIT_GRAFT_FILE", "GIT_INDEX_FILE", "GIT_NO_REPLACE_OBJECTS",
    "GIT_REPLACE_REF_BASE", "GIT_PREFIX", "GIT_SHALLOW_FILE", "GIT_COMMON_DIR", "GIT_INTERNAL_SUPER_PREFIX",
    "GIT_TRACE", "GIT_TRACE_CURL", "GIT_CURL_VERBOSE",
)  # fmt: skip

# No hook of a template, no submodule and no watcher of files: nothing that a checkout would start.
_SETTINGS: Final = (
    "core.hooksPath=/dev/null",
    "core.fsmonitor=false",
    "submodule.recurse=false",
    "advice.detachedHead=false",
)


class GitMissing(Exception):  # noqa: N818  caught where it becomes a problem with a place
    """There is no git to run."""


class GitFailed(Exception):  # noqa: N818  the same
    """Git ended with an error; its text is what git said."""


class _Ended(NamedTuple):
    code: int
    out: str
    err: str


def clone(repo: str, folder: str, access: Access) -> None:
    """Clone a repository without its files. Raises GitMissing and GitFailed."""
    arguments = ("clone", "--quiet", "--no-checkout", "--template=", "--origin=origin", "--", repo, folder)
    ended = _git(arguments, access)
    if ended.code:
        raise GitFailed(_said(ended.err, repo))


def resolve(folder: str, ref: str, access: Access) -> str | None:
    """Return the commit of a tag, branch or commit of a clone, or None where there is no such thing."""
    for name in (ref, f"origin/{ref}"):
        ended = _git(("-C", folder, "rev-parse", "--quiet", "--verify", f"{name}^{{commit}}"), access)
        if ended.code == 0:
            return ended.out.strip()
    return None


def names(folder: str, access: Access) -> list[str]:
    """Return the tags and branches of a clone, for suggestions."""
    where = ("refs/tags", "refs/remotes/origin")
    format_ = "--format=%(refname:strip=2)"
    ended = _git(("-C", folder, "for-each-ref", f"--count={_NAMES}", format_, *where), access)
    found = [name.removeprefix("origin/") for name in ended.out.splitlines()]
    return [name for name in found if name not in {"HEAD", "origin"}]


def check_out(folder: str, commit: str, repo: str, access: Access) -> None:
    """Write a commit's files into its clone. Raises GitFailed."""
    ended = _git(("-C", folder, "checkout", "--quiet", "--detach", commit), access)
    if ended.code:
        raise GitFailed(_said(ended.err, repo))


def _git(arguments: tuple[str, ...], access: Access) -> _Ended:
    settings = [part for setting in _SETTINGS for part in ("-c", setting)]
    try:
        # A session of its own has no terminal that git or ssh could ask on, and so wait for ever.
        process = subprocess.Popen(
            ["git", *settings, *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=_environment(access),
            start_new_session=not access.terminal,
        )
    except (FileNotFoundError, PermissionError) as error:
        raise GitMissing from error
    with process:
        try:
            out, err = process.communicate(timeout=None if access.terminal else _LONGEST_WAIT)
        except subprocess.TimeoutExpired:
            _end(process, whole_session=True)
            raise GitFailed(f"It took longer than {_LONGEST_WAIT / 60:.0f} minutes.") from None
        except BaseException:
            _end(process, whole_session=not access.terminal)
            raise
    return _Ended(process.returncode, out.decode(errors="replace"), err.decode(errors="replace"))


def _end(process: "subprocess.Popen[bytes]", *, whole_session: bool) -> None:
    with contextlib.suppress(ProcessLookupError):
        if whole_session:
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()


def _environment(access: Access) -> Mapping[str, str]:
    kept = {name: value for name, value in access.environment.items() if name not in _LOCAL}
    return {
        "GIT_HTTP_LOW_SPEED_LIMIT": "1",
        "GIT_HTTP_LOW_SPEED_TIME": "60",
        **kept,
        # What git says is read here, and only in English is it known what it says.
        "LC_ALL": "C",
        "GIT_ALLOW_PROTOCOL": _PROTOCOLS,
        # A repository on this machine may name another one for what it lacks, and a command to get it with.
        "GIT_NO_LAZY_FETCH": "1",
        **({} if access.terminal else {"GIT_TERMINAL_PROMPT": "0"}),
    }


def _said(text: str, repo: str) -> str:
    """Return git's last words, without a password that stands in the repository's address."""
    lines = [line.strip() for line in text.replace(repo, shown(repo)).splitlines()]
    told = [line for line in lines if line and not line.startswith("Cloning into")]
    return "\n".join(told[-_MOST_LINES:])
