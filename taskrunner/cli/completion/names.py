"""The names in a project's config, for completion.

A project that an earlier command has kept is taken as it is, with what it includes from git. Any other is
read from the text alone, without checking it: a config with a mistake in it is still completed, and nothing
waits for the network. What cannot be read gives no names.
"""

import os

from taskrunner.config import parse_cache
from taskrunner.config.discovery import find_config
from taskrunner.errors import TaskrunnerError
from taskrunner.host import state

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskrunner.config.model import Project

__all__ = ["names"]


def names(kind: str, config_file: str | None) -> list[tuple[str, str]]:
    """Return names with their descriptions: of `tasks`, `containers`, `variables` or `caches`.

    Containers and variables end with an equals sign, as the options want them.
    """
    try:
        path = find_config(config_file, os.getcwd())
        kept = parse_cache.find(path, os.path.join(state.home(os.environ), "parsed"))
        if kept is not None:
            return _of_project(kept, kind)
        # The reader of YAML takes longer to load than a kept project to be read.
        from taskrunner.cli.completion.raw_names import raw_names

        return raw_names(path, kind)
    except (TaskrunnerError, OSError, RecursionError):
        return []


def _of_project(project: "Project", kind: str) -> list[tuple[str, str]]:
    match kind:
        case "tasks":
            return [(name, task.description) for name, task in project.tasks.items()]
        case "containers":
            return [(f"{name}=", "") for name in project.containers]
        case "variables":
            return [(f"{name}=", each.description or "") for name, each in project.variables.items()]
        case _:
            from taskrunner.config.model import CacheMount

            mounts = (mount for each in project.containers.values() for mount in each.volumes)
            found = (mount.name for mount in mounts if isinstance(mount, CacheMount))
            return [(name, "") for name in dict.fromkeys(found)]
