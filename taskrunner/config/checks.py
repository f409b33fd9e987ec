"""Checks that need the whole project: names that lead nowhere, rings of dependencies, clashing ports.

batect finds these when a task starts, some only after its prerequisites have run.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Final, TypeAlias

from taskrunner.config.clashes import port_clashes
from taskrunner.config.graph import Patience, TooLargeError, task_cycles, walk
from taskrunner.config.model import Container, Dependency, Prerequisite, Reference, Task
from taskrunner.config.wildcards import is_wildcard
from taskrunner.errors import Problem

_BREAK_IT: Final = "Remove one of these: then it can be told which of them comes first."

__all__ = ["check_project"]

_MOST_COMPARISONS: Final = 5_000_000
"""Of wildcards with names of tasks: about three seconds."""

_MOST_STEPS: Final = 500_000
"""Through the graphs of all tasks together: about two seconds."""

_Named: TypeAlias = Reference | Dependency | Prerequisite


def check_project(
    containers: Mapping[str, Container],
    tasks: Mapping[str, Task],
    container_names: Collection[str],
    task_names: Collection[str],
) -> Iterator[Problem]:
    """Yield what is wrong between the parts of a project.

    The names are all that the files define, those whose values were rejected among them, so that one
    mistake is not reported a second time wherever the name is used.
    """
    for container in containers.values():
        who = f"the container '{container.name}'"
        yield from _unknown_containers(who, container.dependencies, container_names)
    for task in tasks.values():
        yield from _unknown_names(task, tasks, container_names, task_names)
    too_many = _too_many_wildcards(tasks)
    if too_many is not None:
        yield too_many
    else:
        yield from _task_cycles(tasks)
    try:
        yield from _between_containers(containers, tasks, Patience(_MOST_STEPS))
    except TooLargeError:
        message = "The tasks of this project need so many containers that they cannot be checked."
        where = next(iter(tasks.values())).where
        yield Problem("config.too-many-dependencies", message, where, "Give containers fewer dependencies.")


def _between_containers(
    containers: Mapping[str, Container], tasks: Mapping[str, Task], patience: Patience
) -> Iterator[Problem]:
    for task in tasks.values():
        yield from _misused_containers(task, containers, patience)
    yield from _container_cycles(containers, tasks, patience)
    yield from port_clashes(containers, tasks, patience)


def _unknown_names(
    task: Task, tasks: Mapping[str, Task], container_names: Collection[str], task_names: Collection[str]
) -> Iterator[Problem]:
    who = f"the task '{task.name}'"
    if task.run is not None:
        yield from _unknown_containers(who, [task.run.container], container_names)
    yield from _unknown_containers(who, task.dependencies, container_names)
    yield from _unknown_containers(who, (c.container for c in task.customise.values()), container_names)
    for reference in task.prerequisites:
        if not is_wildcard(reference.name) and reference.name not in task_names:
            message = f"There is no task '{reference.name}', which {who} names as a prerequisite."
            yield _unknown("config.unknown-task", message, reference, task_names)
        target = tasks.get(reference.name)
        if reference.arguments and target is not None and target.run is None:
            message = f"The task '{target.name}' only has prerequisites, so it takes no arguments."
            hint = "Name the task alone, or give it a `run`."
            yield Problem("config.arguments-without-run", message, reference.where, hint)


def _unknown_containers(who: str, references: Iterable[_Named], names: Collection[str]) -> Iterator[Problem]:
    for reference in references:
        if reference.name not in names:
            message = f"There is no container '{reference.name}', which {who} uses."
            yield _unknown("config.unknown-container", message, reference, names)


def _unknown(code: str, message: str, reference: _Named, names: Collection[str]) -> Problem:
    from taskrunner.config.suggest import did_you_mean

    return Problem(code, message, reference.where, did_you_mean(reference.name, names))


def _misused_containers(
    task: Task, containers: Mapping[str, Container], patience: Patience
) -> Iterator[Problem]:
    if task.run is None:
        return
    main = task.run.container.name
    for reference in task.dependencies:
        if reference.name == main:
            message = f"'{main}' is the task's main container, so it cannot be a dependency of the task too."
            hint = "Remove it from `dependencies`: it runs anyway."
            yield Problem("config.main-container-as-dependency", message, reference.where, hint)
    if not task.customise:
        return
    used = set(patience.walk(containers, task, main).order)
    for name, customisation in task.customise.items():
        if name in containers and name not in used:
            message = (
                f"The task '{task.name}' does not use the container '{name}', so it cannot customise it."
            )
            hint = "Add it to the task's dependencies, or remove it here."
            yield Problem("config.customised-unused-container", message, customisation.container.where, hint)


def _container_cycles(
    containers: Mapping[str, Container], tasks: Mapping[str, Task], patience: Patience
) -> Iterator[Problem]:
    def needs(name: str) -> Iterable[str]:
        return [ref.name for ref in containers[name].dependencies if ref.name in containers]

    rings = walk(containers, needs).cycles
    for ring in rings:
        yield _ring_problem("containers", ring, "depends on", containers[ring[-1]].dependencies)
    if rings:
        return
    for task in tasks.values():
        if task.run is None or all(r.name == task.run.container.name for r in task.dependencies):
            continue
        main = task.run.container.name
        yield from _cycles_through_task(task, main, patience.walk(containers, task, main).cycles)


def _cycles_through_task(task: Task, main: str, rings: Iterable[tuple[str, ...]]) -> Iterator[Problem]:
    for ring in rings:
        if len(ring) == 1:
            continue  # the main container among its own dependencies, which is reported as such
        entry = next((ref for ref in task.dependencies if ref.name == ring[1]), task.dependencies[0])
        rest = ", which depends on ".join(f"'{name}'" for name in (*ring[1:], ring[0]))
        message = f"The task '{task.name}' makes containers depend on each other: '{main}' depends on {rest}."
        yield Problem("config.dependency-cycle", message, entry.where, _BREAK_IT)


def _too_many_wildcards(tasks: Mapping[str, Task]) -> Problem | None:
    """Return a problem for patterns that would take long to compare with every name of a task."""
    patterns = {each.name: each for task in tasks.values() for each in task.prerequisites if "*" in each.name}
    if len(patterns) * len(tasks) <= _MOST_COMPARISONS:
        return None
    message = f"There are too many wildcards: {len(patterns):,} for {len(tasks):,} tasks."
    hint = "Name the tasks themselves in some places, or use the same wildcard more than once."
    return Problem("config.too-many-wildcards", message, list(patterns.values())[-1].where, hint)


def _task_cycles(tasks: Mapping[str, Task]) -> Iterator[Problem]:
    # A task whose name is wrong, and told as such, could be taken for a wildcard.
    named = {name: task for name, task in tasks.items() if not is_wildcard(name)}
    for ring in task_cycles(named):
        yield _ring_problem("tasks", ring, "needs", tasks[ring[-1]].prerequisites)


def _ring_problem(what: str, ring: tuple[str, ...], verb: str, references: Sequence[_Named]) -> Problem:
    from taskrunner.config.wildcards import matches

    closing = next(ref for ref in references if matches(ref.name, ring[0]))
    # Told from the place that is pointed at: the last of the ring needs the first.
    steps = f", which {verb} ".join(f"'{name}'" for name in ring)
    text = f"'{ring[-1]}' {verb} {steps}"
    wildcard = f" (through '{closing.name}')" if is_wildcard(closing.name) else ""
    message = f"These {what} need each other: {text}{wildcard}."
    if len(ring) == 1:
        message = f"The {what.removesuffix('s')} '{ring[0]}' {verb} itself{wildcard}."
    return Problem("config.dependency-cycle", message, closing.where, _BREAK_IT)
