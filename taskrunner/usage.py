"""What a command tells telemetry about itself; while telemetry is off, nothing.

Every command has one `Usage`. It does nothing until `begin`, and after that only if somebody allowed
it: then `usage_recording` is loaded and records, beside the command. No method raises, whatever is
wrong with telemetry, its files or its installation.
"""

import os
import time
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, ParamSpec, TypeVar

from taskrunner.host.ci import on_ci

if TYPE_CHECKING:
    from taskrunner.config.model import Project
    from taskrunner.execution.events import Listener
    from taskrunner.plan.model import RunPlan
    from taskrunner.usage_collectors.engine import Connection, Ping
    from taskrunner.usage_recording import Recording
    from taskrunner.usage_worker import Worker
    from telemetry.catalog import Catalog
    from telemetry.consent import Decision
    from telemetry.gate import Application
    from telemetry.prompt import Terminal

__all__ = ["Usage"]

_P = ParamSpec("_P")
_R = TypeVar("_R")

_PATIENCE = 0.25
"""Seconds for the record of a run. It takes a few milliseconds, but for a disk that is slow."""
_PATIENCE_ON_CI = 5.0
"""The same, with sending it."""


class Usage:
    """The recording of one command, or of nothing.

    `arguments` are those of the whole command line; `started` is when the command began, in seconds
    of the monotonic clock, and is now if it is left out.
    """

    def __init__(
        self, arguments: Sequence[str], environment: Mapping[str, str], *, started: float | None = None
    ) -> None:
        self._arguments = tuple(arguments)
        self._environment = environment
        self._started = time.monotonic() if started is None else started
        self._begun = False
        self._worker: Worker | None = None

    @property
    def is_on(self) -> bool:
        """Whether this command is recorded."""
        return self._worker is not None

    def begin(
        self,
        project: "Project | None" = None,
        loaded: tuple[float, float] | None = None,
        *,
        terminal: "Terminal | None" = None,
        can_ask: bool = False,
        ask: bool = False,
    ) -> tuple[str, ...]:
        """Decide whether this command is recorded; return warnings for the person.

        A command that has a project calls this once its config is read, with the start and the end of
        reading it. Only a command that may ask the person hands over a `terminal`; `can_ask` says
        whether somebody could answer. `ask` stands for both, of the terminal of this process. Raises
        KeyboardInterrupt for Ctrl-C at the question.
        """
        self._begun = True
        decision = None
        if not self._quietly(self._is_plainly_on, project, may_ask=ask or terminal is not None):
            decision = self._quietly(self._decide, project, terminal, can_ask=can_ask, ask=ask)
            if decision is None or not decision.allowed:
                return decision.warnings if decision else ()
        self._worker = self._quietly(self._record, decision)
        if project is not None:
            self._post(lambda recording: recording.loaded(project, loaded))
        return decision.warnings if decision else ()

    def leave_out(self) -> None:
        """Record nothing of this command: who looks at what was recorded does not add to it."""
        self._begun = True

    def planned(self, plan: "RunPlan") -> None:
        """Take note of a run's plan."""
        self._post(lambda recording: recording.planned(plan))

    def connected(self, ping: "Ping", connection: "Connection") -> None:
        """Take note of what the engine says about itself, and of how it is reached."""
        self._post(lambda recording: recording.connected(ping, connection))

    def listeners(self) -> "tuple[Listener, ...]":
        """Return what has to hear of a run's events: a listener, or nothing."""
        if self._worker is None:
            return ()
        from taskrunner.usage_worker import EventQueue

        return (EventQueue(self._worker),)

    def crashed(self, error: BaseException) -> None:
        """Take note of a fault of ours in a step of a run."""
        self._post(lambda recording: recording.crashed(error, "step"))

    def finish(self, exit_code: int, error: BaseException | None = None) -> None:
        """End the recording; `error` is what the command ended with, if anything.

        On CI this sends the record, in at most five seconds; elsewhere a process that outlives the command
        may still be writing it. A command that never began is recorded now, if that is allowed.
        """
        if not self._begun and self._quietly(self._may_begin, error):
            self.begin()
        if self._worker is not None:
            self._quietly(self._hand_over, self._worker, exit_code, error)
            self._worker = None

    def _hand_over(self, worker: "Worker", exit_code: int, error: BaseException | None) -> None:
        from taskrunner.host.resources import peak_memory

        # Here: a process that outlives this one has figures of its own.
        cpu, peak = time.process_time(), peak_memory()
        worker.post(lambda recording: recording.finish(exit_code, error, cpu, peak))
        if on_ci(self._environment):
            worker.finish(_PATIENCE_ON_CI)
        elif not worker.finish_apart():
            worker.finish(_PATIENCE)

    def _post(self, job: "Callable[[Recording], None]") -> None:
        if self._worker is not None:
            self._worker.post(job)

    def last_upload(self) -> str | None:
        """Return what became of the last upload, for the log file, or None where there was none."""
        return self._quietly(self._last_upload) if self.is_on else None

    def _last_upload(self) -> str | None:
        from taskrunner.usage_consent import application
        from telemetry.sent_log import SentLog

        last = SentLog(application(self._environment).folder).last_pass()
        return None if last is None else last.in_words()

    def _is_plainly_on(self, project: "Project | None", *, may_ask: bool) -> bool:
        from taskrunner.usage_consent import application
        from telemetry.gate import plainly_on

        return plainly_on(
            application(self._environment),
            self._environment,
            flag=self._flag(),
            forbidden_by=self._forbidden_by(project),
            may_ask=may_ask,
        )

    def _forbidden_by(self, project: "Project | None") -> tuple[str, ...]:
        from taskrunner.usage_consent import PROJECT, forbidden_by_batect

        by_project = (PROJECT,) if project is not None and project.forbid_telemetry else ()
        return (*by_project, *forbidden_by_batect(self._environment))

    def _decide(
        self, project: "Project | None", terminal: "Terminal | None", *, can_ask: bool, ask: bool
    ) -> "Decision | None":
        from taskrunner.usage_consent import application
        from telemetry.gate import may_record

        app = application(self._environment)
        decision = may_record(
            app,
            self._environment,
            flag=self._flag(),
            forbidden_by=self._forbidden_by(project),
            may_ask=terminal is not None or ask,
        )
        if decision is None or not decision.question or not (ask or terminal):
            return decision
        if terminal is None:
            from telemetry import prompt

            terminal, can_ask = prompt.standard_terminal(), prompt.can_ask()
        return self._invite(app, decision, terminal, can_ask=can_ask)

    def _invite(
        self, app: "Application", decision: "Decision", terminal: "Terminal", *, can_ask: bool
    ) -> "Decision":
        from taskrunner.usage_consent import policy
        from telemetry.invitation import Invitation, invite

        def catalog() -> "Catalog":
            # Only a question about new fields needs it; the notice of every undecided run does not.
            from taskrunner.usage_catalog import catalog as made

            return made()

        somebody = can_ask and not on_ci(self._environment)
        return invite(Invitation(app, policy(), catalog, terminal, somebody), self._environment, decision)

    def _record(self, decision: "Decision | None") -> "Worker":
        """Return what records; without a decision, it decides first."""
        from taskrunner.usage_worker import Worker

        def make() -> "Recording | None":
            from taskrunner.usage_recording import Beginning, record

            beginning = Beginning(self._arguments, self._environment, terminals, self._started, self._flag())
            return record(beginning, decision)

        # A process that outlives the command has none of these any more.
        terminals = tuple(os.isatty(descriptor) for descriptor in range(3))
        worker = Worker(make)
        if on_ci(self._environment):
            worker.start()  # what sends the record at the end loads while the command works
        return worker

    def _flag(self) -> bool | None:
        """Return what the command line says; a no beats a yes."""
        cut = self._arguments.index("--") if "--" in self._arguments else len(self._arguments)
        ours = self._arguments[:cut]
        if "--disable-telemetry" in ours:
            return False
        return True if "--enable-telemetry" in ours else None

    def _may_begin(self, error: BaseException | None) -> bool:
        """Return whether a config that could not be read says nothing about telemetry."""
        if not getattr(error, "reference", "").startswith("config."):
            return True
        from taskrunner.config.discovery import find_config
        from taskrunner.errors import UserError
        from taskrunner.usage_collectors.command import config_file

        try:
            path = find_config(config_file(self._arguments), os.getcwd())
        except UserError:
            return True  # there is none, so nothing in it forbids
        from taskrunner.config.files import read_source
        from taskrunner.config.nodes import Source

        # What is no file, or too large for one, was not read for the command either: it may say anything.
        found = read_source(path)
        return isinstance(found, Source) and "forbid_telemetry" not in found.text

    def _quietly(self, do: Callable[_P, _R], *arguments: _P.args, **named: _P.kwargs) -> _R | None:
        """Call something of telemetry's; where it fails, this command is not recorded."""
        try:
            return do(*arguments, **named)
        except Exception:  # noqa: BLE001 - the boundary to telemetry, ImportError where it is not installed
            return None
