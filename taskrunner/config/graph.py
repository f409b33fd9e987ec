"""The order of things that need each other: containers of a task, tasks of a run."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Final

from taskrunner.config.model import Container, Expression, Project, Task
from taskrunner.config.suggest import unknown_task
from taskrunner.config.wildcards import expand, is_wildcard
from taskrunner.records import NamedTuple

if TYPE_CHECKING:
    from taskrunner.config.model import Dependency

__all__ = [
    "Call",
    "Patience",
    "TooLargeError",
    "Walk",
    "container_needs",
    "containers_of",
    "prerequisites_of",
    "task_cycles",
    "task_order",
    "walk",
]


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


class TooLargeError(Exception):
    """Looking through a graph for every task would take long."""


class Patience:
    """How many steps the checks of a project may take: what each task needs is looked through on its own."""

    def __init__(self, steps: int) -> None:
        self._left = steps
        self._known: dict[str, Walk] = {}

    def walk(self, containers: Mapping[str, Container], task: Task, main: str) -> Walk:
        """Walk through what a task's main container needs. Raises TooLargeError."""
        # Most tasks add no containers of their own, so those of one main container are alike.
        if not task.dependencies and main in self._known:
            return self._known[main]
        found = walk([main], lambda name: container_needs(containers, task, name))
        if not task.dependencies:
            self._known[main] = found
        known = (containers[name] for name in found.order if name in containers)
        self._left -= sum(1 + len(container.dependencies) for container in known)
        if self._left < 0:
            raise TooLargeError
        return found


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


class Call(NamedTuple):
    """A task of a run, and what is added to the command of its main container."""

    task: str
    arguments: tuple[Expression, ...] = ()

    @property
    def key(self) -> str:
        """What makes two calls the same."""
        return "\0".join((self.task, *(argument.source for argument in self.arguments)))


def task_order(
    project: Project, names: Sequence[str], *, skip_prerequisites: bool = False
) -> tuple[Call, ...]:
    """Return the calls that a run of some tasks takes, each once: prerequisites first, in the order given.

    Raises UserError for a task that does not exist.
    """
    for name in names:
        if name not in project.tasks:
            raise unknown_task(project, name, after=names[0] if name != names[0] else None)
    calls = {name: Call(name) for name in names}
    if skip_prerequisites:
        return tuple(calls.values())

    def needs(key: str) -> Iterator[str]:
        for call in _calls_before(project.tasks, calls[key]):
            calls.setdefault(call.key, call)
            yield call.key

    in_order = (calls[key] for key in walk(names, needs).order)
    return tuple(call for call in in_order if not is_wildcard(call.task))


def _calls_before(tasks: Mapping[str, Task], call: Call) -> Iterator[Call]:
    # A wildcard is a node of its own: what many tasks have in common is expanded once.
    if is_wildcard(call.task):
        yield from (Call(each, call.arguments) for each in expand(call.task, tasks))
        return
    for needed in tasks[call.task].prerequisites:
        if is_wildcard(needed.name) or needed.name in tasks:
            yield Call(needed.name, needed.arguments)


def prerequisites_of(tasks: Mapping[str, Task], name: str) -> Iterator[str]:
    """Yield the tasks that a task needs to run before it, wildcards expanded, those it defines only."""
    for call in _calls_before(tasks, Call(name)):
        if is_wildcard(call.task):
            yield from expand(call.task, tasks)
        else:
            yield call.task


def task_cycles(tasks: Mapping[str, Task]) -> Iterator[tuple[str, ...]]:
    """Yield tasks that need each other in a ring: the first needs the second, the last needs the first."""

    def needs(name: str) -> Iterator[str]:
        return (call.task for call in _calls_before(tasks, Call(name)))

    for ring in walk(tasks, needs).cycles:
        yield tuple(name for name in ring if not is_wildcard(name))
