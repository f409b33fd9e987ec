"""What has happened in a task so far, folded from its events: all that the rules may look at."""

from taskrunner.execution import events as e
from taskrunner.plan.model import BuiltImage, ImageSource

__all__ = ["History"]


class History:
    """The state of one task's run."""

    def __init__(self) -> None:
        self.network: str | None = None
        """Id of the network, once there is one."""
        self.network_name = ""
        self.own_network = False
        """Whether the network is the task's own, to be removed with it."""
        self.pulled: dict[str, str] = {}
        """Image id by reference."""
        self.built: dict[str, str] = {}
        """Image id by the container that it is built for."""
        self.created: dict[str, e.ContainerCreated] = {}
        self.started: set[str] = set()
        self.healthy: set[str] = set()
        self.ready: set[str] = set()
        self.exited: dict[str, int] = {}
        self.stopped: set[str] = set()
        self.removed: set[str] = set()
        self.left: set[str] = set()
        """Ids of the containers that are no longer in the task's own network, as far as is known."""
        self.network_removed = False
        self.failures: list[e.Failure] = []
        self.cleanup_failures: list[e.CleanupFailed] = []

    @property
    def failed(self) -> bool:
        """Whether something other than an exit code ended the task."""
        return bool(self.failures)

    def image_id(self, source: ImageSource) -> str | None:
        """Return the id of an image that the engine has by now, or None."""
        if isinstance(source, BuiltImage):
            return self.built.get(source.container)
        return self.pulled.get(source.reference)

    def without(self, names: set[str]) -> "History":
        """Return what is known besides some containers, which are gone, and the images."""
        other = History()
        other.network, other.network_name = self.network, self.network_name
        other.own_network = self.own_network
        other.created = {name: event for name, event in self.created.items() if name not in names}
        other.exited = {name: code for name, code in self.exited.items() if name not in names}
        for known in ("started", "healthy", "ready"):
            setattr(other, known, getattr(self, known) - names)
        return other

    def add(self, event: e.Event) -> None:
        """Take note of an event."""
        if isinstance(event, e.FAILURES):
            self.failures.append(event)
            return
        match event:
            case e.ImagePulled(image=image, image_id=image_id):
                self.pulled[image] = image_id
            case e.ImageBuilt(container=container, image_id=image_id):
                self.built[container] = image_id
            case e.NetworkCreated(network_id=network_id, name=name):
                self.network, self.network_name, self.own_network = network_id, name, True
            case e.NetworkFound(network_id=network_id):
                self.network = network_id
            case e.NetworkRemoved():
                self.network_removed = True
            case e.CleanupFailed():
                self.cleanup_failures.append(event)
            case _:
                self._add_container_event(event)

    def _add_container_event(self, event: e.Event) -> None:
        match event:
            case e.ContainerCreated(container=container):
                self.created[container] = event
            case e.ContainerStarted(container=container):
                self.started.add(container)
            case e.ContainerHealthy(container=container):
                self.healthy.add(container)
            case e.ContainerReady(container=container):
                self.ready.add(container)
            case e.ContainerExited(container=container, exit_code=exit_code):
                self.exited[container] = exit_code
            case e.ContainerStopped(container=container):
                self.stopped.add(container)
            case e.ContainerRemoved(container=container):
                self.removed.add(container)
            case _:
                pass
