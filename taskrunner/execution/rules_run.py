"""The rules of a task's first stage: from images and network to the main container's end."""

from functools import partial

from taskrunner.config.model import COMPLETED, HEALTHY, STARTED
from taskrunner.execution import steps
from taskrunner.execution.history import History
from taskrunner.execution.rules import Rule, at_once
from taskrunner.plan.model import BuiltImage, ImageSource, PlannedContainer, TaskPlan

__all__ = ["is_awaited", "run_rules"]


def run_rules(task: TaskPlan, *, network: bool, by_name: bool = False) -> list[Rule]:
    """Return the rules of a task.

    `network` says whether its containers share one; `by_name` that it is the task's own, and the engine takes
    its name at the creation of a container while it does not exist yet.
    """
    rules = [Rule(_image_step(source), at_once) for source in _distinct_images(task)]
    if network:
        rules.append(Rule(steps.CreateNetwork(), at_once))
    for container in task.containers.values():
        rules.extend(_container_rules(task, container, network=network, by_name=by_name))
    return rules


def is_awaited(task: TaskPlan, name: str) -> bool:
    """Return whether another container of the task waits until this one is healthy."""
    return any(name in each.dependencies and name not in each.conditions for each in task.containers.values())


def _container_rules(
    task: TaskPlan, container: PlannedContainer, *, network: bool, by_name: bool
) -> list[Rule]:
    name = container.name
    rules = [
        Rule(steps.CreateContainer(name), partial(can_create, container, network and not by_name)),
        Rule(steps.RunContainer(name), partial(can_start, container, network)),
    ]
    # Nothing waits for the main container, so its health matters to its own set-up commands alone; so
    # does that of a container which only has to start or to end.
    # Waiting for it anyway would let a health check hide the exit code of the task's command.
    if is_awaited(task, name) or container.setup_commands:
        rules.append(Rule(steps.WaitForHealth(name), partial(is_started, name)))
    if container.setup_commands:
        rules.append(Rule(steps.RunSetupCommands(name), partial(is_healthy, name)))
    return rules


def can_create(container: PlannedContainer, network: bool, history: History) -> bool:  # noqa: FBT001
    """Hold once the image and, where its id is needed, the network exist."""
    has_image = history.image_id(container.image) is not None
    return has_image and (not network or history.network is not None)


def can_start(container: PlannedContainer, network: bool, history: History) -> bool:  # noqa: FBT001
    """Hold once the container and its network exist and everything that it depends on is ready."""
    exists = container.name in history.created and (not network or history.network is not None)
    return exists and all(
        _is_met(container.conditions.get(name, HEALTHY), name, history) for name in container.dependencies
    )


def _is_met(condition: str, name: str, history: History) -> bool:
    if condition == COMPLETED:
        return history.exited.get(name) == 0
    return name in (history.started if condition == STARTED else history.ready)


def is_started(name: str, history: History) -> bool:
    """Hold once the container runs."""
    return name in history.started


def is_healthy(name: str, history: History) -> bool:
    """Hold once the container is healthy."""
    return name in history.healthy


def _distinct_images(task: TaskPlan) -> list[ImageSource]:
    """Return each image once; of an image that one container always pulls, the pull serves all."""
    found: dict[str, ImageSource] = {}
    for container in task.containers.values():
        source = container.image
        if isinstance(source, BuiltImage):
            found[source.key] = source
        elif source.always or source.reference not in found:
            found[source.reference] = source
    return list(found.values())


def _image_step(source: ImageSource) -> steps.PullImage | steps.BuildImage:
    return steps.BuildImage(source) if isinstance(source, BuiltImage) else steps.PullImage(source)
