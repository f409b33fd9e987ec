"""The size of a project and which features of the config it uses."""

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from taskrunner.usage_collectors.answers import Topic

if TYPE_CHECKING:
    from collections.abc import Callable

    from taskrunner.config.model import Container, Project
    from taskrunner.plan.model import RunPlan

__all__ = ["FIELDS", "collect", "collect_plan"]

_SIZES: Final = Topic(
    proposal="0009-project",
    level="full",
    gathered="Counted in the config once it is loaded.",
    load="Some additions.",
    identifying="A number, told as a range that is wide where few projects are.",
    alternatives="The exact number, which could tell a large project from all others.",
    summarised="Users a week, by range.",
    drawn="Bars, in the order of the ranges.",
)
_FEATURES: Final = _SIZES._replace(
    level="middle",
    gathered="Whether any container of the project has the field; its value is not looked at.",
    identifying="True or false about a field that every config may have.",
    alternatives="The config itself, which is nobody's business.",
    summarised="Share of users a week.",
    drawn="Bars, largest first, all features together.",
)
_BYTES: Final = ("0-999", "1000-4999", "5000-19999", "20000-99999", "100000+")

FIELDS: Final = (
    _SIZES.bucket("taskCount", "How many tasks must loading and listing cope with?"),
    _SIZES.bucket("containerCount", "How many containers do projects have?"),
    _SIZES.bucket("configVariableCount", "How many config variables do projects have?"),
    _SIZES.bucket("fileCount", "Are configs split into several files?"),
    _SIZES.bucket("bundleCount", "Are files of git repositories included?"),
    _SIZES.bucket(
        "configBytes",
        "How large are the configs that are loaded?",
        _BYTES,
        gathered="The sizes of the config's files, added up.",
        load="One question to the disk for each file.",
    ),
    _SIZES.bucket(
        "prerequisiteCount",
        "How many tasks run before the one that was asked for?",
        gathered="Counted in the plan of the run.",
    ),
    _FEATURES.enum(
        "configFile",
        "How many projects come from batect, and how many are new?",
        ("taskrunner.yml", "batect.yml"),
        gathered="The config file's name, looked up in a list of the two usual ones.",
        identifying="One of two names that all projects share, or `other`.",
    ),
    _FEATURES.flag("usesBuilds", "Do projects build their images?"),
    _FEATURES.flag("usesBuildSecrets", "Are build secrets used?"),
    _FEATURES.flag("usesBuildSsh", "Are SSH agents used in builds?"),
    _FEATURES.flag("usesCaches", "Are caches used?"),
    _FEATURES.flag("usesDependencies", "Do tasks need containers beside their own?"),
    _FEATURES.flag("usesHealthChecks", "Are health checks written in configs?"),
    _FEATURES.flag("usesSetupCommands", "Are set-up commands used?"),
    _FEATURES.flag("usesPorts", "Are ports published?"),
    _FEATURES.flag("usesCurrentUser", "Do containers run as the person who starts them?"),
    _FEATURES.flag("usesPrivileged", "Do containers need privileges?"),
    _FEATURES.flag("usesEnvFiles", "Are files of environment variables used?"),
    _FEATURES.flag("usesLimits", "Are memory, processors or other resources limited?"),
    _FEATURES.flag("usesPlatform", "Do containers need another platform than the machine's?"),
    _FEATURES.flag("usesNetworks", "Do containers join networks of others?"),
    _FEATURES.flag("usesConditions", "Are there dependencies that only start, or run to their end?"),
    _FEATURES.flag("usesOutsideChecks", "Are containers checked by their ports?"),
    _FEATURES.flag("usesComposeServices", "Are services of Compose files used as containers?"),
    _FEATURES.flag("usesCustomise", "Do tasks change their dependencies?"),
    _FEATURES.flag(
        "usesInputs",
        "Do tasks say what they read, so that they can be skipped?",
        gathered="Whether any task of the project has the field; its value is not looked at.",
    ),
)


def collect(project: "Project") -> Iterator[tuple[str, object]]:
    """Give the values that the config has."""
    yield "taskCount", len(project.tasks)
    yield "containerCount", len(project.containers)
    yield "configVariableCount", len(project.variables)
    yield "fileCount", len(project.files)
    yield "bundleCount", len(project.bundles)
    yield "configFile", os.path.basename(project.file)
    yield "usesCustomise", any(task.customise for task in project.tasks.values())
    yield "usesInputs", any(task.inputs is not None for task in project.tasks.values())
    containers = tuple(project.containers.values())
    for name in _USES:
        yield name, any(_USES[name](container) for container in containers)
    yield "configBytes", sum(os.path.getsize(file) for file in project.files)


def collect_plan(plan: "RunPlan") -> Iterator[tuple[str, object]]:
    """Give the values that the plan of a run has."""
    yield "prerequisiteCount", len(plan.tasks) - 1


def _has_secrets(container: "Container") -> bool:
    return container.build is not None and bool(container.build.secrets)


def _has_ssh(container: "Container") -> bool:
    return container.build is not None and bool(container.build.ssh)


def _has_caches(container: "Container") -> bool:
    from taskrunner.config.model import CacheMount

    return any(isinstance(mount, CacheMount) for mount in container.volumes)


def _has_health_check(container: "Container") -> bool:
    return any(value is not None for value in container.health_check)


def _has_conditions(container: "Container") -> bool:
    from taskrunner.config.model import HEALTHY

    return any(dependency.condition != HEALTHY for dependency in container.dependencies)


_USES: Final[dict[str, "Callable[[Container], bool]"]] = {
    "usesBuilds": lambda container: container.build is not None,
    "usesBuildSecrets": _has_secrets,
    "usesBuildSsh": _has_ssh,
    "usesCaches": _has_caches,
    "usesDependencies": lambda container: bool(container.dependencies),
    "usesHealthChecks": _has_health_check,
    "usesSetupCommands": lambda container: bool(container.setup_commands),
    "usesPorts": lambda container: bool(container.ports),
    "usesCurrentUser": lambda container: container.run_as_current_user is not None,
    "usesEnvFiles": lambda container: bool(container.env_files),
    "usesLimits": lambda c: bool(c.ulimits) or c.mem_limit is not None or c.cpus is not None,
    "usesPlatform": lambda container: container.platform is not None,
    "usesNetworks": lambda container: bool(container.networks),
    "usesConditions": _has_conditions,
    "usesOutsideChecks": lambda c: c.health_check.http is not None or c.health_check.tcp is not None,
    "usesComposeServices": lambda container: container.from_compose,
    "usesPrivileged": lambda container: container.privileged,
}
