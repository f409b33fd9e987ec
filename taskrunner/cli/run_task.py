"""Carry out `taskrunner run`, once its command line is read."""

import os
import threading
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NoReturn

from taskrunner import exit_codes
from taskrunner.cli import arguments as args
from taskrunner.cli.afterwards import Afterwards, check_timeline
from taskrunner.cli.project import connect, load_project, load_variables
from taskrunner.cli.skip_ahead import skip_whole_run, skipper_of
from taskrunner.errors import UserError
from taskrunner.records import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable

    from taskrunner.config.model import Project
    from taskrunner.engine.client import Client
    from taskrunner.execution.context import ConfigSource, Input, RunOptions
    from taskrunner.execution.events import Listener
    from taskrunner.host.terminal import Terminal
    from taskrunner.output.console import Console
    from taskrunner.plan.make import PlanOptions
    from taskrunner.plan.model import RunPlan
    from taskrunner.usage import Usage

__all__ = ["run_task"]

# Each takes a connection.
_ASKED_AHEAD = 8


def run_task(
    before: args.Before,
    params: Mapping[str, Any],
    *,
    change: "Callable[[RunPlan], RunPlan] | None" = None,
) -> int:
    """Run a task and its prerequisites; return the command's exit code.

    `params` are the options behind the verb and the task's name; `change` has the last word on the plan.
    Raises TaskrunnerError.
    """
    from taskrunner.plan.make import make_plan

    # Before telemetry listens in: it passes on what it hears.
    threading.excepthook = _tell_of_thread
    common = args.merge(before.common, args.common_of(params))
    given = args.run_arguments_of(params)
    if given.timeline is not None:
        check_timeline(given.timeline)
    options = _plan_options(given, before, common)
    project = load_project(common, before.usage, ask=common.output != "quiet")

    def planned(project: "Project") -> "RunPlan":
        variables = load_variables(
            project, args.single_values("--config-var", given.config_var), given.config_vars_file
        )
        plan = make_plan(project, options, os.environ, variables)
        return change(plan) if change is not None else plan

    plan = planned(project)
    before.usage.planned(plan)
    source = None
    if given.watch:
        from taskrunner.cli.watched_config import check_can_watch, config_source

        check_can_watch(plan, given)
        source = config_source(project, plan, common, given, planned)
    may_skip = change is None and (given.explain or any(task.files is not None for task in plan.tasks))
    return _carry_out(common, plan, given, before.usage, _Loop(source, may_skip))


def _tell_of_thread(arguments: threading.ExceptHookArgs) -> None:
    from taskrunner.cli.failure import tell_of_thread

    tell_of_thread(arguments)


def _plan_options(given: args.RunArguments, before: args.Before, common: args.Common) -> "PlanOptions":
    from taskrunner.plan.make import PlanOptions

    overrides = args.single_values("--override-image", given.override_image)
    tags: dict[str, tuple[str, ...]] = {}
    for container, image in args.pairs("--tag-image", given.tag_image):
        tags[container] = (*tags.get(container, ()), image)
    _check_exclusive(overrides, tags)
    *earlier, task = _named_tasks(given.task)
    return PlanOptions(
        task=task,
        arguments=before.arguments,
        earlier=tuple(earlier),
        skip_prerequisites=given.skip_prerequisites,
        override_images=overrides,
        tag_images=tags,
        disable_ports=given.disable_ports,
        cache_type=args.cache_type(common, os.environ),
        propagate_proxies=not given.no_proxy_vars,
        buildkit=args.buildkit(os.environ, enabled=given.enable_buildkit),
    )


def _carry_out(
    common: args.Common, plan: "RunPlan", given: args.RunArguments, usage: "Usage", loop: "_Loop"
) -> int:
    from taskrunner.output import styles
    from taskrunner.output.console import standard_console

    style = styles.choose(
        common.output, no_color=common.no_color, stdout_is_terminal=os.isatty(1), environment=os.environ
    )
    console = standard_console(no_color=common.no_color, environment=os.environ)
    terminal = _terminal(style)
    if given.shell_on_failure:
        _check_shell_can_be(given, terminal)
    keeps_failed = given.no_cleanup or given.no_cleanup_after_failure
    listeners = [styles.create(style, console, keeps_failed=keeps_failed, terminal=terminal)]
    if common.log_file:
        listeners.append(_log_file(common.log_file, usage))
    if usage.is_on and style in ("fancy", "simple"):
        console.print_err(console.err_colours.dim("telemetry on · taskrunner telemetry disable"))
    client = connect(common)
    usage.connected(client.ping(), client.endpoint)
    _ask_for_images(client, plan)
    listeners.extend(usage.listeners())
    try:
        skipper = skipper_of(client, plan, given) if loop.may_skip else None
        afterwards = Afterwards(plan.directory, given.timeline, os.environ)
        if skipper is not None and not given.watch:
            with afterwards.of_nothing(console) as recording:
                if skip_whole_run(skipper, plan, (*listeners, *recording)):
                    return exit_codes.OK
        options = _run_options(given, style, terminal)._replace(skipper=skipper, watch=loop.source)
        return _run(client, plan, options, _Around(listeners, console, style, usage, afterwards))
    finally:
        client.close()


def _ask_for_images(client: "Client", plan: "RunPlan") -> None:
    """Let the engine look for the images of the first task while the rest of the program is loaded."""
    from taskrunner.engine.images import ask_ahead
    from taskrunner.plan.model import PulledImage

    used = (container.image for task in plan.tasks[:1] for container in task.containers.values())
    images = [image.reference for image in used if isinstance(image, PulledImage)]
    ask_ahead(client, images[:_ASKED_AHEAD])


class _Loop(NamedTuple):
    """What tells whether tasks run again, or not at all."""

    source: "ConfigSource | None"
    may_skip: bool


class _Around(NamedTuple):
    listeners: "list[Listener]"
    console: "Console"
    style: str
    usage: "Usage"
    afterwards: Afterwards


def _run_options(given: args.RunArguments, style: str, terminal: "Terminal | None") -> "RunOptions":
    from taskrunner.execution.context import NO_INPUT, RunOptions
    from taskrunner.host.proxies import proxy_variables
    from taskrunner.output.styles import shows_dependencies

    return RunOptions(
        use_network=given.use_network,
        max_parallelism=given.max_parallelism,
        parallel=given.parallel,
        cleanup_after_success=not (given.no_cleanup or given.no_cleanup_after_success),
        cleanup_after_failure=not (given.no_cleanup or given.no_cleanup_after_failure),
        buildkit=args.buildkit(os.environ, enabled=given.enable_buildkit),
        rebuild=given.rebuild,
        shell_on_failure=given.shell_on_failure,
        explain=given.explain,
        proxies={} if given.no_proxy_vars else proxy_variables(os.environ),
        attach_all=shows_dependencies(style),
        terminal="dumb" if style == "all" else os.environ.get("TERM"),
        # What is typed or piped could be read by one round alone.
        input=NO_INPUT if given.watch else _input(style, terminal),
    )


def _run(client: "Client", plan: "RunPlan", options: "RunOptions", around: _Around) -> int:
    from taskrunner.execution.recording import Recording
    from taskrunner.execution.run import Surface, run_plan
    from taskrunner.host.crash import write_report
    from taskrunner.output.failures import interrupted

    terminal = options.input.terminal

    def leave(commands: tuple[str, ...], code: int) -> NoReturn:
        # Straight to the descriptor: a lock that another thread holds must not keep us here.
        text = "\n".join(["", interrupted("", 3), *commands, ""]) if commands else ""
        if terminal is not None:
            terminal.leave()
        os.write(2, text.encode())
        os._exit(code)

    def crashed(error: BaseException) -> str | None:
        around.usage.crashed(error)
        return write_report(error, os.environ)

    recording = Recording(around.afterwards.prepare)
    surface = Surface(
        listeners=(*around.listeners, recording),
        crash=crashed,
        on_interrupt=around.console.abandon,
        leave=leave,
    )
    try:
        code = run_plan(client, plan, options, surface)
    finally:
        if options.input.descriptor is not None:
            os.close(options.input.descriptor)
    typed = terminal is not None and terminal.was_typed_at
    around.afterwards.look_back(recording, around.console, around.style, typed=typed)
    return code


def _log_file(path: str, usage: "Usage") -> "Listener":
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


def _input(style: str, terminal: "Terminal | None") -> "Input":
    from taskrunner.execution.context import Input

    return Input(None if style == "all" else _descriptor(terminal), terminal)


def _descriptor(terminal: "Terminal | None") -> int | None:
    """Return standard input's descriptor for the main container, or None where there is nothing to read."""
    if terminal is None and os.isatty(0):
        return None
    return os.dup(0)


def _named_tasks(names: Sequence[str]) -> Sequence[str]:
    if not names:
        raise UserError(
            "cli.no-task",
            "Which task? None is named.",
            "`taskrunner list` shows the tasks; run one with `taskrunner run TASK`.",
        )
    return names


def _check_shell_can_be(given: args.RunArguments, terminal: "Terminal | None") -> None:
    if given.parallel:
        raise UserError(
            "cli.parallel-and-shell",
            "--parallel and --shell-on-failure exclude one another: there is one terminal for all tasks.",
            "Leave one of them out.",
        )
    if terminal is None:
        raise UserError(
            "cli.shell-without-terminal",
            "--shell-on-failure needs a terminal, and standard input and output that are not redirected.",
            "Leave it out here, and leave out --output all and json; `--no-cleanup-after-failure` keeps "
            "containers for later.",
        )


def _check_exclusive(overrides: dict[str, str], tags: dict[str, tuple[str, ...]]) -> None:
    for container in overrides.keys() & tags.keys():
        raise UserError(
            "cli.override-and-tag",
            f"The image of '{container}' cannot be both overridden and tagged.",
            "Leave out --override-image or --tag-image for this container.",
        )
