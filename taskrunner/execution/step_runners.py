"""What the steps do on the engine. Each runs in a thread of its own and tells the bus how it went.

Each returns whether it went well. What they raise besides Cancelled is a fault that nobody foresaw.
"""

import contextlib
import os
import re
from collections.abc import Callable
from threading import Event, Thread

from taskrunner import exit_codes
from taskrunner.engine import containers, execs, networks, volumes
from taskrunner.engine.build_spec import BuildError
from taskrunner.engine.cancellation import CancelScope
from taskrunner.engine.client import Client
from taskrunner.engine.containers import Attachment
from taskrunner.engine.errors import ApiError
from taskrunner.errors import EngineError
from taskrunner.execution import events as e
from taskrunner.execution.bus import Bus
from taskrunner.execution.context import Input, RunContext
from taskrunner.execution.interactive import lent, match_size
from taskrunner.execution.labels import CACHE, PROJECT
from taskrunner.execution.specs import Surroundings, container_spec
from taskrunner.execution.stdin import pump
from taskrunner.host.user import User
from taskrunner.plan.model import BindMount, BuiltImage, PlannedContainer, PulledImage, VolumeMount

__all__ = [
    "build_image",
    "create_container",
    "create_network",
    "interrupt_all",
    "pull_image",
    "remove_container",
    "remove_network",
    "run_container",
    "stop_container",
]

# What the engine says when a container's command is to blame, as its own client reads it. Without the word
# before it, it is about something else that the engine did not find, or may not do.
_FLAGS = re.IGNORECASE | re.DOTALL
_NOT_FOUND = r"executable file not found|exec.*no such file or directory|system cannot find"
_NOT_EXECUTABLE = r"exec.*permission denied|exec.*is a directory|exec format error"

# Engines put these into containers. In one, the engine's socket may be ours and its files others.
_MARKS_OF_CONTAINERS = ("/.dockerenv", "/run/.containerenv")

# From this status on, an engine or a proxy before it failed, and may have done what it was asked.
_FAULT = 500

# How long a command that passes a signal on may take.
_PATIENCE = 5.0


def pull_image(context: RunContext, source: PulledImage) -> bool:
    """Make sure that the engine has an image."""
    try:
        context.images.ensure(source, context.bus.post)
    except EngineError as error:
        context.bus.post(e.ImagePullFailed(source.reference, _text(error)))
        return False
    return True


def build_image(context: RunContext, source: BuiltImage) -> bool:
    """Build an image, unless this run has built it already."""
    try:
        context.images.ensure(source, context.bus.post)
    except BuildError as error:
        context.bus.post(e.ImageBuildFailed(source.container, _text(error), error.output))
        return False
    except EngineError as error:
        context.bus.post(e.ImageBuildFailed(source.container, _text(error), ""))
        return False
    return True


def create_network(context: RunContext, name: str, departures: CancelScope) -> bool:
    """Create the task's network, or look up the one that the person named."""
    wanted = context.options.use_network
    try:
        if wanted is None:
            network_id = _created(
                lambda: networks.create(context.client, name, context.labels),
                lambda: networks.remove(context.client, name),
            )
            _announce(context, network_id)
            context.bus.post(e.NetworkCreated(network_id, name))
            _follow(context, network_id, departures)
            return True
        found = networks.inspect(context.client, wanted)
    except EngineError as error:
        context.bus.post(e.NetworkFailed(wanted, _text(error)))
        return False
    if found is None:
        context.bus.post(e.NetworkFailed(wanted, f"The network '{wanted}' does not exist."))
        return False
    _announce(context, found.id)
    context.bus.post(e.NetworkFound(found.id, found.name))
    return True


def _follow(context: RunContext, network_id: str, departures: CancelScope) -> None:
    """Have it noticed when containers leave the network, where that is known and gains anything."""
    client = context.client
    if context.options.watch is None and client.is_docker and client.endpoint.is_local:
        from taskrunner.execution.departures import follow

        follow(context, network_id, departures)


def _announce(context: RunContext, network_id: str) -> None:
    if context.options.local_proxies is not None:
        context.options.local_proxies.on_network(network_id)


def create_container(
    context: RunContext, container: PlannedContainer, name: str, around: Surroundings
) -> bool:
    """Create a container, and the volumes of its caches with labels that say whose they are."""
    client = context.client
    try:
        for mount in container.mounts:
            if isinstance(mount, VolumeMount):
                labels = {PROJECT: context.owner.project, CACHE: mount.cache}
                volumes.ensure(client, mount.volume, labels)
        if container.home_directory:
            from taskrunner.execution.current_user import prepare_host

            prepare_host(container.mounts)
        container_id = _created(
            lambda: containers.create(client, name, container_spec(container, around)),
            lambda: containers.remove(client, name),
        )
        _prepare(client, container, container_id, around.user)
    except EngineError as error:
        from taskrunner.execution.mount_check import explained

        told = explained(client, container, error)
        context.bus.post(e.ContainerCreateFailed(container.name, _text(told)))
        return False
    context.bus.post(e.ContainerCreated(container.name, container_id, name))
    return True


def _created(create: Callable[[], str], remove: Callable[[], None]) -> str:
    """Create something and return its id; where nobody knows whether that was done, have it removed."""
    try:
        return create()
    except EngineError as error:
        if isinstance(error, ApiError) and error.status < _FAULT:
            raise  # the engine refused
        with contextlib.suppress(EngineError):
            remove()
        raise


def _prepare(client: Client, container: PlannedContainer, container_id: str, user: User | None) -> None:
    """Make a new container ready to start, or leave none behind."""
    try:
        if any(isinstance(mount, BindMount) for mount in container.mounts) and _may_be_elsewhere(client):
            from taskrunner.execution.mount_check import check_mounts

            check_mounts(client, container, container_id)
        if container.home_directory and user is not None:
            from taskrunner.execution.current_user import introduce

            introduce(client, container, container_id, user, container.home_directory)
        if container.networks:
            from taskrunner.execution.further_networks import join

            join(client, container, container_id)
    except EngineError:
        containers.remove(client, container_id)
        raise


def _may_be_elsewhere(client: Client) -> bool:
    """Return whether the engine may see other files than we do."""
    return not client.endpoint.is_local or any(map(os.path.exists, _MARKS_OF_CONTAINERS))


def run_container(
    context: RunContext,
    container: PlannedContainer,
    container_id: str,
    *,
    attach: bool,
    source: Input,
) -> bool:
    """Start a container and stay with it until it ends, handing on its output if `attach`."""
    bus, client, name = context.bus, context.client, container.name
    ended, attachment = Event(), None
    bus.post(e.ContainerStarting(name, container.command_text))
    try:
        if attach:
            # Before the start: what a container prints at once would be lost otherwise.
            attachment = containers.attach(
                client,
                container_id,
                stdin=source.descriptor is not None,
                scope=None,
                terminal=source.terminal is not None,
            )
        with lent(source.terminal):
            if source.terminal is not None:
                match_size(client, container_id, source.terminal)
            containers.start(client, container_id)
            bus.post(e.ContainerStarted(name))
            if attachment is not None:
                _stream(bus, name, attachment, source, ended)
        code = context.exits.wait(container_id, output_ended=attach)
    except EngineError as error:
        bus.post(e.ContainerStartFailed(name, _text(error), _start_exit_code(error.message)))
        return False
    finally:
        ended.set()
        if attachment is not None:
            attachment.close()
    bus.post(e.ContainerExited(name, code))
    if container.must_complete and code != 0:
        from taskrunner.execution.health import last_lines

        bus.post(e.ContainerNotCompleted(name, code, last_lines(context, container_id)))
        return False
    return True


def _stream(bus: Bus, name: str, attachment: Attachment, source: Input, ended: Event) -> None:
    """Hand on input and output until the output ends."""
    if source.descriptor is not None:
        arguments = (source.descriptor, attachment, ended, source.terminal)
        Thread(target=pump, args=arguments, name="stdin", daemon=True).start()
    terminal = source.terminal
    for stream, data in attachment.frames():
        if terminal is not None:
            terminal.shows(data)
        bus.output(name, stream, data)


def stop_container(
    context: RunContext, container: PlannedContainer, container_id: str, scope: CancelScope
) -> bool:
    """Give a container its grace period to end; whatever comes of it, removal follows."""
    seconds = (container.stop_grace_period or 0) / 1e9
    try:
        containers.stop(context.client, container_id, seconds, scope)
    except EngineError:
        return False
    finally:
        context.bus.post(e.ContainerStopped(container.name))
    return True


def remove_container(context: RunContext, name: str, container_id: str) -> bool:
    """Kill a container if it runs, and remove it with its anonymous volumes."""
    try:
        containers.remove(context.client, container_id)
    except EngineError as error:
        context.bus.post(e.CleanupFailed(name, _text(error)))
        return False
    context.bus.post(e.ContainerRemoved(name))
    return True


def remove_network(context: RunContext, network_id: str) -> bool:
    """Remove the task's network."""
    try:
        networks.remove(context.client, network_id)
    except EngineError as error:
        context.bus.post(e.CleanupFailed(None, _text(error)))
        return False
    context.bus.post(e.NetworkRemoved())
    return True


def interrupt_all(client: Client, container_id: str) -> None:
    """Send SIGINT to every process of a container but the first, as Ctrl-C on a terminal would.

    A shell that waits for its command lets the command decide, and exits once that has.
    Best effort, in the background: not every image has a shell.
    """
    spec = execs.ExecSpec(("/bin/sh", "-c", "kill -INT -1"))

    def send() -> None:
        try:
            execs.run(client, container_id, spec, timeout=_PATIENCE, scope=None)
        except EngineError:
            return

    Thread(target=send, name="interrupt", daemon=True).start()


def _start_exit_code(message: str) -> int:
    """Return the exit code for a container that does not start, as the engine's own client has it."""
    if re.search(_NOT_FOUND, message, _FLAGS):
        return exit_codes.NOT_FOUND
    return exit_codes.NOT_EXECUTABLE if re.search(_NOT_EXECUTABLE, message, _FLAGS) else exit_codes.ENGINE


def _text(error: EngineError) -> str:
    return f"{error.message}\n{error.hint}" if error.hint else error.message
