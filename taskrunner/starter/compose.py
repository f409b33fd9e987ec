"""The services of a Compose file that can be containers as they are."""

import os
from typing import Final, NamedTuple

from taskrunner.config.files import read_source
from taskrunner.config.loader import load
from taskrunner.config.nodes import MappingNode, Source
from taskrunner.config.yaml_reader import parse
from taskrunner.errors import ConfigError, Problem, UserError
from taskrunner.starter.text import quoted

__all__ = ["Services", "find", "services"]

_NAMES: Final = ("compose.yaml", "compose.yml", "docker-compose.yml", "docker-compose.yaml")


class Services(NamedTuple):
    """What a Compose file has."""

    usable: tuple[str, ...]
    """Services that are containers as they are."""
    problems: tuple[Problem, ...]
    """Why the others are not."""


def find(folder: str) -> str | None:
    """Return the path of a folder's Compose file, in the order in which Compose looks for it."""
    paths = (os.path.join(folder, name) for name in _NAMES)
    return next((path for path in paths if os.path.isfile(path)), None)


def services(path: str) -> Services:
    """Return the services of a Compose file. Raises UserError for one that has none."""
    source = read_source(path)
    root = parse(source, []) if isinstance(source, Source) else None
    entry = root.entries.get("services") if isinstance(root, MappingNode) else None
    if entry is None or not isinstance(entry.value, MappingNode) or not entry.value.entries:
        raise UserError(
            "init.no-services",
            f"{path} cannot be read as a Compose file with services.",
            "Correct it, or move it away for a config without it.",
        )
    usable, problems = list(entry.value.entries), dict[Problem, None]()
    # What depends on a service that is left out has to be left out, too.
    while usable:
        wrong = {name: found for name in usable if (found := _problems(path, name, usable))}
        problems.update(dict.fromkeys(problem for found in wrong.values() for problem in found))
        if not wrong:
            break
        usable = [name for name in usable if name not in wrong]
    return Services(tuple(usable), tuple(problems))


def _problems(path: str, name: str, usable: list[str]) -> tuple[Problem, ...]:
    """Return what keeps a service from being a container next to the others."""
    import tempfile

    with tempfile.TemporaryDirectory(prefix="taskrunner-init-") as folder:
        others = "".join(f"  {quoted(other)}: {{image: 'x:1'}}\n" for other in usable if other != name)
        wanted = f"  {quoted(name)}: {{from: {quoted(f'{path}#{name}')}}}\n"
        config = os.path.join(folder, "taskrunner.yml")
        with open(config, "w", encoding="utf-8") as file:
            file.write(f"project_name: init\ncontainers:\n{others}{wanted}")
        try:
            load(config)
        except ConfigError as error:
            return tuple(problem for problem in error.problems if problem.where) or error.problems
    return ()
