"""What can go wrong with a bundle, with its place and what to do about it."""

import re
from typing import Final

from taskrunner.config.bundles.access import Access, Bundle, shown
from taskrunner.config.bundles.git import GitFailed, GitMissing
from taskrunner.config.bundles.store import NotFetched, RefMissing, Store
from taskrunner.config.includes import GitInclude
from taskrunner.config.suggest import did_you_mean
from taskrunner.errors import Problem

__all__ = ["find_bundle"]

_DENIED: Final = re.compile(
    "could not read (Username|Password)|Authentication failed|Permission denied|terminal prompts disabled|"
    "Host key verification failed|returned error: 40[13]|access rights"
)
_ASK: Final = "Run `taskrunner list` once in a terminal, where git can ask, or give git a credential helper."


def find_bundle(include: GitInclude, access: Access) -> Bundle | Problem:
    """Return the files of a git include, fetching them if need be and permitted; else what is wrong."""
    repo, ref = shown(include.repo), include.ref
    try:
        return Store(access).get(include.repo, include.ref)
    except GitMissing:
        message = f"git is needed to fetch {repo}, and there is none on the PATH."
        return Problem("config.git-missing", message, include.where, "Install git.")
    except GitFailed as error:
        return _not_fetched(include, str(error), access)
    except RefMissing as error:
        message = f"{repo} has no tag, branch or commit '{ref}'."
        hint = did_you_mean(ref, error.known) or _some(error.known)
        return Problem("config.bundle-ref-not-found", message, include.ref_where, hint)
    except NotFetched:
        message = f"The bundle {repo} at {ref} has not been fetched yet."
        return Problem("config.bundle-not-fetched", message, include.where, "`taskrunner list` fetches it.")
    except OSError as error:
        message = f"The bundle {repo} cannot be kept on this machine: {error.strerror}: {error.filename}."
        hint = "Make it a folder that you alone may write to, or point TASKRUNNER_HOME at another one."
        return Problem("config.bundle-store-unusable", message, include.where, hint)


def _some(known: list[str]) -> str:
    return f"It has {', '.join(known[:5])}{', …' if len(known) > 5 else ''}." if known else "It is empty."


def _not_fetched(include: GitInclude, said: str, access: Access) -> Problem:
    repo = shown(include.repo)
    if _DENIED.search(said):
        hint = "Check that your key, or name and password, may read it." if access.terminal else _ASK
        message = f"git may not read {repo}. It says:\n{said}"
        return Problem("config.bundle-access-denied", message, include.where, hint)
    message = f"git cannot fetch {repo}. It says:\n{said}"
    hint = "Check the address and the network; `git clone` should work with it."
    return Problem("config.bundle-unreachable", message, include.where, hint)
