"""`run --watch`: a run that is repeated whenever files change that its tasks read."""

import time
from typing import TYPE_CHECKING, Final

from taskrunner import exit_codes
from taskrunner.engine.cancellation import CancelScope
from taskrunner.errors import TaskrunnerError
from taskrunner.execution import events as e
from taskrunner.execution.bus import Changed
from taskrunner.execution.context import ConfigSource, RunContext
from taskrunner.execution.images import ImageStore
from taskrunner.execution.interrupts import Interrupts
from taskrunner.execution.labels import PROJECT, labels_of
from taskrunner.execution.task_memory import TaskMemory
from taskrunner.execution.task_run import TaskRun
from taskrunner.execution.threads import StepThreads
from taskrunner.execution.watch_run import Standing, WatchedTask
from taskrunner.plan.model import RunPlan, TaskPlan
from taskrunner.skipping.build_options import BuildOptions
from taskrunner.skipping.watching import CONFIG, Change, FileWatch, watched

if TYPE_CHECKING:
    from taskrunner.execution.history import History

__all__ = ["Rounds"]

# A task that writes what it reads cuts itself short. Given this long it may come to its end instead.
_PATIENCE: Final = 5.0
_CUTS_IN_A_ROW: Final = 2
_NAMED: Final = 3


class Rounds:
    """The rounds of a watched run, until somebody ends it."""

    def __init__(
        self,
        context: RunContext,
        plan: RunPlan,
        threads: StepThreads,
        interrupts: Interrupts,
        past: TaskMemory | None,
    ) -> None:
        self._context = context
        self._plan = plan
        self._threads = threads
        self._interrupts = interrupts
        self._past = past
        self._watch = FileWatch((), self._on_change)
        self._kept: History | None = None
        self._began = time.monotonic()
        self._cuts = 0

    def run(self, source: ConfigSource, builds: BuildOptions) -> int:
        """Repeat the run; return the exit code that the signal asks for which ends it."""
        self._builds = builds
        self._follow(source)
        try:
            while not self._is_over():
                *before, task = self._plan.tasks
                self._began = time.monotonic()
                code = self._prerequisites(before)
                if code == exit_codes.OK and not (self._is_over() or self._watch.pending()):
                    self._round(task)
                changes = self._watch.take()
                self._cuts = self._cuts + 1 if changes else 0
                if not changes and not self._is_over():
                    changes = self._wait(task)
                self._prepare(task, changes)
                if any(group == CONFIG for group, _ in changes):
                    self._read_config(task)
        finally:
            self._watch.close()
            self._watched(self._plan.tasks[-1]).end()
        return self._interrupts.exit_code or exit_codes.OK

    def _follow(self, source: ConfigSource) -> None:
        """Watch what the plan reads, and the config that it comes from."""
        self._source = source
        self._watch.close()
        groups = watched(self._plan, source.files, source.patterns)
        self._watch = FileWatch(groups, self._on_change, self._watch)
        self._watch.start()

    def _read_config(self, task: TaskPlan) -> None:
        """Go by the config as it is now; while it cannot be used, wait until it is changed again."""
        while not self._is_over():
            try:
                plan, source = self._source.load()
            except TaskrunnerError as error:
                self._context.bus.announce(e.ConfigRefused(task.name, self._source.explain(error)))
                self._watched(task).wait()
                self._watch.take()
                continue
            if plan.tasks[-1] != task or plan.project != self._plan.project:
                self._watched(task).end()
                self._kept = None
            self._call_it(plan.project)
            self._plan = plan
            self._follow(source)
            return

    def _call_it(self, project: str) -> None:
        """Make what is made from now on under the project's name."""
        owner = self._context.owner._replace(project=project)
        self._builds = self._builds._replace(labels={PROJECT: project})
        self._context = self._context._replace(owner=owner, labels=labels_of(owner))
        self._forget_images()

    def _prerequisites(self, tasks: list[TaskPlan]) -> int:
        for task in tasks:
            if self._past is not None and self._past.skips(task, self._context.bus):
                continue
            code = TaskRun(self._context, task, self._threads, self._interrupts).run()
            if code != exit_codes.OK or self._is_over():
                return code
            if self._past is not None:
                self._past.remember(task)
        return exit_codes.OK

    def _round(self, task: TaskPlan) -> None:
        if self._past is not None and self._past.skips(task, self._context.bus):
            return
        self._keep(task, self._kept)
        run = self._watched(task)
        code = run.round()
        self._keep(task, run.left())
        if code == exit_codes.OK and self._past is not None:
            self._past.remember(task)

    def _wait(self, task: TaskPlan) -> tuple[Change, ...]:
        self._context.bus.announce(e.WatchWaiting(task.name, self._watch.files))
        idle = self._watched(task)
        idle.wait()
        return self._watch.take()

    def _keep(self, task: TaskPlan, left: "History | None") -> None:
        """Let dependencies run on, unless one of them is no good to the next round."""
        self._kept = left
        if left is not None and not self._watched(task).is_usable():
            self._watched(task).end()
            self._kept = None

    def _prepare(self, task: TaskPlan, changes: tuple[Change, ...]) -> None:
        """Get ready for the next round, whose images may be others."""
        if not changes:
            return
        names = [name for _, name in changes]
        self._context.bus.announce(e.WatchTriggered(task.name, tuple(names[:_NAMED]), len(names)))
        rebuilt = {group for group, _ in changes if group and group != task.main}
        if self._kept is not None and rebuilt & self._kept.created.keys():
            self._watched(task).end()
            self._kept = None
        if self._past is not None:
            self._past.begin_again()
        self._forget_images()

    def _forget_images(self) -> None:
        scope = CancelScope()
        images = ImageStore(self._context.client, scope, self._builds)
        self._context = self._context._replace(images=images, image_scope=scope)

    def _watched(self, task: TaskPlan) -> WatchedTask:
        standing = Standing(self._watch, self._kept)
        return WatchedTask(self._context, task, self._threads, self._interrupts, standing)

    def _is_over(self) -> bool:
        return self._interrupts.times > 0

    def _on_change(self) -> None:
        """Cut the round short, unless rounds are cut short again and again; in the watch's own thread."""
        if self._cuts >= _CUTS_IN_A_ROW:
            time.sleep(max(0.0, self._began + _PATIENCE - time.monotonic()))
        self._context.bus.queue.put(Changed())
