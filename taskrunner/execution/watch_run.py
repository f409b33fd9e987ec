"""A task that is run again and again: its dependencies stay, its main container comes and goes."""

import time

from taskrunner import exit_codes
from taskrunner.engine import containers
from taskrunner.errors import EngineError
from taskrunner.execution import events as e
from taskrunner.execution import steps
from taskrunner.execution.bus import Changed, Item
from taskrunner.execution.context import RunContext
from taskrunner.execution.history import History
from taskrunner.execution.interrupts import Interrupts
from taskrunner.execution.rules_cleanup import cleanup_rules
from taskrunner.execution.rules_run import is_awaited
from taskrunner.execution.task_run import TaskRun
from taskrunner.execution.threads import StepThreads
from taskrunner.plan.model import TaskPlan
from taskrunner.records import NamedTuple
from taskrunner.skipping.watching import FileWatch

__all__ = ["Standing", "WatchedTask"]


class Standing(NamedTuple):
    """What lasts from round to round."""

    watch: FileWatch
    kept: History | None
    """What the round before has left running."""


class WatchedTask(TaskRun):
    """One round of a task, which leaves its dependencies running unless something failed."""

    def __init__(
        self,
        context: RunContext,
        task: TaskPlan,
        threads: StepThreads,
        interrupts: Interrupts,
        standing: Standing,
    ) -> None:
        """Prepare a round."""
        kept = standing.kept
        super().__init__(context, task, threads, interrupts, kept)
        self._watch = standing.watch
        self._kept = frozenset(kept.created) if kept is not None else frozenset[str]()
        self._is_cut_short = False

    def round(self) -> int:
        """Run the task; return its exit code. Only dependencies are left; after a failure, nothing."""
        started = time.monotonic()
        task, bus, main = self._task, self._context.bus, self._task.main or ""
        self._interrupts.to_clean(self._task.number, self.commands_to_clean)
        bus.post(self._started_event())
        for name in self._kept:
            bus.announce(e.ContainerReady(name))
        rules = [rule for rule in self._rules() if self._is_new(rule.step)]
        try:
            self._stage(rules, self._is_run_over)
            self._settle_main()
        finally:
            if not self._history.failed:
                self._remove_main(main)
            # Also where a signal came while that was under way.
            if self._history.failed:
                self._clean_up()
        if self._is_cut_short and not self._history.failed:
            return exit_codes.OK
        code = self._exit_code(main)
        if self._history.failed or self._history.cleanup_failures:
            bus.announce(e.TaskFailed(task.name, code))
        else:
            bus.post(e.TaskFinished(task.name, code, time.monotonic() - started))
        return code

    def left(self) -> History | None:
        """Return what is left for the next round, or None where it was removed after a failure."""
        if self._history.failed or self._history.cleanup_failures:
            return None
        return self._history.without({self._task.main or ""})

    def is_usable(self) -> bool:
        """Return whether the main container finds all that it depends on."""
        return all(self._is_fine(name) for name in self._task.containers if name != self._task.main)

    def _is_fine(self, name: str) -> bool:
        history = self._history
        if name in history.exited:
            return self._task.containers[name].must_complete and history.exited[name] == 0
        awaited = is_awaited(self._task, name)
        return (name in history.ready or (name in history.started and not awaited)) and self._runs(name)

    def _runs(self, name: str) -> bool:
        # Its end may have been heard by a prerequisite that ran meanwhile.
        try:
            state = containers.inspect(self._context.client, self._history.created[name].container_id)
        except EngineError:
            return False
        return state.running

    def wait(self) -> None:
        """Wait until something has changed, or a signal arrives."""
        while not self._is_cut_short and not self._interrupts.times:
            self._take(self._context.bus.queue.get())

    def end(self) -> None:
        """Remove everything that is left."""
        self._interrupts.to_clean(self._task.number, self.commands_to_clean)
        if self._history.created or self._history.own_network:
            self._clean_up()

    def _take(self, item: Item) -> None:
        if isinstance(item, Changed):
            # The changes may have been the last round's.
            self._is_cut_short = self._watch.pending()
        else:
            super()._take(item)

    def _is_run_over(self) -> bool:
        if self._is_cut_short:
            self._work.scope.cancel()
            return not self._threads.any_finite()
        return super()._is_run_over()

    def _may_start_more(self) -> bool:
        return super()._may_start_more() and (self._cleaning or not self._is_cut_short)

    def _remove_main(self, main: str) -> None:
        """Remove the main container, and wait until it is gone."""
        history = self._history
        if main not in history.created:
            return
        self._cleaning = True
        self._context.bus.post(e.CleanupStarted((main,)))
        rules = [
            rule
            for rule in cleanup_rules(self._task, history)
            if getattr(rule.step, "container", None) == main
        ]
        self._stage(rules, self._is_cleanup_over)
        self._hear_last_words()
        if main in history.removed:
            del history.created[main]
        self._context.bus.post(e.CleanupFinished())

    def _is_new(self, step: steps.Step) -> bool:
        """Return whether a step is about nothing that the last round has left."""
        if isinstance(step, steps.CreateNetwork):
            return self._history.network is None
        if isinstance(step, steps.PullImage | steps.BuildImage):
            main = self._task.containers[self._task.main or ""]
            return not self._kept or step.source == main.image
        return getattr(step, "container", None) not in self._kept
