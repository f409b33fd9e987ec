"""`taskrunner run`: run a task and its prerequisites."""

from typing import Annotated

import typer

from taskrunner.cli import options as opt

__all__ = ["run"]


def run(
    ctx: typer.Context,
    task: Annotated[
        list[str] | None,
        typer.Argument(metavar="TASK... [-- ARGS]", help="The tasks, and what to add to the last one."),
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
    no_cleanup_after_failure: opt.KeepAfterFailure = False,
    no_cleanup_after_success: opt.KeepAfterSuccess = False,
    no_cleanup: opt.Keep = False,
    shell_on_failure: opt.ShellOnFailure = False,
    no_proxy_vars: opt.NoProxyVars = False,
    enable_buildkit: opt.EnableBuildKit = False,
    rebuild: opt.Rebuild = False,
    force: opt.Force = False,
    explain: opt.Explain = False,
    timeline: opt.Timeline = None,
    watch: opt.Watch = False,
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
    no_update_notification: opt.NoUpdateNotification = False,
    no_wrapper_cache_cleanup: opt.NoWrapperCacheCleanup = False,
) -> None:
    """Run tasks and their prerequisites. What stands behind -- is added to the last task's command."""
    from taskrunner.cli.run_task import run_task

    raise typer.Exit(run_task(opt.before(ctx), ctx.params))
