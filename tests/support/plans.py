"""Plans for unit tests, with as few words as a test needs."""

from typing import Any

from taskrunner.config.model import HealthCheck
from taskrunner.plan.model import PlannedContainer, PulledImage, TaskPlan

NO_HEALTH_CHECK = HealthCheck(None, None, None, None, None, None)


def container(name: str, *dependencies: str, **changes: Any) -> PlannedContainer:
    """Return a container that only has a name, an image and dependencies, besides what is changed."""
    plain = PlannedContainer(
        name=name,
        image=PulledImage(f"image-of-{name}", always=False),
        command=None,
        command_text=None,
        entrypoint=None,
        environment={},
        working_directory=None,
        mounts=(),
        devices=(),
        ports=(),
        dependencies=dependencies,
        health_check=NO_HEALTH_CHECK,
        privileged=False,
        enable_init_process=False,
        capabilities_to_add=(),
        capabilities_to_drop=(),
        additional_hostnames=(),
        additional_hosts={},
        setup_commands=(),
        log_driver=None,
        log_options={},
        shm_size=None,
        labels={},
        stop_grace_period=None,
        home_directory=None,
    )
    return plain._replace(**changes)


def task(*containers: PlannedContainer, name: str = "the-task") -> TaskPlan:
    """Return a task of these containers, the last of which is the main one."""
    return TaskPlan(
        number=0,
        name=name,
        main=containers[-1].name if containers else None,
        containers={c.name: c for c in containers},
        requested=True,
    )
