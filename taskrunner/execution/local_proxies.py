"""Proxies on the host's own localhost, made reachable from containers and builds.

In a container, localhost is the container itself. Engines in virtual machines have a name for the host.
On Linux the host is at the gateway of the engine's usual network, and a proxy that listens on loopback
alone is led there by a relay of ours for as long as the run lasts. Source of the wish: batect's issue 10.
"""

import contextlib
import sys
from collections.abc import Callable, Mapping

from taskrunner.engine.client import Client
from taskrunner.errors import EngineError
from taskrunner.host.proxies import LocalProxy, local_proxy
from taskrunner.host.relay import Relay, interface_address, listens_everywhere
from taskrunner.plan.model import BuiltImage, PlannedContainer, RunPlan

__all__ = ["made_reachable"]

_NAME_OF_HOST = "host.docker.internal"
# Engines in virtual machines, which have that name, as they call themselves on Linux.
_DESKTOP = "Docker Desktop"


def made_reachable(
    client: Client, plan: RunPlan, variables: Mapping[str, str]
) -> tuple[RunPlan, Callable[[], None]]:
    """Return a plan whose containers and builds reach the host's proxies, and what to call at its end.

    `variables` are the host's proxy variables. What cannot be made reachable stays as it is, such as that of
    an engine on another machine, and so does what the config says otherwise.
    """
    with contextlib.ExitStack() as open_relays:
        address = _Address(client, open_relays)
        changed: dict[str, tuple[str, str]] = {}
        for name, value in variables.items():
            proxy = local_proxy(value)
            place = address.of(proxy) if proxy is not None else None
            if proxy is not None and place is not None:
                changed[name] = (value, proxy.at(*place))
        return _changed_plan(plan, changed), open_relays.pop_all().close
    raise AssertionError  # an exit stack without guests swallows nothing


class _Address:
    """Finds where a container reaches proxies of this machine."""

    def __init__(self, client: Client, relays: contextlib.ExitStack) -> None:
        self._relays = relays
        self._host = _host_for_containers(client)
        self._known: dict[tuple[str, int], tuple[str, int] | None] = {}

    def of(self, proxy: LocalProxy) -> tuple[str, int] | None:
        """Return host and port, or None where no container gets there."""
        target = (proxy.host, proxy.port)
        if target not in self._known:
            self._known[target] = self._reach(target)
        return self._known[target]

    def _reach(self, target: tuple[str, int]) -> tuple[str, int] | None:
        if self._host in (None, _NAME_OF_HOST):
            return (_NAME_OF_HOST, target[1]) if self._host else None
        gateway = str(self._host)
        if listens_everywhere(target[1]):
            return gateway, target[1]
        try:
            relay = Relay(gateway, target)
        except OSError:
            return None  # it is gone again, or all of its ports are taken
        self._relays.callback(relay.close)
        return gateway, relay.port


def _host_for_containers(client: Client) -> str | None:
    if not client.endpoint.is_local:
        return None
    if sys.platform == "darwin":
        return _NAME_OF_HOST
    try:
        info = client.json("GET", "/info")
        if info.get("OperatingSystem") == _DESKTOP:
            return _NAME_OF_HOST
        if not client.is_docker or "name=rootless" in (info.get("SecurityOptions") or ()):
            return None  # their networks begin in a namespace of their own
        options = client.json("GET", "/networks/bridge")["Options"]
    except EngineError:
        return None
    # Not every engine tells the gateway of its usual network, and only an address of this machine will do.
    return interface_address(options.get("com.docker.network.bridge.name", ""))


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
