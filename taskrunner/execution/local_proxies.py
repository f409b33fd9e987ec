"""Proxies on the host's own localhost, made reachable from containers and builds.

In a container, localhost is the container itself. Engines in virtual machines have a name for the host, and
so has Podman. With Docker on Linux the host is at the gateway of the engine's usual network, and without root
at an address of its own. A proxy that listens on loopback alone is led there by relays of ours for as long as
the run lasts. Source of the wish: batect's issue 10.
"""

import contextlib
import sys
from collections.abc import Mapping
from typing import Any, NamedTuple, TypeAlias

from taskrunner.engine.client import Client
from taskrunner.engine.http import quote
from taskrunner.errors import EngineError
from taskrunner.execution.events import ProxiesOutOfReach
from taskrunner.host.proxies import LocalProxy, local_proxy
from taskrunner.host.relay import Relay, interface_address, listens_everywhere, own_addresses
from taskrunner.plan.model import BuiltImage, PlannedContainer, RunPlan

__all__ = ["LocalProxies"]

_NAME_OF_HOST = "host.docker.internal"
# In Podman's containers: the gateway of their network where Podman is root, else the host's own address.
_PODMANS_NAME_OF_HOST = "host.containers.internal"
_PODMANS_NETWORK = "podman"
# Engines in virtual machines, which have that name, as they call themselves on Linux.
_DESKTOP = "Docker Desktop"

Target: TypeAlias = tuple[str, int]
"""Host and port."""


class _Way(NamedTuple):
    """How a container gets to the host."""

    host: str
    inner: tuple[str, ...] = ()
    """Gateways of the engine's networks, where relays have to listen."""
    outer: tuple[str, ...] = ()
    """Addresses where relays have to listen, too, and let in nobody but this machine."""
    gateways: bool = False
    """Whether the gateways of further networks are inner addresses."""


class _OutOfReachError(Exception):
    """No container gets to the host; says why."""


class LocalProxies:
    """Ways to proxies of this machine, which stay open until they are closed."""

    def __init__(self, client: Client, variables: Mapping[str, str]) -> None:
        """`variables` are the host's proxy variables."""
        self._client = client
        self._variables = variables
        self._relays = contextlib.ExitStack()
        self._way: _Way | None = None
        self._ports: dict[Target, int] = {}
        self.lost: ProxiesOutOfReach | None = None
        """What could not be made reachable, and stays as it is."""

    def close(self) -> None:
        """Take no more connections."""
        self._relays.close()

    def lead(self, plan: RunPlan) -> RunPlan:
        """Return a plan whose containers and builds get there, but for what the config says otherwise."""
        changed: dict[str, tuple[str, str]] = {}
        lost, reason = [], ""
        for name, value in self._variables.items():
            proxy = local_proxy(value)
            if proxy is None or not _is_used(plan, name, value):
                continue
            try:
                changed[name] = (value, proxy.at(*self._lead_to(proxy)))
            except _OutOfReachError as error:
                lost.append(name)
                reason = str(error)
        self.lost = ProxiesOutOfReach(tuple(lost), reason) if lost else None
        return _changed_plan(plan, changed)

    def on_network(self, network_id: str) -> None:
        """Let a network's containers in, where they come to its gateway."""
        if self._way is None or not self._way.gateways:
            return
        for address in _gateways(self._client, network_id):
            for target, port in self._ports.items():
                # Where it cannot listen, somebody else does: the proxy itself, or another run.
                with contextlib.suppress(OSError):
                    self._relays.callback(Relay(address, port, target).close)

    def _lead_to(self, proxy: LocalProxy) -> Target:
        """Return where a container reaches a proxy. Raises _OutOfReachError."""
        target = (proxy.host, proxy.port)
        if self._way is None:
            self._way = _way_to_host(self._client)
        if target not in self._ports:
            self._ports[target] = self._open(self._way, target)
        return self._way.host, self._ports[target]

    def _open(self, way: _Way, target: Target) -> int:
        if not (way.inner or way.outer) or listens_everywhere(target[1]):
            return target[1]
        own = frozenset(way.outer)
        places = [(each, None) for each in way.inner] + [(each, own) for each in way.outer]
        # The port of the proxy itself, so that containers and builds are told the same from run to run; and
        # one port for all addresses, as they are told one.
        for wanted in (target[1], 0):
            with contextlib.suppress(OSError), contextlib.ExitStack() as opened:
                port = wanted
                for address, peers in places:
                    relay = Relay(address, port, target, peers)
                    opened.callback(relay.close)
                    port = relay.port
                self._relays.push(opened.pop_all())
                return port
        raise _OutOfReachError("this machine has no port left by which it could be reached")


def _way_to_host(client: Client) -> _Way:
    if not client.endpoint.is_local:
        raise _OutOfReachError(f"the engine at {client.endpoint.text} is, or may be, on another machine")
    if sys.platform == "darwin":
        return _Way(_NAME_OF_HOST)
    try:
        info = client.json("GET", "/info", dict[str, Any])
        if info.get("OperatingSystem") == _DESKTOP:
            return _Way(_NAME_OF_HOST)
        # Podman says it in a word of its own.
        rootless = info.get("Rootless") or "name=rootless" in (info.get("SecurityOptions") or ())
        if not client.is_docker:
            return _way_out_of_podman(client, rootless=bool(rootless))
        return _way_without_root() if rootless else _way_by_gateway(client)
    except EngineError as error:
        raise _OutOfReachError(f"the engine does not tell its networks: {error.message}") from error


def _way_out_of_podman(client: Client, *, rootless: bool) -> _Way:
    addresses = tuple(own_addresses())
    if rootless:
        return _Way(_PODMANS_NAME_OF_HOST, outer=_some(addresses))
    gateways = tuple(_gateways(client, _PODMANS_NETWORK))
    # Builds may be in the host's own network, where that name means the host's address.
    outer = tuple(address for address in addresses if address not in gateways)
    return _Way(_PODMANS_NAME_OF_HOST, _some(gateways), outer, gateways=True)


def _way_without_root() -> _Way:
    # Its networks are in a namespace, from which connections to this address come from this address.
    addresses = _some(tuple(own_addresses()))
    return _Way(addresses[0], outer=addresses)


def _way_by_gateway(client: Client) -> _Way:
    bridge = client.json(
        "GET", "/networks/bridge", lambda told: str(told["Options"].get("com.docker.network.bridge.name", ""))
    )
    # Not every engine tells the gateway of its usual network, and only an address of this machine will do.
    address = interface_address(bridge)
    if address is None:
        raise _OutOfReachError(
            "the engine's networks are elsewhere: in a virtual machine, or outside of the container we are in"
        )
    return _Way(address, (address,))


def _some(addresses: tuple[str, ...]) -> tuple[str, ...]:
    if not addresses:
        raise _OutOfReachError("this machine has no other address by which containers could reach it")
    return addresses


def _gateways(client: Client, network: str) -> list[str]:
    try:
        addresses = client.json("GET", f"/networks/{quote(network)}", _gateways_of)
    except EngineError:
        return []
    return [address for address in addresses if "." in address]


def _gateways_of(told: Mapping[str, Any]) -> list[str]:
    return [each.get("Gateway", "") for each in told["IPAM"]["Config"] or ()]


def _is_used(plan: RunPlan, name: str, value: str) -> bool:
    return any(
        value in (container.environment.get(name), _build_args(container).get(name))
        for task in plan.tasks
        for container in task.containers.values()
    )


def _build_args(container: PlannedContainer) -> Mapping[str, str]:
    return container.image.args if isinstance(container.image, BuiltImage) else {}


def _changed_plan(plan: RunPlan, changed: Mapping[str, tuple[str, str]]) -> RunPlan:
    def values(given: Mapping[str, str]) -> Mapping[str, str]:
        return {
            name: changed[name][1] if name in changed and value == changed[name][0] else value
            for name, value in given.items()
        }

    def container(planned: PlannedContainer) -> PlannedContainer:
        image = planned.image
        if isinstance(image, BuiltImage):
            image = image._replace(args=values(image.args))
        return planned._replace(environment=values(planned.environment), image=image)

    tasks = [
        task._replace(containers={name: container(each) for name, each in task.containers.items()})
        for task in plan.tasks
    ]
    return plan._replace(tasks=tuple(tasks))
