"""From a planned container to what the engine is asked to create."""

import os
from collections.abc import Mapping

from taskrunner.engine.spec import ContainerSpec, DeviceSpec, HealthSpec, MountSpec, PortSpec
from taskrunner.host.user import User
from taskrunner.plan.model import BindMount, MemoryMount, PlannedContainer, VolumeMount
from taskrunner.records import NamedTuple

__all__ = ["Surroundings", "container_spec", "health_spec"]


class Surroundings(NamedTuple):
    """What a container finds around it, besides what its config says."""

    image: str
    """Id or reference."""
    network: str | None
    labels: Mapping[str, str]
    terminal: str | None
    """Value of TERM."""
    stdin: bool
    lent: bool
    """Whether it gets a terminal."""
    size: tuple[int, int] | None
    """Rows and columns of that terminal."""
    user: User | None
    """Who runs the program; None where that makes no difference."""


_PROPAGATION = frozenset({"private", "rprivate", "shared", "rshared", "slave", "rslave"})
_CONSISTENCY = frozenset({"consistent", "cached", "delegated"})


def container_spec(container: PlannedContainer, around: Surroundings) -> ContainerSpec:
    """Return the engine's view of a container."""
    mounts = {m: found for m in container.mounts if isinstance(m, BindMount) and (found := _mount(m))}
    return ContainerSpec(
        image=around.image,
        command=container.command,
        entrypoint=container.entrypoint,
        environment=_with_terminal(container, around.terminal),
        working_directory=container.working_directory,
        binds=tuple(
            _bind(mount)
            for mount in container.mounts
            if isinstance(mount, BindMount | VolumeMount) and mount not in mounts
        ),
        mounts=tuple(mounts.values()),
        tmpfs={mount.target: mount.options for mount in container.mounts if isinstance(mount, MemoryMount)},
        devices=tuple(DeviceSpec(d.local, d.container, d.options) for d in container.devices),
        ports=tuple(PortSpec(p.local, p.container, p.protocol) for p in container.ports),
        network=around.network,
        aliases=(container.name, *container.additional_hostnames),
        hostname=container.name,
        privileged=container.privileged,
        init=container.enable_init_process,
        cap_add=container.capabilities_to_add,
        cap_drop=container.capabilities_to_drop,
        extra_hosts=container.additional_hosts,
        log_driver=container.log_driver,
        log_options=container.log_options,
        shm_size=container.shm_size,
        labels={**container.labels, **around.labels},
        health_check=health_spec(container),
        stdin=around.stdin,
        terminal=around.lent,
        terminal_size=around.size,
        ulimits=container.ulimits,
        memory=container.mem_limit,
        nano_cpus=container.cpus,
        platform=container.platform,
        user=f"{around.user.uid}:{around.user.gid}" if container.home_directory and around.user else None,
    )


def health_spec(container: PlannedContainer) -> HealthSpec | None:
    """Return the container's own health check settings, or None where it has none."""
    check = container.health_check
    if check.is_outside:
        return HealthSpec(test=("NONE",))
    given = (check.command, check.interval, check.timeout, check.start_period, check.retries)
    if all(value is None for value in given):
        return None
    return HealthSpec(
        test=("CMD-SHELL", check.command) if check.command is not None else None,
        interval=check.interval,
        timeout=check.timeout,
        start_period=check.start_period,
        retries=check.retries,
    )


def _with_terminal(container: PlannedContainer, terminal: str | None) -> Mapping[str, str]:
    if terminal is None:
        return container.environment
    return {"TERM": terminal, **container.environment}


def _mount(mount: BindMount) -> MountSpec | None:
    """Return a mount of which the engine makes sure that it is there, or None where it may make a folder.

    It may where there is nothing here either, and has to be asked in its older way for SELinux labels.
    """
    options = frozenset(mount.options.split(",") if mount.options else ())
    if options - _PROPAGATION - _CONSISTENCY - {"ro", "rw"} or not os.path.exists(mount.source):
        return None
    return MountSpec(
        mount.source,
        mount.target,
        "ro" in options,
        next(iter(options & _PROPAGATION), None),
        next(iter(options & _CONSISTENCY), None),
    )


def _bind(mount: BindMount | VolumeMount) -> str:
    source = mount.source if isinstance(mount, BindMount) else mount.volume
    options = f":{mount.options}" if mount.options else ""
    return f"{source}:{mount.target}{options}"
