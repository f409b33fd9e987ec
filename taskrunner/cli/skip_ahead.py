"""A run of which nothing has to be run: told without all that a run would load and ask the engine for."""

import os
import time
from typing import TYPE_CHECKING

from taskrunner import exit_codes
from taskrunner.cli import arguments as args

if TYPE_CHECKING:
    from collections.abc import Sequence

    from taskrunner.engine.client import Client
    from taskrunner.execution.events import Event, Listener
    from taskrunner.plan.model import RunPlan
    from taskrunner.skipping.tasks import TaskSkipper

__all__ = ["skip_whole_run", "skipper_of"]


def skipper_of(client: "Client", plan: "RunPlan", given: args.RunArguments) -> "TaskSkipper":
    """Return what decides which tasks of a plan have to run."""
    from taskrunner.execution.labels import PROJECT
    from taskrunner.skipping.build_options import BuildOptions
    from taskrunner.skipping.tasks import SkipOptions, TaskSkipper

    builds = BuildOptions(
        plan.directory,
        {PROJECT: plan.project},
        args.buildkit(os.environ, enabled=given.enable_buildkit),
        given.rebuild,
    )
    keep = given.no_cleanup or given.no_cleanup_after_success
    options = SkipOptions(builds, os.environ, force=given.force, keep=keep, use_network=given.use_network)
    return TaskSkipper(client, options)


def skip_whole_run(skipper: "TaskSkipper", plan: "RunPlan", listeners: "Sequence[Listener]") -> bool:
    """Return whether every task of a run is skipped; if so, tell it. Raises EngineError."""
    started = time.monotonic()
    verdicts = {}
    for task in plan.tasks:
        verdict = skipper.check(task)
        if not verdict.skip and task.main is not None:
            return False
        verdicts[task.name] = verdict

    from taskrunner.execution import events as e
    from taskrunner.execution.labels import random_id

    def tell(event: "Event") -> None:
        for listener in listeners:
            listener.on_event(event, time.monotonic())

    tell(e.RunStarted(random_id(12), plan.project, tuple(task.name for task in plan.tasks)))
    for task in plan.tasks:
        if task.main is None:
            tell(e.TaskStarted(task.name, None, (), (), task.requested))
            tell(e.TaskFinished(task.name, exit_codes.OK, 0.0))
            continue
        tell(e.TaskSkipped(task.name, task.main, task.requested, verdicts[task.name].seconds))
        for container, stream, data in skipper.log(task):
            for listener in listeners:
                listener.on_output(container, "stderr" if stream == "stderr" else "stdout", data)
    tell(e.RunFinished(exit_codes.OK, time.monotonic() - started))
    return True
