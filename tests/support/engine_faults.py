"""What happens to the program and to what it made on the engine, and what is right then."""

import contextlib
import os
import signal
from collections.abc import Callable

from tests.support.fault_table import Bench, Fault
from tests.support.http_relay import Fate
from tests.support.running import Running

__all__ = ["FAULTS", "by"]


def signal_of(number: signal.Signals) -> Callable[[Bench, Running | None], Fate]:
    """Return what sends a signal to the program."""

    def harm(_bench: Bench, running: Running | None) -> Fate:
        assert running is not None
        with contextlib.suppress(ProcessLookupError):
            os.kill(running.pid, number)
        return "pass"

    return harm


def fate(what: Fate) -> Callable[[Bench, Running | None], Fate]:
    """Return what decides a call's fate, and does nothing else."""
    return lambda _bench, _running: what


def by(act: Callable[[Bench], object]) -> Callable[[Bench, Running | None], Fate]:
    """Return what does something on the engine meanwhile."""

    def harm(bench: Bench, _running: Running | None) -> Fate:
        act(bench)
        return "pass"

    return harm


# Calls that are made again where they fail: nothing may come of one failure.
_AGAIN = {r"^(GET|HEAD|DELETE) |/stop$|^POST volumes/create": frozenset({0})}
_CLEAN_UP = {r"^DELETE ": frozenset({125})}

FAULTS = {
    fault.name: fault
    for fault in (
        Fault("kill -9", signal_of(signal.SIGKILL), frozenset({-9}), ""),
        Fault("SIGINT", signal_of(signal.SIGINT), frozenset({130}), "Interrupted"),
        Fault("SIGTERM", signal_of(signal.SIGTERM), frozenset({143}), "SIGTERM"),
        Fault("SIGHUP", signal_of(signal.SIGHUP), frozenset({129}), "SIGHUP"),
        Fault("status 500", fate("refuse"), frozenset({125}), "injected fault", exactly=_AGAIN),
        Fault(
            "status 500, always",
            fate("refuse"),
            frozenset({125}),
            "injected fault",
            always=True,
            exactly=_CLEAN_UP,
        ),
        Fault("connection reset", fate("drop"), frozenset({125}), "broke off|injected", exactly=_AGAIN),
        Fault("containers killed", by(Bench.kill_containers), frozenset({125, 137}), "Error: "),
        Fault("containers removed", by(Bench.remove_containers), frozenset({125, 137}), "Error: "),
        Fault("network removed", by(Bench.remove_networks), frozenset({125}), "network"),
    )
}
