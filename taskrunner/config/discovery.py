"""Finds the config file and the file of config variables."""

import os
from collections.abc import Iterator
from typing import Final

from taskrunner.errors import UserError

__all__ = ["find_config", "find_variables_file", "variables_files"]

CONFIG_FILES: Final = ("taskrunner.yml", "batect.yml")
VARIABLES_FILES: Final = ("taskrunner.local.yml", "batect.local.yml")


def find_config(explicit: str | None, start: str) -> str:
    """Return the path of the root config file.

    That is the one given explicitly, relative to the start folder; else `taskrunner.yml` or
    `batect.yml`, in that order, in the start folder or the nearest of its parents. Raises UserError.
    """
    if explicit is not None:
        return _existing(os.path.join(start, explicit), "config file", "-f")
    for folder in _upwards(os.path.abspath(start)):
        for name in CONFIG_FILES:
            path = os.path.join(folder, name)
            if os.path.isfile(path):
                return path
    first, second = CONFIG_FILES
    raise UserError(
        "config.no-config-file",
        f"There is no {first} and no {second} in {os.path.abspath(start)} or in any folder above it.",
        f"Go to a project's folder, create a {first}, or name the file with -f.",
    )


def find_variables_file(explicit: str | None, config_file: str, start: str) -> str | None:
    """Return the path of the file of config variables, or None where there is none.

    That is the one given explicitly; else `taskrunner.local.yml` or `batect.local.yml`, in that order,
    next to the config file, else in the start folder. Raises UserError for an explicit file that is missing.
    """
    if explicit is not None:
        return _existing(os.path.join(start, explicit), "file of config variables", "--config-vars-file")
    return next(filter(os.path.isfile, variables_files(None, config_file, start)), None)


def variables_files(explicit: str | None, config_file: str, start: str) -> Iterator[str]:
    """Yield the paths at which `find_variables_file` looks, in its order."""
    if explicit is not None:
        yield os.path.join(start, explicit)
        return
    beside = os.path.dirname(os.path.abspath(os.path.join(start, config_file)))
    for folder in (beside, os.path.abspath(start)):
        yield from (os.path.join(folder, name) for name in VARIABLES_FILES)


def _existing(path: str, what: str, option: str) -> str:
    if not os.path.exists(path):
        message = f"The {what} {os.path.abspath(path)} does not exist."
        raise UserError("config.file-not-found", message, f"Correct the path that is given with {option}.")
    return path


def _upwards(folder: str) -> Iterator[str]:
    while True:
        yield folder
        parent = os.path.dirname(folder)
        if parent == folder:
            return
        folder = parent
