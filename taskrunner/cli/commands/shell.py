"""`taskrunner shell`: a shell where a task would run."""

from typing import Annotated

import typer

from taskrunner.cli import options as opt

__all__ = ["shell"]


def shell(
    ctx: typer.Context,
    task: Annotated[
        list[str] | None, typer.Argument(metavar="TASK", help="The task in whose container it opens.")
    ] = None,
    config_file: opt.ConfigFile = None,
    config_vars_file: opt.ConfigVarsFile = None,
    config_var: opt.ConfigVar = None,
    override_image: opt.OverrideImage = None,
    tag_image: opt.TagImage = None,
    use_network: opt.UseNetwork = None,
    disable_ports: opt.DisablePorts = False,
    skip_prerequisites: opt.SkipPrerequisites = False,
    max_parallelism: opt.MaxParallelism = None,
    cache_type: opt.CacheType = None,
    refresh_includes: opt.RefreshIncludes = False,
    enable_buildkit: opt.EnableBuildKit = False,
    rebuild: opt.Rebuild = False,
    no_proxy_vars: opt.NoProxyVars = False,
    output: opt.Output = None,
    no_color: opt.NoColor = False,
    log_file: opt.LogFile = None,
    docker_host: opt.DockerHost = None,
    docker_context: opt.DockerContext = None,
    docker_config: opt.DockerConfig = None,
    docker_tls: opt.DockerTls = False,
    docker_tls_verify: opt.DockerTlsVerify = False,
    docker_tls_ca_cert: opt.DockerTlsCaCert = None,
    docker_tls_cert: opt.DockerTlsCert = None,
    docker_tls_key: opt.DockerTlsKey = None,
    docker_cert_path: opt.DockerCertPath = None,
    enable_telemetry: opt.EnableTelemetry = False,
    disable_telemetry: opt.DisableTelemetry = False,
) -> None:
    """Open a shell where a task would run: its container, mounts, environment, network and dependencies.

    Prerequisites run first, as they would before the task. Everything is cleaned up when the shell ends.
    """
    from taskrunner.cli.run_task import run_task
    from taskrunner.errors import UserError
    from taskrunner.plan.shells import with_shell

    before = opt.before(ctx)
    if before.arguments:
        raise UserError(
            "cli.shell-arguments",
            f"A shell takes no arguments, but '{before.arguments[0]}' stands behind --.",
            "To hand words to the task's command, use `taskrunner run`.",
        )
    raise typer.Exit(run_task(before, ctx.params, change=with_shell))
