"""Waiting for a container to become healthy: our own probes, soon and often, on the engine's terms.

The engine probes for the first time after a whole interval. Ours run from 50 ms after the start, and
the first success counts; failures count only at the pace at which the engine would have counted them.
"""

import time
from contextlib import closing

from taskrunner.engine import containers
from taskrunner.engine.cancellation import CancelScope
from taskrunner.engine.execs import ExecResult
from taskrunner.engine.health import HealthCheck, Schedule, effective
from taskrunner.engine.images import Image
from taskrunner.engine.spec import HealthSpec
from taskrunner.execution import events as e
from taskrunner.execution.context import RunContext
from taskrunner.execution.probes import Probed, Probes
from taskrunner.execution.specs import health_spec
from taskrunner.plan.model import PlannedContainer
from taskrunner.records import NamedTuple

__all__ = ["last_lines", "wait_for_health"]

_LOG_LINES = 20
# How soon the end of a container is noticed while nothing is probed.
_GLANCE = 0.05
# The output of a container that has just ended may still be on its way into the engine's log.
_LOG_DELAY = 0.1


class _Verdict(NamedTuple):
    """What the wait came to; no message means healthy."""

    message: str | None
    probe_output: str
    ended: bool = False


def wait_for_health(
    context: RunContext, container: PlannedContainer, container_id: str, scope: CancelScope, *, main: bool
) -> bool:
    """Probe until the container is healthy, has ended, or has used up its retries.

    A main container that ends first is no failure: its exit code counts.
    """
    name, bus = container.name, context.bus
    check = _check_of(context, container)
    verdict = _Verdict(None, "")
    if check is not None:
        probed = Probed(container, container_id, check)
        with closing(Probes(context.client, probed, scope)) as probes:
            verdict = _judge(context, probed, probes, scope)
    if verdict.ended and main:
        return False
    if verdict.message is not None:
        log = last_lines(context, container_id)
        bus.post(e.ContainerUnhealthy(name, verdict.message, verdict.probe_output, log))
        return False
    bus.post(e.ContainerHealthy(name, checked=check is not None))
    if not container.setup_commands:
        bus.post(e.ContainerReady(name))
    return True


def _check_of(context: RunContext, container: PlannedContainer) -> HealthCheck | None:
    own = container.health_check
    if own.is_outside:
        spec = HealthSpec(("CMD", "outside"), own.interval, own.timeout, own.start_period, own.retries)
        return effective(Image(id=""), spec)
    return effective(context.images.known(container.image), health_spec(container))


def _judge(context: RunContext, probed: Probed, probes: Probes, scope: CancelScope) -> _Verdict:
    name, container_id, check = probed.container.name, probed.container_id, probed.check
    started = time.monotonic()
    schedule, output = Schedule.begin(check), ""
    context.bus.post(e.HealthCheckStarted(name, schedule.deadline))
    probes.prepare()
    while not schedule.unhealthy:
        code = _sleep_until(started + schedule.next_probe, context, container_id, scope)
        if code is None:
            begun = time.monotonic() - started
            result = probes.run()
            code = context.exits.exit_code(container_id)
        if code is not None:
            message = f"It ended with exit code {code} before it became healthy."
            return _Verdict(message, output, ended=True)
        output = result.output
        now = time.monotonic() - started
        if result.exit_code != 0:
            schedule = schedule.after_failure(begun, now)
        left = 0.0 if schedule.unhealthy else max(0.0, schedule.deadline - now)
        context.bus.post(e.HealthProbed(name, result.exit_code, output, left))
        if result.exit_code == 0:
            return _Verdict(None, output)
    return _Verdict(_complaint(check, result), output)


def _sleep_until(moment: float, context: RunContext, container_id: str, scope: CancelScope) -> int | None:
    """Wait for the next probe; return the container's exit code if it ends before."""
    while True:
        scope.check()
        code = context.exits.exit_code(container_id)
        left = moment - time.monotonic()
        if code is not None or left <= 0:
            return code
        scope.wait(min(left, _GLANCE))


def _complaint(check: HealthCheck, last: ExecResult) -> str:
    times = "once" if check.retries == 1 else f"{check.retries} times in a row"
    if last.exit_code is None:
        return f"Its health check failed {times}; the last one took longer than {check.timeout:g} s."
    return f"Its health check failed {times}; the last one ended with exit code {last.exit_code}."


def last_lines(context: RunContext, container_id: str) -> str:
    """Return the last lines that a container printed."""
    time.sleep(_LOG_DELAY)
    return containers.tail(context.client, container_id, _LOG_LINES)
