"""What telemetry has to know of taskrunner before it may record anything, and who else may forbid it."""

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from taskrunner.host.state import home

if TYPE_CHECKING:
    from telemetry.gate import Application
    from telemetry.policy import Policy

__all__ = ["CATALOG_VERSION", "PROJECT", "application", "forbidden_by_batect", "policy", "policy_text"]

CATALOG_VERSION: Final = 1
"""The version of taskrunner's catalogue, as a literal: without a yes the catalogue is never loaded."""

PROJECT: Final = "project's file (forbid_telemetry)"
"""Who forbids where a project's config says `forbid_telemetry: true`."""

_ADMINISTRATOR_FILE: Final = "/etc/taskrunner/telemetry.toml"
_POLICY_FILE: Final = "privacy-policy.md"

_SHORT: Final = """\
taskrunner can collect and report how it is used and how it performs, to help
improve it.

- Collected: versions and kinds of what it runs on (taskrunner, Python, Docker,
  the operating system, the shell, the terminal, the CI system), which commands
  and options are used, numbers and times of tasks and steps, errors by their
  fixed name, and an id made of a random number.
- Never collected: names, paths, commands, arguments, values of variables,
  contents of files, host names, user names, IP addresses, messages of errors.
- Who gets it: the collector of whoever distributes taskrunner, and nobody else;
  raw reports go after 60 days.
- How to stop: `taskrunner telemetry disable`, at any time.
  `taskrunner telemetry status` shows what holds.
- The whole policy: `taskrunner telemetry policy`.
"""


def application(environment: Mapping[str, str]) -> "Application":
    """Return what telemetry has to know of taskrunner. Raises ImportError where it is not installed."""
    from telemetry.gate import Application

    return Application(
        name="taskrunner",
        folder=os.path.join(home(environment), "telemetry"),
        administrator_file=_ADMINISTRATOR_FILE,
        enable_variable="TASKRUNNER_ENABLE_TELEMETRY",
        disable_variable="TASKRUNNER_DISABLE_TELEMETRY",
        endpoint_variable="TASKRUNNER_TELEMETRY_URL",
        catalog_version=CATALOG_VERSION,
    )


def policy() -> "Policy":
    """Return taskrunner's privacy policy. Raises ImportError where telemetry is not installed."""
    from telemetry.policy import Policy, first_readable

    package = os.path.dirname(os.path.abspath(__file__))
    in_checkout = os.path.join(os.path.dirname(package), "docs", "telemetry", _POLICY_FILE)
    return Policy(_SHORT, lambda: first_readable((os.path.join(package, _POLICY_FILE), in_checkout)))


def policy_text() -> str:
    """Return the whole privacy policy: the entry point of the group `telemetry.policies`."""
    return policy().whole()


def forbidden_by_batect(environment: Mapping[str, str]) -> tuple[str, ...]:
    """Return what a person told batect that forbids here too: its variables, its stored no.

    A yes to batect was given to another recipient, and so is none to us.
    """
    found = []
    if (environment.get("BATECT_ENABLE_TELEMETRY") or "true").lower() not in ("1", "true"):
        found.append("BATECT_ENABLE_TELEMETRY")
    if (environment.get("BATECT_DISABLE_TELEMETRY") or "false").lower() not in ("0", "false"):
        found.append("BATECT_DISABLE_TELEMETRY")
    if _said_no_to_batect(os.path.expanduser("~/.batect/telemetry/config.json")):
        found.append("answer that batect stored")
    return tuple(found)


def _said_no_to_batect(path: str) -> bool:
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError:
        return True  # what it says cannot be told, so it may be a no
    try:
        # Its file holds an id and one of three states; nothing else in it can contain this word.
        return b'"disabled"' in os.read(descriptor, 4096)
    except OSError:
        return True
    finally:
        os.close(descriptor)
