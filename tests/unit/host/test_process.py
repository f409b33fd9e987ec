"""Who a process is, and whether it still lives."""

import os
import signal
import subprocess
import sys
from pathlib import Path

from taskrunner.host.process import catches, identity, is_alive, start_time


def test_this_process_is_alive() -> None:
    """The identity that we label things with is the one that we recognise."""
    us = identity()

    assert os.getpid() == us.pid
    assert is_alive(us.pid, us.start)


def test_a_process_that_ended_is_not_alive() -> None:
    """Its id leads nowhere."""
    child = subprocess.Popen([sys.executable, "-c", "pass"])
    child.wait()

    assert not is_alive(child.pid, "1")


def test_a_zombie_is_not_alive() -> None:
    """A process that ended and was not waited for cannot own anything any more."""
    child = subprocess.Popen([sys.executable, "-c", "pass"], stdout=subprocess.PIPE)
    assert child.stdout is not None
    child.stdout.read()
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)

    assert start_time(child.pid) is None
    child.stdout.close()
    child.wait()


def test_another_process_with_the_same_id_is_somebody_else() -> None:
    """Ids are used again; the start time tells them apart."""
    us = identity()

    assert not is_alive(us.pid, str(int(us.start) - 1))


def test_the_machine_id_itself_is_not_shown() -> None:
    """machine-id(5) asks programs not to expose it."""
    try:
        machine_id = Path("/etc/machine-id").read_text(encoding="ascii").strip()
    except FileNotFoundError:
        assert identity().machine == "unknown"
        return

    assert machine_id not in identity().machine
    assert len(identity().machine) == 8


def test_a_process_of_this_host_is_no_containers_first_process() -> None:
    """Only the first process of a PID namespace is asked about; others tell us nothing."""
    assert catches(os.getpid(), signal.SIGTERM) is None


def test_the_first_process_of_a_namespace_tells_which_signals_it_handles() -> None:
    """A container's process that ignores a signal by default is told from one that handles it."""
    script = (
        "import os, signal, sys, time\n"
        "signal.signal(signal.SIGTERM, lambda *_: None)\n"
        "signal.signal(signal.SIGHUP, signal.SIG_DFL)\n"
        "print('ready', flush=True)\n"
        "time.sleep(60)\n"
    )
    with subprocess.Popen(
        ["unshare", "--pid", "--fork", "--kill-child", sys.executable, "-c", script],
        stdout=subprocess.PIPE,
        text=True,
    ) as parent:
        try:
            assert parent.stdout is not None
            assert parent.stdout.readline() == "ready\n"
            with open(f"/proc/{parent.pid}/task/{parent.pid}/children", encoding="ascii") as file:
                child = int(file.read().split()[0])

            assert catches(child, signal.SIGTERM) is True
            assert catches(child, signal.SIGHUP) is False
        finally:
            parent.kill()
