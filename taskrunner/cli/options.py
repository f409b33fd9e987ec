"""The options that verbs share: their names, their environment variables, their meaning.

Names and short forms are batect's; `TASKRUNNER_…` variables are read before `BATECT_…` ones.
"""

from collections.abc import Mapping
from typing import Annotated, NamedTuple

import typer

from taskrunner.errors import UserError
from taskrunner.usage import Usage

__all__ = [
    "Before",
    "Common",
    "before",
    "cache_type",
    "checked",
    "merge",
    "pairs",
    "single_values",
    "split_names",
]

ConfigFile = Annotated[
    str | None,
    typer.Option(
        "--config-file",
        "-f",
        metavar="FILE",
        help="The config file. [default: taskrunner.yml or batect.yml, here or in a parent folder]",
    ),
]
Output = Annotated[
    str | None,
    typer.Option(
        "--output",
        "-o",
        metavar="STYLE",
        help="How a run is shown: fancy, simple, quiet, all or json. [default: what suits the terminal]",
    ),
]
NoColor = Annotated[
    bool,
    typer.Option("--no-color", help="No colours. The variable NO_COLOR does the same.", show_default=False),
]
LogFile = Annotated[
    str | None,
    typer.Option(
        "--log-file", metavar="FILE", help="Append what happens to this file, one JSON object a line."
    ),
]
DockerHost = Annotated[
    str | None,
    typer.Option(
        "--docker-host",
        metavar="URL",
        help="The engine: unix:///path or tcp://host:port. [default: DOCKER_HOST, else the current context]",
    ),
]
DockerContext = Annotated[
    str | None,
    typer.Option("--docker-context", metavar="NAME", help="The Docker context. [default: the current one]"),
]
DockerConfig = Annotated[
    str | None,
    typer.Option(
        "--docker-config",
        metavar="FOLDER",
        help="Docker's config folder. [default: DOCKER_CONFIG, else ~/.docker]",
    ),
]

ConfigVarsFile = Annotated[
    str | None,
    typer.Option(
        "--config-vars-file",
        metavar="FILE",
        help="Values of config variables. [default: taskrunner.local.yml or batect.local.yml]",
    ),
]
ConfigVar = Annotated[
    list[str] | None,
    typer.Option("--config-var", metavar="NAME=VALUE", help="Set a config variable; may be repeated."),
]
OverrideImage = Annotated[
    list[str] | None,
    typer.Option("--override-image", metavar="CONTAINER=IMAGE", help="Use another image; may be repeated."),
]
TagImage = Annotated[
    list[str] | None,
    typer.Option("--tag-image", metavar="CONTAINER=IMAGE", help="Tag a built image; may be repeated."),
]
UseNetwork = Annotated[
    str | None, typer.Option("--use-network", metavar="NAME", help="Use this network, which must exist.")
]
DisablePorts = Annotated[bool, typer.Option("--disable-ports", help="Publish no ports.", show_default=False)]
SkipPrerequisites = Annotated[
    bool, typer.Option("--skip-prerequisites", help="Run the named task alone.", show_default=False)
]
MaxParallelism = Annotated[
    int | None,
    typer.Option("--max-parallelism", metavar="N", min=1, help="Carry out at most so many steps at once."),
]
KeepAfterFailure = Annotated[
    bool,
    typer.Option("--no-cleanup-after-failure", help="Keep containers if the run fails.", show_default=False),
]
KeepAfterSuccess = Annotated[
    bool,
    typer.Option(
        "--no-cleanup-after-success", help="Keep containers once the task ends.", show_default=False
    ),
]
Keep = Annotated[
    bool, typer.Option("--no-cleanup", help="Keep containers in both cases.", show_default=False)
]
NoProxyVars = Annotated[
    bool,
    typer.Option(
        "--no-proxy-vars", help="Keep the host's proxy variables from containers.", show_default=False
    ),
]
# These two are read off the command line before it is parsed: an error in it may be reported, too.
EnableTelemetry = Annotated[
    bool,
    typer.Option("--enable-telemetry", help="Allow telemetry for this command.", show_default=False),
]
DisableTelemetry = Annotated[
    bool,
    typer.Option("--disable-telemetry", help="Forbid telemetry for this command.", show_default=False),
]
# Scripts that called batect pass these; there is nothing here that they would switch off.
NoUpdateNotification = Annotated[bool, typer.Option("--no-update-notification", hidden=True)]
NoWrapperCacheCleanup = Annotated[bool, typer.Option("--no-wrapper-cache-cleanup", hidden=True)]

CacheType = Annotated[
    str | None,
    typer.Option(
        "--cache-type",
        metavar="TYPE",
        help="Where caches live: volume or directory. [default: TASKRUNNER_CACHE_TYPE, else volume]",
    ),
]
# Not left to typer: an option before the verb wins over a variable that the verb would read for itself.
_CACHE_TYPE_VARIABLES = ("TASKRUNNER_CACHE_TYPE", "BATECT_CACHE_TYPE")


class Common(NamedTuple):
    """The options that are taken before the verb and after it."""

    config_file: str | None = None
    output: str | None = None
    no_color: bool = False
    log_file: str | None = None
    docker_host: str | None = None
    docker_context: str | None = None
    docker_config: str | None = None
    cache_type: str | None = None


class Before(NamedTuple):
    """What stands before the verb, what stands after `--`, and the command's telemetry."""

    common: Common
    arguments: tuple[str, ...]
    usage: Usage


def before(context: typer.Context) -> Before:
    """Return what was taken before the verb."""
    found: Before = context.obj
    return found


def merge(first: Common, after: Common) -> Common:
    """Return the options of both places; what stands after the verb wins.

    Raises UserError for values that exclude one another.
    """
    given = {name: value for name, value in after._asdict().items() if value}
    return checked(first._replace(**given))


def checked(merged: Common) -> Common:
    """Return the options. Raises UserError for values that do not exist or exclude one another."""
    if merged.docker_host and merged.docker_context:
        raise UserError(
            "cli.host-and-context",
            "--docker-host and --docker-context exclude one another.",
            "A context says which host it means: leave one of them out.",
        )
    if merged.output:
        from taskrunner.output.styles import choose

        choose(merged.output, no_color=merged.no_color, stdout_is_terminal=False, environment={})
    return merged


def pairs(option: str, values: list[str] | None) -> list[tuple[str, str]]:
    """Split each NAME=VALUE at its first equals sign. Raises UserError where there is none."""
    found = []
    for text in values or ():
        name, sign, value = text.partition("=")
        if not name or not sign:
            raise UserError(
                "cli.not-a-pair",
                f"{option} takes NAME=VALUE, but '{text}' is not of that form.",
                f"Write {option} NAME=VALUE, with no blanks around the equals sign.",
            )
        found.append((name, value))
    return found


def cache_type(common: Common, environment: Mapping[str, str]) -> str:
    """Return where caches live: the option's value, else a variable's. Raises UserError for what is none."""
    named = (common.cache_type, *map(environment.get, _CACHE_TYPE_VARIABLES))
    value = next(filter(None, named), "volume")
    if value not in ("volume", "directory"):
        raise UserError(
            "cli.unknown-cache-type", f"'{value}' is no cache type.", "The types are volume and directory."
        )
    return value


def single_values(option: str, values: list[str] | None) -> dict[str, str]:
    """Split each NAME=VALUE, and raise UserError where a name is there twice."""
    found: dict[str, str] = {}
    for name, value in pairs(option, values):
        if name in found:
            raise UserError(
                "cli.given-twice", f"{option} is there twice for '{name}'.", "Leave one of them out."
            )
        found[name] = value
    return found


def split_names(values: list[str] | None) -> tuple[str, ...]:
    """Return the names of an option that may be repeated and takes commas."""
    return tuple(name for text in values or () for name in text.split(",") if name)
