"""Tasks of a run that need not wait for one another, at the same time.

A task starts once those that it needs are done. A failure lets the tasks that run go on to their end, as
`make -j` does, and starts no more.
"""

from collections.abc import Callable, Iterable
from queue import SimpleQueue
from threading import Thread
from typing import TYPE_CHECKING

from taskrunner import exit_codes
from taskrunner.engine.cancellation import CancelScope
from taskrunner.execution.bus import Bus
from taskrunner.execution.context import RunContext
from taskrunner.execution.interrupts import Interrupts
from taskrunner.execution.lanes import Lane
from taskrunner.execution.task_run import TaskRun
from taskrunner.execution.threads import StepThreads
from taskrunner.plan.model import BuiltImage, RunPlan, TaskPlan

if TYPE_CHECKING:
    from taskrunner.execution.task_memory import TaskMemory

__all__ = ["run_in_parallel"]

# Numbers of steps are unique in a run, whichever task they belong to.
_STEPS_OF_A_TASK = 1_000_000


def run_in_parallel(
    context: RunContext,
    plan: RunPlan,
    threads: Callable[[Bus, int], StepThreads],
    interrupts: Interrupts,
    past: "TaskMemory | None",
) -> int:
    """Run the tasks of a plan and return the exit code of the first that failed, in the plan's order."""
    return _Run(context, plan, threads, interrupts, past).run()


class _LaneScope(CancelScope):
    """Images are for all tasks: what one task no longer waits for ends only with the whole run."""

    def __init__(self, whole: CancelScope, interrupts: Interrupts) -> None:
        super().__init__()
        self._whole = whole
        self._interrupts = interrupts

    def cancel(self) -> None:
        """End what this task waits for; all images once somebody asked for the end."""
        super().cancel()
        if self._interrupts.times:
            self._whole.cancel()


class _Run:
    def __init__(
        self,
        context: RunContext,
        plan: RunPlan,
        threads: Callable[[Bus, int], StepThreads],
        interrupts: Interrupts,
        past: "TaskMemory | None",
    ) -> None:
        self._context = context
        self._tasks = plan.tasks
        self._threads = threads
        self._interrupts = interrupts
        self._past = past
        self._lanes: dict[int, Lane] = {}
        self._codes: dict[int, int] = {}
        self._done: SimpleQueue[tuple[int, int | BaseException]] = SimpleQueue()

    def run(self) -> int:
        faults: list[BaseException] = []
        while True:
            self._start(self._startable())
            self._let_the_first_speak()
            if len(self._codes) == len(self._lanes):
                break
            number, outcome = self._done.get()
            if isinstance(outcome, BaseException):
                faults.append(outcome)
                outcome = exit_codes.CRASH
            self._codes[number] = outcome
            self._context.images.doubt()
        for number in sorted(self._lanes):
            self._lanes[number].speak()
        if faults:
            raise faults[0]
        failed = next((self._codes[n] for n in sorted(self._codes) if self._codes[n]), exit_codes.OK)
        return failed or self._interrupts.after_tasks() or exit_codes.OK

    def _startable(self) -> list[TaskPlan]:
        if any(self._codes.values()) or self._interrupts.times:
            return []
        return [task for task in self._tasks if task.number not in self._lanes and self._is_due(task)]

    def _is_due(self, task: TaskPlan) -> bool:
        done = {number for number in self._lanes if number in self._codes}
        if _waits_for(task, self._tasks) - done:
            return False
        earlier = {each.number for each in self._tasks if each.number < task.number}
        has_terminal = task.requested and self._context.options.input.terminal is not None
        # A task that may be skipped is looked at when everything before it is known.
        return not (has_terminal or task.files is not None) or earlier <= done

    def _start(self, due: Iterable[TaskPlan]) -> None:
        for task in due:
            running = [each for each in self._tasks if self._is_running(each)]
            if any(each.files is not None or _share_a_port(each, task) for each in running):
                continue
            if task.files is not None and running:
                continue
            self._start_one(task)

    def _is_running(self, task: TaskPlan) -> bool:
        return task.number in self._lanes and task.number not in self._codes

    def _start_one(self, task: TaskPlan) -> None:
        lane = self._lanes[task.number] = Lane(self._context.bus)
        context = self._context._replace(
            bus=lane, image_scope=_LaneScope(self._context.image_scope, self._interrupts)
        )
        threads = self._threads(lane, task.number * _STEPS_OF_A_TASK)
        run = TaskRun(context, task, threads, self._interrupts)

        def carry_out() -> None:
            try:
                self._done.put((task.number, self._outcome(task, lane, run)))
            except BaseException as error:  # noqa: BLE001 - raised again by the thread that waits
                self._done.put((task.number, error))

        Thread(target=carry_out, name=f"task {task.number}", daemon=True).start()

    def _outcome(self, task: TaskPlan, lane: Lane, run: TaskRun) -> int:
        past = self._past if task.files is not None else None
        if past is not None:
            lane.speak()
            if past.skips(task, lane):
                return exit_codes.OK
        code = run.run()
        if past is not None and code == exit_codes.OK:
            past.remember(task)
        return code

    def _let_the_first_speak(self) -> None:
        for task in self._tasks:
            if task.number not in self._lanes:
                return
            self._lanes[task.number].speak()
            if task.number not in self._codes:
                return


def _waits_for(task: TaskPlan, tasks: tuple[TaskPlan, ...]) -> set[int]:
    """Return the tasks that have to be done first: prerequisites, and what writes what a build reads."""
    images = [container.image for container in task.containers.values()]
    writers = {image.after for image in images if isinstance(image, BuiltImage) and image.after >= 0}
    needed = {each.number for each in tasks if each.name in task.prerequisites}
    return {number for number in needed | writers if number < task.number}


def _share_a_port(one: TaskPlan, other: TaskPlan) -> bool:
    mine, theirs = (
        {(port.protocol, port.local) for each in task.containers.values() for port in each.ports}
        for task in (one, other)
    )
    return bool(mine & theirs)
