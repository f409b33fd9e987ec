"""The recording of one command that somebody allowed: collectors, spans, failures, delivery."""

import os
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from taskrunner._version import VERSION
from taskrunner.errors import TaskrunnerError, UserError
from taskrunner.host.ci import on_ci
from taskrunner.usage_catalog import CATALOG
from taskrunner.usage_collectors import ci, command, engine, git, host, program, project, terminal
from taskrunner.usage_consent import application
from telemetry import layout
from telemetry.clock import SYSTEM
from telemetry.endpoints import Destination
from telemetry.hooks import watched
from telemetry.identity import random_id, user_id
from telemetry.session import Session
from telemetry.spool import Spool

if TYPE_CHECKING:
    from taskrunner.config.model import Project
    from taskrunner.execution.events import Event
    from taskrunner.plan.model import RunPlan
    from taskrunner.usage_listener import SpanListener
    from telemetry.consent import Decision
    from telemetry.direct import Direct
    from telemetry.running import Running

__all__ = ["Beginning", "Recording", "record"]

_MOST_TRACES: Final = 10
_GRACE: Final = 0.05
"""Seconds for collectors at the end; what takes longer is left out."""


class Beginning(NamedTuple):
    """What is known of a command before it does anything."""

    arguments: Sequence[str]
    """Those of the whole command line."""
    environment: Mapping[str, str]
    terminals: Sequence[bool]
    """Whether descriptors 0, 1 and 2 are terminals."""
    started: float
    """In seconds of the monotonic clock."""
    flag: bool | None
    """What the command line says about telemetry."""


def record(beginning: Beginning, decision: "Decision | None") -> "Recording | None":
    """Begin to record; where it was left to us, decide first, and return None where it is a no."""
    if decision is None:
        from telemetry.consent import decide_for

        # Whatever only the command knows of forbids, it has looked at.
        environment = beginning.environment
        decision = decide_for(application(environment), environment, flag=beginning.flag)
    return Recording(beginning, decision) if decision.allowed else None


class Recording:
    """Records one command, and delivers the record at its end.

    Outside CI earlier records are sent by a process beside this one; on CI this one's record is sent
    at the end. May raise where the disk or the installation is broken; `usage_worker` is the boundary.
    """

    def __init__(self, beginning: Beginning, decision: "Decision") -> None:
        self._environment = environment = beginning.environment
        self._off = decision.collectors_off
        self._level = decision.level
        self._failed = 0
        self._traces = 0
        self._gathering: list[threading.Thread] = []
        self._uploading: threading.Thread | None = None
        self._final: bytes | None = None
        self._on_ci = on_ci(environment)
        now = time.time()
        today = time.strftime("%Y-%m-%d", time.gmtime(now))
        # An agent's machine is made anew for each build: an id there would count builds as people.
        user = random_id() if self._on_ci else user_id(decision.secret, decision.level, now)
        self._session = Session(
            CATALOG.at(decision.level, decision.catalog_version, today),
            application_version=VERSION,
            user_id=user,
            session_id=random_id(),
            clock=SYSTEM,
            started=beginning.started,
        )
        self._listener: SpanListener | None = None
        self._running: Running | None = None
        self._direct: Direct | None = None
        self._prepare_delivery(Destination(override=decision.endpoint), decision.ca_file)
        self._tell_of_uploads()
        self._gather("command", command.collect, beginning.arguments, environment, beginning.terminals)
        self._gather("host", host.collect, environment)
        self._gather("terminal", terminal.collect, environment, beginning.terminals)
        self._gather("ci", ci.collect, environment)
        self._gather("git", git.collect, environment)
        self._watch = watched(self.crashed)
        self._watch.__enter__()

    def loaded(self, config: "Project", times: tuple[float, float] | None) -> None:
        """Take note of the project; from now on a run that is killed leaves its record."""
        self._gather("project", project.collect, config)
        if times is not None:
            self._session.span("LoadConfiguration", *times)
        if not self._on_ci:
            data = self._session.to_bytes(ended=False)
            self._running = self._spool.running(self._session.session_id, data, self._level)

    def planned(self, plan: "RunPlan") -> None:
        """Take note of a run's plan."""
        self._gather("project", project.collect_plan, plan)

    def connected(self, ping: engine.Ping, connection: engine.Connection) -> None:
        """Take note of the engine."""
        self._gather("engine", engine.collect, ping, connection)

    def on_event(self, event: "Event", at: float) -> None:
        """Take note of an event of a run; `at` is seconds of the monotonic clock."""
        if self._listener is None:
            from taskrunner.usage_listener import SpanListener

            self._listener = SpanListener(self._session)
        self._listener.on_event(event, at)

    def crashed(self, error: BaseException, place: str) -> None:
        """Record a fault of ours; `place` is where it was caught."""
        self._session.event("UnhandledException", caughtBy=place, trace=self._trace(error))

    def finish(self, exit_code: int, error: BaseException | None, cpu: float, peak: int | None) -> None:
        """Record how the command ended, its CPU time in seconds and its most memory in bytes; deliver it."""
        self._watch.__exit__(None, None, None)
        if isinstance(error, TaskrunnerError):
            # A person's mistake says nothing about our code; its place in the code is no news.
            trace = None if isinstance(error, UserError) else self._trace(error)
            self._session.event("CommandFailed", reference=error.reference, trace=trace)
        elif isinstance(error, Exception):
            self.crashed(error, "main")
        self._gather("program", program.collect, exit_code, cpu, peak)
        self.settle(_GRACE)
        hanging = sum(thread.is_alive() for thread in self._gathering)
        self._session.attribute("failedCollectors", self._failed + hanging)
        self._final = self._session.to_bytes()
        self._deliver(self._final)
        self._final = None

    def settle(self, seconds: float) -> None:
        """Wait until all is done that goes on beside this, at most so many seconds."""
        deadline = time.monotonic() + seconds
        for thread in (*self._gathering, self._uploading):
            if thread is not None:
                thread.join(max(0.0, deadline - time.monotonic()))

    def save_apart(self) -> None:
        """Leave a record that is complete, and on its way to a slow disk, to a process of its own."""
        if self._final is not None:
            from telemetry import late

            late.hand_over(self._spool.folder, self._session.session_id, self._level, self._final)

    def _gather(
        self, name: str, collect: Callable[..., Iterable[tuple[str, Any]]], *arguments: object
    ) -> None:
        """Record what a collector gives, beside all else: what hangs holds up nothing but its own fields."""
        if name in self._off:
            return
        thread = threading.Thread(
            target=self._gather_now, args=(collect, arguments), name=f"usage-{name}", daemon=True
        )
        thread.start()
        self._gathering.append(thread)

    def _gather_now(
        self, collect: Callable[..., Iterable[tuple[str, Any]]], arguments: tuple[object, ...]
    ) -> None:
        try:
            for field, value in collect(*arguments):
                self._session.attribute(field, value)
        except Exception:  # noqa: BLE001 - a collector that fails costs its own fields and nothing else
            self._failed += 1

    def _prepare_delivery(self, destination: Destination, ca_file: str | None) -> None:
        folder = application(self._environment).folder
        self._spool = Spool(folder)
        if self._on_ci:
            from telemetry import direct

            self._direct = direct.Direct.prepare(folder, destination, ca_file)
            return
        from telemetry import uploader

        # It looks through the spool, which takes a slow disk long enough to miss the whole run.
        arguments = (folder, destination, ca_file)
        self._uploading = threading.Thread(
            target=uploader.start, args=arguments, name="usage-upload", daemon=True
        )
        self._uploading.start()

    def _deliver(self, data: bytes) -> None:
        if self._direct is not None:
            self._direct.deliver(self._session.session_id, data, self._level)
        elif self._running is not None:
            self._running.finish(data)
        else:
            self._spool.put(self._session.session_id, data, self._level)

    def _tell_of_uploads(self) -> None:
        told = self._spool.tally()
        if not self._on_ci:
            was_sent = os.path.exists(os.path.join(self._spool.folder, layout.SENT_LOG))
            self._session.attribute("firstReport", not was_sent)
        counts = {
            "uploadsSent": told.sent,
            "uploadsDropped": told.dropped,
            "uploadsRefused": told.refused,
            "uploadsQuarantined": told.quarantined,
            "uploadsFailed": told.failed,
            "runsAbandoned": told.abandoned,
        }
        for name, number in counts.items():
            self._session.attribute(name, number)
        attempts = told.sent + told.refused + told.failed
        if attempts:
            self._session.attribute("uploadDuration", told.milliseconds / attempts)

    def _trace(self, error: BaseException) -> str | None:
        """Return the sanitised trace; after ten of them an error is only counted."""
        self._traces += 1
        if self._traces > _MOST_TRACES:
            return None
        import taskrunner
        from telemetry.manifest import manifest_of
        from telemetry.traces import describe

        return describe(error, manifest_of(taskrunner))
