"""One task on the engine: the main thread's loop over rules, steps and what comes of them."""

import signal
import time
from collections.abc import Callable
from queue import Empty

from taskrunner import exit_codes
from taskrunner.engine import containers
from taskrunner.errors import EngineError
from taskrunner.execution import events as e
from taskrunner.execution import step_runners, steps
from taskrunner.execution.bus import Changed, Done, Item, Left, Signal
from taskrunner.execution.context import RunContext
from taskrunner.execution.history import History
from taskrunner.execution.interrupts import Interrupts
from taskrunner.execution.rules import Rule, split_ready
from taskrunner.execution.rules_cleanup import cleanup_rules
from taskrunner.execution.rules_run import run_rules
from taskrunner.execution.threads import StepThreads
from taskrunner.execution.work import Work
from taskrunner.host.process import catches
from taskrunner.host.signals import EXIT_CODES, name_of
from taskrunner.plan.model import PulledImage, TaskPlan

__all__ = ["TaskRun"]

# How long the main container may take to end by itself once a signal was passed on to it.
# A CI system that cancels sends SIGTERM and kills 2.5 s later.
_GRACE = {signal.SIGINT: 10.0, signal.SIGTERM: 1.5, signal.SIGHUP: 1.5}
# The same where nobody can tell whether it listens to the signal at all.
_BLIND_GRACE = 0.25
# How long output that is still on its way may take once its container is removed.
_LAST_WORDS = 5.0


class TaskRun:
    """One task, from its first step to the last thing removed."""

    def __init__(
        self,
        context: RunContext,
        task: TaskPlan,
        threads: StepThreads,
        interrupts: Interrupts,
        history: History | None = None,
    ) -> None:
        self._context = context
        self._task = task
        self._threads = threads
        self._interrupts = interrupts
        self._history = history or History()
        self._work = Work(context, task, self._history)
        self._cleaning = False

    def run(self) -> int:
        """Run the task and clean up; return its exit code."""
        started = time.monotonic()
        task, bus = self._task, self._context.bus
        self._interrupts.to_clean(task.number, self.commands_to_clean)
        bus.post(self._started_event())
        code = exit_codes.OK
        if task.main is not None:
            try:
                self._stage(self._rules(), self._is_run_over)
                self._settle_main()
                self._offer_shell()
            finally:
                # Also after a fault of our own, which then ends the command.
                self._clean_up()
                self._work.departures.cancel()
            code = self._exit_code(task.main)
        ended_well = not self._history.failed and not self._history.cleanup_failures
        if ended_well:
            bus.post(e.TaskFinished(task.name, code, time.monotonic() - started))
        else:
            bus.announce(e.TaskFailed(task.name, code))
        return code

    def commands_to_clean(self) -> tuple[str, ...]:
        """Return the commands that remove what this task still has on the engine."""
        history = self._history
        left = [c.name for name, c in history.created.items() if name not in history.removed]
        commands = [f"docker rm --force --volumes {name}" for name in left]
        if history.own_network and not history.network_removed:
            commands.append(f"docker network rm {history.network_name}")
        return tuple(commands)

    def _stage(self, rules: list[Rule], is_over: Callable[[], bool]) -> None:
        while True:
            if self._may_start_more():
                ready, rules = split_ready(rules, self._history)
                for step in ready:
                    self._threads.start(step, self._work.of(step))
            if is_over():
                return
            self._take(self._context.bus.queue.get())

    def _may_start_more(self) -> bool:
        if self._cleaning:
            return True
        return not self._history.failed and self._task.main not in self._history.exited

    def _is_run_over(self) -> bool:
        history = self._history
        if history.failed:
            self._context.image_scope.cancel()
        if history.failed or self._task.main in history.exited:
            self._work.scope.cancel()
            return not self._threads.any_finite()
        return False

    def _is_cleanup_over(self) -> bool:
        return not self._threads.any_finite()

    def _take(self, item: Item) -> None:
        if isinstance(item, Changed):
            return  # whoever watches looks for changes when the task has ended
        if isinstance(item, Done):
            self._threads.done(item.number)
        elif isinstance(item, Left):
            self._history.left.add(item.container_id)
        elif isinstance(item, Signal):
            interrupted = e.Interrupted(name_of(item.number), self._interrupts.times)
            self._history.add(interrupted)
            self._context.bus.announce(interrupted)
            self._interrupts.heard = True
            if self._interrupts.times > 1:
                self._work.grace_scope.cancel()
        else:
            self._history.add(item)

    def _settle_main(self) -> None:
        """Let an interrupted task's main container end by itself, if it listens and is given the time."""
        main = self._task.main or ""
        history = self._history
        if not self._interrupts.times or main not in history.started or main in history.exited:
            return
        number = self._interrupts.first
        container_id = history.created[main].container_id
        try:
            pid = containers.inspect(self._context.client, container_id).pid
            listens = catches(pid, number)
            if listens is False or self._interrupts.times > 1:
                return
            containers.kill(self._context.client, container_id, name_of(number))
            if number == signal.SIGINT:
                step_runners.interrupt_all(self._context.client, container_id)
        except EngineError:
            return  # it is gone already, or cleaning up will say what is wrong
        until = time.monotonic() + (_GRACE[signal.Signals(number)] if listens else _BLIND_GRACE)
        while main not in history.exited and self._interrupts.times < 2:
            try:
                self._take(self._context.bus.queue.get(timeout=max(0.0, until - time.monotonic())))
            except Empty:
                return

    def _offer_shell(self) -> None:
        """Where the person asked for it, open a shell where the task failed, and wait for its end."""
        if not self._context.options.shell_on_failure or self._interrupts.exit_code is not None:
            return
        from taskrunner.execution.failure_shell import where_it_failed

        container = where_it_failed(self._task.main, self._history)
        if container is None:
            return
        step = steps.OpenShell(container)
        self._threads.start(step, self._work.of(step))
        while self._threads.any_finite():
            self._take(self._context.bus.queue.get())
            if self._interrupts.times:
                self._work.shell_scope.cancel()

    def _clean_up(self) -> None:
        self._cleaning = True
        option = self._option_to_keep()
        if option:
            self._keep(option)
            return
        self._context.bus.post(e.CleanupStarted(tuple(self._history.created)))
        in_turn = bool(self._history.created) and not self._context.client.survives_crowds
        self._stage(cleanup_rules(self._task, self._history, in_turn=in_turn), self._is_cleanup_over)
        self._hear_last_words()
        if self._history.cleanup_failures:
            self._context.bus.post(
                e.ResourcesKept(
                    wanted=False, option="", containers=self._created(), commands=self.commands_to_clean()
                )
            )
        else:
            self._context.bus.post(e.CleanupFinished())

    def _option_to_keep(self) -> str:
        options = self._context.options
        if self._history.failed:
            return "" if options.cleanup_after_failure else "--no-cleanup-after-failure"
        keep = self._task.requested and not options.cleanup_after_success
        return "--no-cleanup-after-success" if keep else ""

    def _keep(self, option: str) -> None:
        main = self._task.main or ""
        if self._history.failed and main in self._history.started and main not in self._history.exited:
            self._kill(main)
        self._hear_last_words()
        commands = self.commands_to_clean()
        if commands:
            self._context.bus.post(
                e.ResourcesKept(wanted=True, option=option, containers=self._created(), commands=commands)
            )

    def _kill(self, name: str) -> None:
        try:
            containers.kill(self._context.client, self._history.created[name].container_id)
        except EngineError:
            return  # it ended in the meantime, which is all that was asked for

    def _hear_last_words(self) -> None:
        """Wait for the threads of containers that are gone, so that all of their output is out."""
        until = time.monotonic() + _LAST_WORDS
        while self._waits_for_output():
            try:
                self._take(self._context.bus.queue.get(timeout=max(0.0, until - time.monotonic())))
            except Empty:
                return

    def _waits_for_output(self) -> bool:
        gone = self._history.removed | {self._task.main}
        return any(
            isinstance(step, steps.RunContainer) and step.container in gone
            for step in self._threads.running.values()
        )

    def _exit_code(self, main: str) -> int:
        history = self._history
        if history.failures:
            return self._failure_code(main, history.failures[0])
        code = history.exited.get(main, exit_codes.ENGINE)
        return code or (exit_codes.ENGINE if history.cleanup_failures else code)

    def _failure_code(self, main: str, failure: e.Failure) -> int:
        match failure:
            case e.Interrupted(signal=name):
                return EXIT_CODES[name]
            case e.ContainerStartFailed(container=container, exit_code=code) if container == main:
                return code
            case e.StepCrashed(report=str()):
                return exit_codes.CRASH
            case _:
                return exit_codes.ENGINE

    def _rules(self) -> list[Rule]:
        """Return the rules of the first stage."""
        shared = self._context.options.use_network is not None
        network = shared or self._task.needs_network
        # Podman wants a network to exist. One of the person's may not, which is said before anything is made.
        return run_rules(self._task, network=network, by_name=not shared and self._context.client.is_docker)

    def _created(self) -> tuple[tuple[str, str], ...]:
        history = self._history
        return tuple((n, c.name) for n, c in sorted(history.created.items()) if n not in history.removed)

    def _started_event(self) -> e.TaskStarted:
        task = self._task
        return e.TaskStarted(
            task=task.name,
            main=task.main,
            containers=tuple(task.containers),
            images=tuple(
                c.image.reference if isinstance(c.image, PulledImage) else ""
                for c in task.containers.values()
            ),
            last=task.requested,
            dependencies=tuple(c.dependencies for c in task.containers.values()),
        )
