"""How a health check is run: from outside, by a shell that stays in the container, or by an exec."""

from taskrunner.engine import execs
from taskrunner.engine.cancellation import CancelScope
from taskrunner.engine.client import Client
from taskrunner.engine.execs import ExecResult, ExecSpec
from taskrunner.engine.health import HealthCheck
from taskrunner.engine.probe_shell import ProbeShell
from taskrunner.errors import EngineError
from taskrunner.plan.model import PlannedContainer
from taskrunner.records import NamedTuple

__all__ = ["Probed", "Probes"]


class Probed(NamedTuple):
    """A running container, and what tells whether it is healthy."""

    container: PlannedContainer
    container_id: str
    check: HealthCheck


class Probes:
    """Runs a container's health check each time that it is asked to."""

    def __init__(self, client: Client, probed: Probed, scope: CancelScope) -> None:
        self._client = client
        self._own = probed.container.health_check
        self._container_id = probed.container_id
        self._check = probed.check
        self._scope = scope
        self._shell = self._shell_of_its_own()

    def prepare(self) -> None:
        """Do what takes time before the first probe. Raises Cancelled."""
        if self._shell is not None:
            try:
                self._shell.open()
            except EngineError:
                return  # the first probe tries again, and tells

    def run(self) -> ExecResult:
        """Run the check once. A container that ends meanwhile is found out by its exit, not here."""
        if self._own.is_outside:
            from taskrunner.execution.outside import probe

            return probe(self._client, self._container_id, self._own, self._check.timeout, self._scope)
        try:
            if self._shell is not None:
                return self._shell.run(self._check.timeout)
            spec = ExecSpec(self._check.command)
            return execs.run(
                self._client, self._container_id, spec, timeout=self._check.timeout, scope=self._scope
            )
        except EngineError as error:
            return ExecResult(-1, error.message)

    def close(self) -> None:
        """Leave nothing in the container."""
        if self._shell is not None:
            self._shell.close()

    def _shell_of_its_own(self) -> ProbeShell | None:
        """Return a shell that stays, where the check is a command for just that shell."""
        client, command = self._client, self._check.command
        # Podman's exec has ways of its own; and the sessions that an ssh server grants are few.
        if self._own.is_outside or not client.is_docker or client.endpoint.kind == "ssh":
            return None
        if len(command) != 3 or command[:2] != ("/bin/sh", "-c"):
            return None
        return ProbeShell(client, self._container_id, command[2], self._scope)
