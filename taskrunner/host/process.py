"""Who this process is, so that a later run can tell whether it still lives.

A process id alone says nothing: ids are used again, containers have their own, and several
machines may share one engine. So what a run creates carries the id, the process's start time,
the boot, the machine and the PID namespace.
"""

import os
import zlib

from taskrunner.records import NamedTuple

__all__ = ["ProcessIdentity", "catches", "identity", "is_alive"]

_UNKNOWN = "unknown"
_HAS_PROC = os.path.exists("/proc/self/stat")


class ProcessIdentity(NamedTuple):
    """What tells one process from every other, on this machine and on others."""

    pid: int
    start: str
    """Start time in the host's own unit; only good for comparison."""
    boot: str
    machine: str
    """A checksum of the machine id, which is not meant to be shown (machine-id(5))."""
    pid_namespace: str


def identity() -> ProcessIdentity:
    """Return the identity of the running process; what the host does not tell is `unknown`."""
    pid = os.getpid()
    return ProcessIdentity(
        pid=pid,
        start=start_time(pid) or _UNKNOWN,
        boot=_boot(),
        machine=_machine(),
        pid_namespace=_pid_namespace(),
    )


def is_alive(pid: int, start: str) -> bool:
    """Return whether the process that had this id at this start time still runs."""
    now = start_time(pid)
    if now is None:
        return False
    return start in (_UNKNOWN, now)


def start_time(pid: int) -> str | None:
    """Return a process's start time in the host's own unit, or None where there is no such process."""
    if not _HAS_PROC:
        return _portable_start_time(pid)
    stat = _read(f"/proc/{pid}/stat")
    if stat is None:
        return None
    # The second field is the program's name in brackets and may itself contain brackets and blanks.
    fields = stat.rpartition(")")[2].split()
    state, started = fields[0], fields[19]
    return None if state == "Z" else started


def catches(pid: int, signal: int) -> bool | None:
    """Return whether a container's first process handles a signal; None where this host cannot see it.

    The first process of a PID namespace ignores every signal that it has no handler for
    (pid_namespaces(7)), so waiting for it to obey one would be waiting for nothing.
    Processes that wait for a signal synchronously, as init programs do, block it instead.
    """
    status = _read(f"/proc/{pid}/status")
    if status is None:
        return None
    fields = dict(line.split(":", 1) for line in status.splitlines() if ":" in line)
    ids = fields.get("NSpid", "").split()
    if len(ids) < 2 or ids[0] != str(pid) or ids[-1] != "1":
        return None  # another process has this id here: the engine runs elsewhere
    bit = 1 << (signal - 1)
    return bool((int(fields["SigCgt"], 16) | int(fields["SigBlk"], 16)) & bit)


def _boot() -> str:
    if _HAS_PROC:
        return (_read("/proc/sys/kernel/random/boot_id") or _UNKNOWN).strip()
    import psutil

    return str(int(psutil.boot_time()))


def _machine() -> str:
    for path in ("/etc/machine-id", "/var/lib/dbus/machine-id"):
        text = (_read(path) or "").strip()
        if text:
            return f"{zlib.crc32(b'taskrunner ' + text.encode()):08x}"
    if _HAS_PROC:
        return _UNKNOWN
    return f"{zlib.crc32(os.uname().nodename.encode()):08x}"


def _pid_namespace() -> str:
    try:
        return os.readlink("/proc/self/ns/pid")
    except OSError:
        return _UNKNOWN if _HAS_PROC else "none"


def _portable_start_time(pid: int) -> str | None:
    import psutil

    try:
        process = psutil.Process(pid)
        return None if process.status() == psutil.STATUS_ZOMBIE else str(process.create_time())
    except psutil.NoSuchProcess:
        return None


def _read(path: str) -> str | None:
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read()
    except OSError:
        return None
