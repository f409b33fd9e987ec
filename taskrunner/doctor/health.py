"""Dependencies that nobody can tell are ready."""

from collections.abc import Iterator

from taskrunner.config.graph import containers_of
from taskrunner.config.model import HEALTHY, Container, Project
from taskrunner.doctor.dockerfiles import read
from taskrunner.doctor.findings import Finding
from taskrunner.doctor.images import dockerfile_of
from taskrunner.doctor.subject import Engine, Subject

__all__ = ["check"]

_REMEDY = (
    "Add a `health_check` with a `command` that succeeds once it is ready: without one, a task starts as "
    "soon as the process does, and fails now and then."
)


def check(subject: Subject) -> Iterator[Finding]:
    """Look at every container that another one waits for. Raises EngineError."""
    project = subject.project
    if project is None:
        return
    waited_for = _waited_for(project)
    found = [
        finding
        for name in waited_for
        if (finding := _of(project.containers[name], subject.engine)) is not None
    ]
    yield from found
    if waited_for and not found:
        yield Finding("health.checked", "ok", "Every dependency has a health check.")


def _of(container: Container, engine: Engine | None) -> Finding | None:
    check = container.health_check
    if check.command is not None or check.http is not None or check.tcp is not None:
        return None
    has = _image_has_one(container, engine)
    if has:
        return None
    if has is None:
        message = f"Whether the image of '{container.name}' has a health check is not known until it is here."
        return Finding("health.not-known", "note", message, _REMEDY, container.where)
    message = f"'{container.name}' is a dependency, and neither it nor its image has a health check."
    return Finding("health.missing", "warning", message, _REMEDY, container.where)


def _image_has_one(container: Container, engine: Engine | None) -> bool | None:
    """Return whether the image has a health check; None where that cannot be told."""
    if container.build is not None:
        path = dockerfile_of(container.build)
        own = any(instruction.word == "HEALTHCHECK" for instruction in read(path)) if path else False
        return own or None
    source = container.image.source if container.image is not None else ""
    image = engine.image(source) if engine is not None else None
    return None if image is None else bool(image.health_test) and image.health_test != ("NONE",)


def _waited_for(project: Project) -> list[str]:
    """Return the containers that others wait for to be healthy, rather than to start or to end."""
    found: dict[str, None] = {}
    for task in project.tasks.values():
        needs = [*task.dependencies] if task.run is not None else []
        for name in containers_of(project, task):
            needs += project.containers[name].dependencies
        found.update(dict.fromkeys(each.name for each in needs if each.condition == HEALTHY))
    return [name for name in found if name in project.containers]
