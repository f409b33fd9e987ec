"""The options that verbs share: their names, their environment variables, their meaning.

Names and short forms are batect's; `TASKRUNNER_…` variables are read before `BATECT_…` ones.
"""

import functools
import inspect
from collections.abc import Callable, Mapping
from typing import Annotated, Any, Final, TypeAlias

import typer

from taskrunner.cli.arguments import Before

__all__ = [
    "ENGINE",
    "KEEPING",
    "LOOK",
    "OF_OLD",
    "PLAN",
    "PROJECT",
    "RUN",
    "TELEMETRY",
    "CacheType",
    "ConfigFile",
    "NoColor",
    "Output",
    "before",
    "takes",
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
        help="The engine: unix:///path, tcp://host:port or ssh://user@host. "
        "[default: DOCKER_HOST, else the current context]",
    ),
]
DockerContext = Annotated[
    str | None,
    typer.Option(
        "--docker-context",
        metavar="NAME",
        help="The Docker context. [default: DOCKER_CONTEXT, else the current one]",
    ),
]
DockerConfig = Annotated[
    str | None,
    typer.Option(
        "--docker-config",
        metavar="FOLDER",
        help="Docker's config folder. [default: DOCKER_CONFIG, else ~/.docker]",
    ),
]
DockerTls = Annotated[
    bool,
    typer.Option(
        "--docker-tls", help="Encrypt, whoever the engine is. [default: DOCKER_TLS]", show_default=False
    ),
]
DockerTlsVerify = Annotated[
    bool,
    typer.Option(
        "--docker-tls-verify",
        help="Encrypt, and check the engine's certificate. [default: DOCKER_TLS_VERIFY]",
        show_default=False,
    ),
]
DockerTlsCaCert = Annotated[
    str | None,
    typer.Option(
        "--docker-tls-ca-cert", metavar="FILE", help="Who signs engines' certificates. [default: ca.pem]"
    ),
]
DockerTlsCert = Annotated[
    str | None,
    typer.Option("--docker-tls-cert", metavar="FILE", help="Your certificate. [default: cert.pem]"),
]
DockerTlsKey = Annotated[
    str | None, typer.Option("--docker-tls-key", metavar="FILE", help="Its key. [default: key.pem]")
]
DockerCertPath = Annotated[
    str | None,
    typer.Option(
        "--docker-cert-path",
        metavar="FOLDER",
        help="Where these three are. [default: DOCKER_CERT_PATH, else Docker's config folder]",
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
    typer.Option(
        "--override-image", metavar="CONTAINER=IMAGE", help="Use this image for a container; may be repeated."
    ),
]
TagImage = Annotated[
    list[str] | None,
    typer.Option(
        "--tag-image", metavar="CONTAINER=IMAGE", help="Give a built image another tag; may be repeated."
    ),
]
UseNetwork = Annotated[
    str | None,
    typer.Option("--use-network", metavar="NAME", help="Use this network, which has to exist and stays."),
]
DisablePorts = Annotated[
    bool, typer.Option("--disable-ports", help="Publish no ports on this machine.", show_default=False)
]
SkipPrerequisites = Annotated[
    bool, typer.Option("--skip-prerequisites", help="Run the named tasks alone.", show_default=False)
]
MaxParallelism = Annotated[
    int | None,
    typer.Option(
        "--max-parallelism",
        metavar="N",
        min=1,
        help="Carry out at most N steps, such as pulls and builds, at once.",
    ),
]
Parallel = Annotated[
    bool,
    typer.Option("--parallel", help="Run tasks at once that do not need one another.", show_default=False),
]
KeepAfterFailure = Annotated[
    bool,
    typer.Option(
        "--no-cleanup-after-failure",
        help="Keep containers if the run fails before the task's command has ended.",
        show_default=False,
    ),
]
KeepAfterSuccess = Annotated[
    bool,
    typer.Option(
        "--no-cleanup-after-success",
        help="Keep containers once the task's command has ended, whatever its exit code.",
        show_default=False,
    ),
]
Keep = Annotated[
    bool, typer.Option("--no-cleanup", help="Keep containers in both cases.", show_default=False)
]
ShellOnFailure = Annotated[
    bool,
    typer.Option(
        "--shell-on-failure", help="Open a shell where the task failed, before clean-up.", show_default=False
    ),
]
NoProxyVars = Annotated[
    bool,
    typer.Option(
        "--no-proxy-vars", help="Keep the host's proxy variables from containers.", show_default=False
    ),
]
RefreshIncludes = Annotated[
    bool,
    typer.Option(
        "--refresh-includes",
        help="Fetch included git repositories again, for branches that moved.",
        show_default=False,
    ),
]
EnableBuildKit = Annotated[
    bool,
    typer.Option(
        "--enable-buildkit",
        help="Build images with BuildKit. [default: DOCKER_BUILDKIT, else what the engine prefers]",
        show_default=False,
    ),
]
Force = Annotated[
    bool, typer.Option("--force", help="Run tasks even if nothing changed.", show_default=False)
]
Explain = Annotated[
    bool, typer.Option("--explain", help="Say why each task runs or is skipped.", show_default=False)
]
Watch = Annotated[
    bool,
    typer.Option("--watch", help="Run again whenever inputs of the tasks change.", show_default=False),
]
Rebuild = Annotated[
    bool, typer.Option("--rebuild", help="Build images even if nothing changed.", show_default=False)
]
Timeline = Annotated[
    str | None,
    typer.Option(
        "--timeline",
        metavar="FILE",
        help="Write where the time went: a page (.html) or a trace for Perfetto (.json).",
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


Group: TypeAlias = Mapping[str, tuple[Any, object]]
"""Options that go together: the name of each one's parameter, with its type and its default."""

PROJECT: Final[Group] = {"config_file": (ConfigFile, None), "refresh_includes": (RefreshIncludes, False)}
PLAN: Final[Group] = {
    "config_vars_file": (ConfigVarsFile, None),
    "config_var": (ConfigVar, None),
    "override_image": (OverrideImage, None),
    "tag_image": (TagImage, None),
    "use_network": (UseNetwork, None),
    "disable_ports": (DisablePorts, False),
    "skip_prerequisites": (SkipPrerequisites, False),
    "max_parallelism": (MaxParallelism, None),
    "cache_type": (CacheType, None),
    "no_proxy_vars": (NoProxyVars, False),
    "enable_buildkit": (EnableBuildKit, False),
    "rebuild": (Rebuild, False),
}
KEEPING: Final[Group] = {
    "no_cleanup_after_failure": (KeepAfterFailure, False),
    "no_cleanup_after_success": (KeepAfterSuccess, False),
    "no_cleanup": (Keep, False),
    "shell_on_failure": (ShellOnFailure, False),
}
RUN: Final[Group] = {
    "force": (Force, False),
    "explain": (Explain, False),
    "timeline": (Timeline, None),
    "watch": (Watch, False),
    "parallel": (Parallel, False),
}
LOOK: Final[Group] = {"output": (Output, None), "no_color": (NoColor, False), "log_file": (LogFile, None)}
ENGINE: Final[Group] = {
    "docker_host": (DockerHost, None),
    "docker_context": (DockerContext, None),
    "docker_config": (DockerConfig, None),
    "docker_tls": (DockerTls, False),
    "docker_tls_verify": (DockerTlsVerify, False),
    "docker_tls_ca_cert": (DockerTlsCaCert, None),
    "docker_tls_cert": (DockerTlsCert, None),
    "docker_tls_key": (DockerTlsKey, None),
    "docker_cert_path": (DockerCertPath, None),
}
TELEMETRY: Final[Group] = {
    "enable_telemetry": (EnableTelemetry, False),
    "disable_telemetry": (DisableTelemetry, False),
}
OF_OLD: Final[Group] = {
    "no_update_notification": (NoUpdateNotification, False),
    "no_wrapper_cache_cleanup": (NoWrapperCacheCleanup, False),
}


def takes(*groups: Group) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Give a verb the options of groups behind its own; it finds their values in its context's `params`."""
    more = {name: option for group in groups for name, option in group.items()}

    def give(verb: Callable[..., None]) -> Callable[..., None]:
        own = inspect.signature(verb).parameters.values()
        added = [
            inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=kind)
            for name, (kind, default) in more.items()
        ]

        @functools.wraps(verb)
        def called(**values: object) -> None:
            verb(**{name: value for name, value in values.items() if name not in more})

        # What typer reads options off.
        called.__signature__ = inspect.Signature([*own, *added])  # type: ignore[attr-defined]
        called.__annotations__ = {**verb.__annotations__, **{name: kind for name, (kind, _) in more.items()}}
        return called

    return give


def before(context: typer.Context) -> Before:
    """Return what was taken before the verb."""
    found: Before = context.obj
    return found
