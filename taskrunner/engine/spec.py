"""What a container shall be like, and how the engine's API says that."""

from collections.abc import Collection, Mapping
from typing import Any

from taskrunner.records import NamedTuple

__all__ = ["ContainerSpec", "DeviceSpec", "HealthSpec", "MountSpec", "PortSpec", "health_json", "to_json"]


class DeviceSpec(NamedTuple):
    """A device of the host's, made available in a container."""

    local: str
    container: str
    options: str | None = None
    """Of `r`, `w` and `m`; all of them where None."""


class MountSpec(NamedTuple):
    """A folder or file of the engine's machine, which has to be there: nothing is made in its place."""

    source: str
    target: str
    read_only: bool = False
    propagation: str | None = None
    """Such as `rshared`; the engine's default where None."""
    consistency: str | None = None
    """`consistent`, `cached` or `delegated`, which engines in virtual machines look at."""


class PortSpec(NamedTuple):
    """A container's port, published on the host."""

    local: int
    container: int
    protocol: str = "tcp"


class HealthSpec(NamedTuple):
    """A container's own health check; what is None is the image's. Durations are in nanoseconds."""

    test: tuple[str, ...] | None = None
    """Beginning with `CMD`, `CMD-SHELL` or `NONE`."""
    interval: int | None = None
    timeout: int | None = None
    start_period: int | None = None
    retries: int | None = None


class ContainerSpec(NamedTuple):
    """Everything that is settled when a container is created."""

    image: str
    """Id or reference."""
    command: tuple[str, ...] | None = None
    """The image's where None."""
    entrypoint: tuple[str, ...] | None = None
    """The image's where None."""
    environment: Mapping[str, str] = {}
    working_directory: str | None = None
    binds: tuple[str, ...] = ()
    """`source:target[:options]`, where the source is a path or a volume's name."""
    mounts: tuple[MountSpec, ...] = ()
    tmpfs: Mapping[str, str] = {}
    """Options by path."""
    volumes_from: tuple[str, ...] = ()
    """Containers whose volumes and mounts it gets; what is in `binds` wins."""
    devices: tuple[DeviceSpec, ...] = ()
    ports: tuple[PortSpec, ...] = ()
    network: str | None = None
    """Name or id; the engine's default network where None."""
    aliases: tuple[str, ...] = ()
    """Names in that network; the engine allows none in its default network."""
    hostname: str | None = None
    privileged: bool = False
    init: bool = False
    cap_add: Collection[str] = ()
    cap_drop: Collection[str] = ()
    extra_hosts: Mapping[str, str] = {}
    """Addresses by name."""
    log_driver: str | None = None
    log_options: Mapping[str, str] = {}
    shm_size: int | None = None
    """In bytes."""
    labels: Mapping[str, str] = {}
    health_check: HealthSpec | None = None
    stdin: bool = False
    """Whether input will be attached."""
    terminal: bool = False
    """Whether the first process gets a terminal, which merges its output streams."""
    terminal_size: tuple[int, int] | None = None
    """Rows and columns from the first byte on; engines before API 1.42 do not look at it."""
    user: str | None = None
    ulimits: Mapping[str, tuple[int, int]] = {}
    """Soft and hard limits by name; -1 for none."""
    memory: int | None = None
    """In bytes."""
    nano_cpus: int | None = None
    """Billionths of a processor."""
    platform: str | None = None


def to_json(spec: ContainerSpec, *, is_docker: bool) -> dict[str, Any]:
    """Return the body of the call that creates a container."""
    ports = _port_bindings(spec.ports)
    body: dict[str, Any] = {
        "Image": spec.image,
        "Cmd": _list(spec.command),
        "Entrypoint": _list(spec.entrypoint),
        "Env": [f"{name}={value}" for name, value in spec.environment.items()],
        "WorkingDir": spec.working_directory,
        "Hostname": spec.hostname,
        "User": spec.user,
        "Labels": dict(spec.labels),
        "ExposedPorts": {port: {} for port in ports},
        "Healthcheck": health_json(spec.health_check),
        "Tty": spec.terminal,
        "AttachStdin": spec.stdin,
        "AttachStdout": True,
        "AttachStderr": True,
        "OpenStdin": spec.stdin,
        # Without it, the end of our input would not be the end of the container's.
        "StdinOnce": spec.stdin,
        "HostConfig": _host_config(spec, ports, is_docker=is_docker),
        "NetworkingConfig": _networking(spec),
    }
    return _without_none(body)


def health_json(check: HealthSpec | None) -> dict[str, Any] | None:
    """Return a health check as the API has it, where zero and nothing mean the image's."""
    if check is None:
        return None
    return {
        "Test": list(check.test or ()),
        "Interval": check.interval or 0,
        "Timeout": check.timeout or 0,
        "StartPeriod": check.start_period or 0,
        "Retries": check.retries or 0,
    }


def _host_config(
    spec: ContainerSpec, ports: dict[str, list[dict[str, str]]], *, is_docker: bool
) -> dict[str, Any]:
    return _without_none(
        {
            "Binds": list(spec.binds),
            "Mounts": [_mount(mount) for mount in spec.mounts] or None,
            "Tmpfs": dict(spec.tmpfs),
            "VolumesFrom": list(spec.volumes_from) or None,
            "Devices": [_device(device) for device in spec.devices],
            "PortBindings": ports,
            "NetworkMode": spec.network,
            "Privileged": spec.privileged,
            # An explicit false would override an engine that is configured to start one in each container.
            "Init": True if spec.init else None,
            "CapAdd": sorted(spec.cap_add),
            "CapDrop": sorted(spec.cap_drop),
            "ExtraHosts": [f"{name}:{address}" for name, address in spec.extra_hosts.items()],
            "LogConfig": _log_config(spec, is_docker=is_docker),
            "ShmSize": spec.shm_size,
            "Ulimits": _ulimits(spec) or None,
            "Memory": spec.memory,
            "NanoCpus": spec.nano_cpus,
            "ConsoleSize": None if spec.terminal_size is None else list(spec.terminal_size),
        }
    )


def _log_config(spec: ContainerSpec, *, is_docker: bool) -> dict[str, Any] | None:
    options = dict(spec.log_options)
    if spec.log_driver is not None:
        return {"Type": spec.log_driver, "Config": options}
    if options:
        # Options without a driver were written for batect's default.
        return {"Type": "json-file", "Config": options}
    # Three times the throughput of Docker's own default, and bounded on disk; `docker logs` reads it.
    return {"Type": "local", "Config": {}} if is_docker else None


def _networking(spec: ContainerSpec) -> dict[str, Any] | None:
    if spec.network is None:
        return None
    return {"EndpointsConfig": {spec.network: {"Aliases": list(spec.aliases)}}}


def _port_bindings(ports: tuple[PortSpec, ...]) -> dict[str, list[dict[str, str]]]:
    bindings: dict[str, list[dict[str, str]]] = {}
    for port in ports:
        key = f"{port.container}/{port.protocol}"
        bindings.setdefault(key, []).append({"HostPort": str(port.local)})
    return bindings


def _mount(mount: MountSpec) -> dict[str, Any]:
    return _without_none(
        {
            "Type": "bind",
            "Source": mount.source,
            "Target": mount.target,
            "ReadOnly": mount.read_only,
            "Consistency": mount.consistency,
            "BindOptions": {"Propagation": mount.propagation} if mount.propagation else None,
        }
    )


def _ulimits(spec: ContainerSpec) -> list[dict[str, Any]]:
    return [{"Name": name, "Soft": soft, "Hard": hard} for name, (soft, hard) in spec.ulimits.items()]


def _device(device: DeviceSpec) -> dict[str, str]:
    return {
        "PathOnHost": device.local,
        "PathInContainer": device.container,
        "CgroupPermissions": device.options or "rwm",
    }


def _list(words: tuple[str, ...] | None) -> list[str] | None:
    return None if words is None else list(words)


def _without_none(values: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in values.items() if value is not None}
