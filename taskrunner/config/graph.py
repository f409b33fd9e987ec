"""The order of things that need each other: containers of a task, tasks of a run."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Final, NamedTuple

from taskrunner.config.model import Container, Project, Task
from taskrunner.config.suggest import unknown_task
from taskrunner.config.wildcards import expand, is_wildcard

if TYPE_CHECKING:
    from taskrunner.config.model import Dependency

__all__ = ["Walk", "container_needs", "containers_of", "prerequisites_of", "task_order", "walk"]


_MOST_CYCLES: Final = 20
"""Cycles that one walk notes: wildcards can tie every task to every other."""


class Walk(NamedTuple):
    """What a walk through a graph found."""

    order: tuple[str, ...]
    """Each name once, after everything that it needs."""
    cycles: tuple[tuple[str, ...], ...]
    """Names that need each other in a ring; the first needs the second, the last needs the first."""


def walk(roots: Iterable[str], needs: Callable[[str], Iterable[str]]) -> Walk:
    """Walk depth first from the roots, in the order given; no recursion, so depth costs nothing."""
    order: list[str] = []
    cycles: list[tuple[str, ...]] = []
    done: set[str] = set()
    for root in roots:
        if root in done:
            continue
        path: dict[str, Iterator[str]] = {root: iter(needs(root))}
        while path:
            name = next(reversed(path))
            for needed in path[name]:
                if needed in path:
                    if len(cycles) < _MOST_CYCLES:
                        ring = list(path)
                        cycles.append(tuple(ring[ring.index(needed) :]))
                elif needed not in done:
                    path[needed] = iter(needs(needed))
                    break
            else:
                path.popitem()  # the last, which `del` would leave a gap for, to be skipped each time
                done.add(name)
                order.append(name)
    return Walk(tuple(order), tuple(cycles))


def containers_of(project: Project, task: Task) -> tuple[str, ...]:
    """Return the containers that a task runs: each after its dependencies, the main container last."""
    if task.run is None:
        return ()
    main = task.run.container.name
    return walk([main], lambda name: container_needs(project.containers, task, name)).order


def container_needs(containers: Mapping[str, Container], task: Task, name: str) -> Iterator[str]:
    """Yield what a container of a task depends on; the main one also needs the task's dependencies."""
    extra: tuple[Dependency, ...] = ()
    if task.run is not None and name == task.run.container.name:
        extra = task.dependencies
    own = containers[name].dependencies if name in containers else ()
    for reference in (*extra, *own):
        if reference.name in containers:
            yield reference.name


def task_order(project: Project, name: str, *, skip_prerequisites: bool = False) -> tuple[str, ...]:
    """Return the tasks that a run of a task takes: prerequisites first, each once, the task itself last.

    Raises UserError for a task that does not exist.
    """
    if name not in project.tasks:
        raise unknown_task(project, name)
    if skip_prerequisites:
        return (name,)
    return walk([name], lambda task: prerequisites_of(project.tasks, task)).order


def prerequisites_of(tasks: Mapping[str, Task], name: str) -> Iterator[str]:
    """Yield the tasks that a task needs to run before it, wildcards expanded, those it defines only."""
    for reference in tasks[name].prerequisites:
        if is_wildcard(reference.name):
            yield from expand(reference.name, tasks)
        elif reference.name in tasks:
            yield reference.name
