"""A whole run: the plan's tasks, one after another, on one engine."""

import signal
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack, closing
from threading import Semaphore
from typing import TYPE_CHECKING, NoReturn

from taskrunner import exit_codes
from taskrunner.engine.cancellation import CancelScope
from taskrunner.engine.client import Client
from taskrunner.execution import events as e
from taskrunner.execution.bus import Bus
from taskrunner.execution.context import ConfigSource, RunContext, RunOptions
from taskrunner.execution.exits import ExitWatch
from taskrunner.execution.images import ImageStore
from taskrunner.execution.interrupts import Interrupts
from taskrunner.execution.labels import PROJECT, RUN, Owner, labels_of, random_id
from taskrunner.execution.sweep import Sweep
from taskrunner.execution.task_run import TaskRun
from taskrunner.execution.threads import Crash, StepThreads
from taskrunner.host.process import identity
from taskrunner.host.proxies import local_proxy
from taskrunner.host.signals import handled
from taskrunner.plan.model import RunPlan
from taskrunner.records import NamedTuple
from taskrunner.skipping.build_options import BuildOptions

if TYPE_CHECKING:
    from taskrunner.execution.task_memory import TaskMemory
    from taskrunner.host.terminal import Terminal

__all__ = ["Surface", "run_plan"]


class Surface(NamedTuple):
    """What a run needs of the command line around it."""

    listeners: Sequence[e.Listener]
    crash: Crash
    on_interrupt: Callable[[], None]
    """Called at each signal, before anything else happens."""
    leave: Callable[[tuple[str, ...], int], NoReturn]
    """Called at the third signal: print these commands and exit with this code, at once."""


def run_plan(client: Client, plan: RunPlan, options: RunOptions, surface: Surface) -> int:
    """Carry out a plan and return the exit code of the command.

    Raises EngineError where the engine cannot be reached at all; every later failure is an event.
    """
    started = time.monotonic()
    client.ping()
    with ExitStack() as stack:
        if any(map(local_proxy, options.proxies.values())):
            from taskrunner.execution.local_proxies import LocalProxies

            reached = stack.enter_context(closing(LocalProxies(client, options.proxies)))
            plan = reached.lead(plan)
            options = options._replace(local_proxies=reached)
            if options.watch is not None:
                options = options._replace(watch=_changed(options.watch, reached.lead))
        return _run(client, plan, options, surface, started)


def _changed(source: ConfigSource, change: Callable[[RunPlan], RunPlan]) -> ConfigSource:
    """Return a source whose plans are changed before anybody sees them."""

    def load() -> tuple[RunPlan, ConfigSource]:
        plan, again = source.load()
        return change(plan), _changed(again, change)

    return source._replace(load=load)


def _run(client: Client, plan: RunPlan, options: RunOptions, surface: Surface, started: float) -> int:
    may_stay = not (options.cleanup_after_success and options.cleanup_after_failure)
    owner = Owner(plan.project, random_id(12), identity(), may_stay)
    past = _memory(options)
    sweep = Sweep(client, owner)
    bus = Bus((*surface.listeners, sweep) if past is None else (*surface.listeners, sweep, past))
    interrupts = Interrupts(bus, surface.on_interrupt, surface.leave)
    exits = ExitWatch(client, {RUN: owner.run})
    image_scope = CancelScope()
    try:
        with handled(interrupts.on_signal, _terminal_signals(options.input.terminal)):
            context = RunContext(
                client=client,
                owner=owner,
                labels=labels_of(owner),
                options=options,
                bus=bus,
                images=ImageStore(client, image_scope, _build_options(plan, options)),
                image_scope=image_scope,
                exits=exits,
            )
            code = _carry_out(context, plan, interrupts, past, surface.crash)
            for news in sweep.finish():
                bus.announce(news)
            bus.announce(e.RunFinished(code, time.monotonic() - started))
            return code
    finally:
        if options.input.terminal is not None:
            options.input.terminal.leave()
        image_scope.cancel()
        exits.close()


def _carry_out(
    context: RunContext,
    plan: RunPlan,
    interrupts: Interrupts,
    past: "TaskMemory | None",
    crash: Crash,
) -> int:
    """Run the tasks in the way that was asked for: again and again, side by side, or one by one."""
    bus, options = context.bus, context.options
    bus.post(e.RunStarted(context.owner.run, plan.project, tuple(task.name for task in plan.tasks)))
    if options.local_proxies is not None and options.local_proxies.lost is not None:
        bus.post(options.local_proxies.lost)
    limit = Semaphore(options.max_parallelism) if options.max_parallelism else None
    if limit is None:
        # With a limit, what a later task needs must not take the place of what is needed now.
        context.images.fetch_ahead(plan)
    if options.watch is None and options.parallel and len(plan.tasks) > 1:
        from taskrunner.execution.parallel import run_in_parallel

        def threads_of(lane: Bus, first: int) -> StepThreads:
            return StepThreads(lane, limit, crash, first)

        return run_in_parallel(context, plan, threads_of, interrupts, past)
    threads = StepThreads(bus, limit, crash)
    if options.watch is not None:
        from taskrunner.execution.watching import Rounds

        rounds = Rounds(context, plan, threads, interrupts, past)
        return rounds.run(options.watch, _build_options(plan, options))
    return _run_tasks(context, plan, threads, interrupts, past)


def _build_options(plan: RunPlan, options: RunOptions) -> BuildOptions:
    return BuildOptions(plan.directory, {PROJECT: plan.project}, options.buildkit, options.rebuild)


def _terminal_signals(terminal: "Terminal | None") -> dict[int, Callable[[], None]]:
    if terminal is None:
        return {}
    return {
        signal.SIGWINCH: terminal.resized,
        signal.SIGTSTP: terminal.suspend,
        signal.SIGCONT: terminal.resumed,
    }


def _memory(options: RunOptions) -> "TaskMemory | None":
    if options.skipper is None:
        return None
    from taskrunner.execution.task_memory import TaskMemory

    return TaskMemory(options.skipper, explain=options.explain)


def _run_tasks(
    context: RunContext,
    plan: RunPlan,
    threads: StepThreads,
    interrupts: Interrupts,
    past: "TaskMemory | None",
) -> int:
    for task in plan.tasks:
        if past is not None and past.skips(task, context.bus):
            continue
        code = TaskRun(context, task, threads, interrupts).run()
        if code != exit_codes.OK:
            return code
        if (interrupted := interrupts.after_tasks()) is not None:
            return interrupted
        if past is not None:
            past.remember(task)
        context.images.doubt()
    return exit_codes.OK
