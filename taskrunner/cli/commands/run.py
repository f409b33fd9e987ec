"""`taskrunner run`: run a task and its prerequisites."""

import os
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from taskrunner.cli import options as opt
from taskrunner.cli.project import connect, load_project, load_variables
from taskrunner.errors import UserError
from taskrunner.usage import Usage

if TYPE_CHECKING:
    from taskrunner.execution.context import RunOptions
    from taskrunner.execution.events import Listener
    from taskrunner.host.terminal import Terminal
    from taskrunner.plan.model import RunPlan

__all__ = ["run"]


def run(
    ctx: typer.Context,
    task: Annotated[
        list[str] | None,
        typer.Argument(metavar="TASK [-- ARGS]", help="The task, and what to add to its command."),
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
    no_cleanup_after_failure: opt.KeepAfterFailure = False,
    no_cleanup_after_success: opt.KeepAfterSuccess = False,
    no_cleanup: opt.Keep = False,
    no_proxy_vars: opt.NoProxyVars = False,
    output: opt.Output = None,
    no_color: opt.NoColor = False,
    log_file: opt.LogFile = None,
    docker_host: opt.DockerHost = None,
    docker_context: opt.DockerContext = None,
    docker_config: opt.DockerConfig = None,
    enable_telemetry: opt.EnableTelemetry = False,  # noqa: ARG001
    disable_telemetry: opt.DisableTelemetry = False,  # noqa: ARG001
    no_update_notification: opt.NoUpdateNotification = False,  # noqa: ARG001
    no_wrapper_cache_cleanup: opt.NoWrapperCacheCleanup = False,  # noqa: ARG001
) -> None:
    """Run a task and its prerequisites. What stands behind -- is added to the task's command."""
    from taskrunner.execution.context import RunOptions
    from taskrunner.plan.make import PlanOptions, make_plan

    before = opt.before(ctx)
    common = opt.merge(
        before.common,
        opt.Common(
            config_file, output, no_color, log_file, docker_host, docker_context, docker_config, cache_type
        ),
    )
    overrides = opt.single_values("--override-image", override_image)
    tags: dict[str, tuple[str, ...]] = {}
    for container, image in opt.pairs("--tag-image", tag_image):
        tags[container] = (*tags.get(container, ()), image)
    _check_exclusive(overrides, tags)
    name = _one_task(task or [])
    project = load_project(common, before.usage, ask=common.output != "quiet")
    variables = load_variables(project, opt.single_values("--config-var", config_var), config_vars_file)
    plan = make_plan(
        project,
        PlanOptions(
            task=name,
            arguments=before.arguments,
            skip_prerequisites=skip_prerequisites,
            override_images=overrides,
            tag_images=tags,
            disable_ports=disable_ports,
            cache_type=opt.cache_type(common, os.environ),
            propagate_proxies=not no_proxy_vars,
        ),
        os.environ,
        variables,
    )
    options = RunOptions(
        use_network=use_network,
        max_parallelism=max_parallelism,
        cleanup_after_success=not (no_cleanup or no_cleanup_after_success),
        cleanup_after_failure=not (no_cleanup or no_cleanup_after_failure),
    )
    before.usage.planned(plan)
    raise typer.Exit(_carry_out(common, plan, options, before.usage))


def _carry_out(common: opt.Common, plan: "RunPlan", options: "RunOptions", usage: Usage) -> int:
    from taskrunner.execution.context import Input
    from taskrunner.execution.run import Surface, run_plan
    from taskrunner.host.crash import write_report
    from taskrunner.output import styles
    from taskrunner.output.console import standard_console
    from taskrunner.output.failures import interrupted

    style = styles.choose(
        common.output, no_color=common.no_color, stdout_is_terminal=os.isatty(1), environment=os.environ
    )
    console = standard_console(no_color=common.no_color, environment=os.environ)
    listeners = [styles.create(style, console, keeps_failed=not options.cleanup_after_failure)]
    if common.log_file:
        listeners.append(_log_file(common.log_file, usage))
    if usage.is_on and style in ("fancy", "simple"):
        console.print_err(console.err_colours.dim("telemetry on · taskrunner telemetry disable"))
    client = connect(common)
    usage.connected(client.ping(), client.endpoint.kind)
    terminal = _terminal(style)

    def leave(commands: tuple[str, ...], code: int) -> NoReturn:
        # Straight to the descriptor: a lock that another thread holds must not keep us here.
        text = "\n".join(["", interrupted("", 3), *commands, ""]) if commands else ""
        if terminal is not None:
            terminal.leave()
        os.write(2, text.encode())
        os._exit(code)

    def crashed(error: BaseException) -> str | None:
        usage.crashed(error)
        return write_report(error, os.environ)

    return run_plan(
        client,
        plan,
        options._replace(
            attach_all=styles.shows_dependencies(style),
            terminal="dumb" if style == "all" else os.environ.get("TERM"),
            input=Input(None if style == "all" else _descriptor(terminal), terminal),
        ),
        Surface(
            listeners=(*listeners, *usage.listeners()),
            crash=crashed,
            on_interrupt=console.abandon,
            leave=leave,
        ),
    )


def _log_file(path: str, usage: Usage) -> "Listener":
    from taskrunner.output.log_file import LogFile

    log = LogFile(path)
    last = usage.last_upload()
    if last is not None:
        log.note(f"The last upload of telemetry: {last}.")
    return log


def _terminal(style: str) -> "Terminal | None":
    """Return the person's terminal for the main container, or None where it gets none.

    It gets one only where both ends are one: keys typed at a pipe, or pictures drawn into one, help nobody.
    """
    if style in ("all", "json") or not (os.isatty(0) and os.isatty(1)):
        return None
    from taskrunner.host.terminal import Terminal

    return Terminal(0)


def _descriptor(terminal: "Terminal | None") -> int | None:
    """Return standard input's descriptor for the main container, or None where there is nothing to read."""
    if terminal is None and os.isatty(0):
        return None
    return os.dup(0)


def _one_task(names: list[str]) -> str:
    if not names:
        raise UserError(
            "cli.no-task",
            "Which task? None is named.",
            "`taskrunner list` shows the tasks; run one with `taskrunner run TASK`.",
        )
    if len(names) > 1:
        raise UserError(
            "cli.surplus-argument",
            f"One task at a time: the task is '{names[0]}', so '{names[1]}' is one too many.",
            f"To hand it to the task's command, write `taskrunner run {names[0]} -- {names[1]}`.",
        )
    return names[0]


def _check_exclusive(overrides: dict[str, str], tags: dict[str, tuple[str, ...]]) -> None:
    for container in overrides.keys() & tags.keys():
        raise UserError(
            "cli.override-and-tag",
            f"The image of '{container}' cannot be both overridden and tagged.",
            "Leave out --override-image or --tag-image for this container.",
        )
