"""The rules of a task's second stage: everything that was created goes, in parallel where it may.

A container that asks for a grace period is stopped first, once everything that depends on it is gone.
All others are killed and removed at once: waiting for a process that is about to be deleted with its
file system is waiting for nothing. Their network goes as soon as they have left it, while the engine still
deletes what else they had.
"""

from collections.abc import Callable
from functools import partial

from taskrunner.execution import steps
from taskrunner.execution.history import History
from taskrunner.execution.rules import Rule
from taskrunner.plan.model import TaskPlan

__all__ = ["cleanup_rules"]


def cleanup_rules(task: TaskPlan, history: History, *, in_turn: bool = False) -> list[Rule]:
    """Return the rules that remove what the first stage created.

    `in_turn` says that the engine cannot have several containers leave a network at the same moment.
    """
    rules: list[Rule] = []
    for name in history.created:
        if _wants_grace(task, name, history):
            rules.append(Rule(steps.StopContainer(name), partial(dependants_are_gone, task, name)))
            rules.append(Rule(steps.RemoveContainer(name), partial(is_stopped, name)))
        else:
            ready = partial(nobody_stopping_needs, task, name)
            if in_turn and name != task.main:
                ready = partial(main_has_left_and, ready, task.main or "")
            rules.append(Rule(steps.RemoveContainer(name), ready))
    if history.own_network:
        rules.append(Rule(steps.RemoveNetwork(), network_is_empty))
    return rules


def dependants_are_gone(task: TaskPlan, name: str, history: History) -> bool:
    """Hold once no container that depends on this one runs any more."""
    gone = history.stopped | history.removed | history.exited.keys()
    return all(
        other in gone or other not in history.started
        for other, container in task.containers.items()
        if name in container.dependencies
    )


def nobody_stopping_needs(task: TaskPlan, name: str, history: History) -> bool:
    """Hold unless a container that is given time to stop depends on this one."""
    return all(
        other in history.stopped or not _wants_grace(task, other, history)
        for other, container in task.containers.items()
        if name in container.dependencies
    )


def main_has_left_and(also: Callable[[History], bool], main: str, history: History) -> bool:
    """Hold once the main container, if it has ended by itself, is out of the network, and `also` holds."""
    ended = main in history.exited and main in history.created
    # An engine that could not remove it is not going to say more of it.
    stays = any(failure.container == main for failure in history.cleanup_failures)
    return (not ended or stays or _is_out(main, history)) and also(history)


def is_stopped(name: str, history: History) -> bool:
    """Hold once the container no longer runs."""
    return name in history.stopped


def network_is_empty(history: History) -> bool:
    """Hold once every container of the task is removed, or has left the network."""
    return all(_is_out(name, history) for name in history.created)


def _is_out(name: str, history: History) -> bool:
    return name in history.removed or history.created[name].container_id in history.left


def _wants_grace(task: TaskPlan, name: str, history: History) -> bool:
    running = name in history.started and name not in history.exited
    return running and task.containers[name].stop_grace_period is not None
