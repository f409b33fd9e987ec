"""The options that verbs share: their names, their environment variables, their meaning.

Names and short forms are batect's; `TASKRUNNER_…` variables are read before `BATECT_…` ones.
"""

from typing import Annotated

import typer

from taskrunner.cli.arguments import Before

__all__ = ["before"]

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
DockerTls = Annotated[
    bool, typer.Option("--docker-tls", help="Encrypt, whoever the engine is.", show_default=False)
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


def before(context: typer.Context) -> Before:
    """Return what was taken before the verb."""
    found: Before = context.obj
    return found
