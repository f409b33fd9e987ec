"""Puts a session into a spool whose disk is slow, in a process of its own: `python -I -m telemetry.late`.

The command that recorded it has ended by then: a home folder on a network that answers late, or never,
must not keep anybody waiting.
"""

import os
import sys
from typing import Final

from telemetry import child, files, layout, spooled
from telemetry.endpoints import Destination
from telemetry.spool import Spool

__all__ = ["hand_over"]

_LONGEST: Final = 10 * 60.0


def hand_over(folder: str, session_id: str, level: str, data: bytes) -> bool:
    """Have a session put into the spool, and the record of its run deleted, by another process.

    Returns whether such a process has all of it. Takes about a millisecond, touches no disk, and never
    raises OSError. Raises ValueError where id or level are none.
    """
    name = layout.file_name(session_id, level)
    try:
        reader, writer = os.pipe()
    except OSError:
        return False
    try:
        os.set_blocking(writer, False)
        pid = child.spawn("telemetry.late", child.Settings(folder, Destination()), name, stdin=reader)
        # A pipe takes 64 KiB at once, which is what a session has at most.
        return pid is not None and os.write(writer, data) == len(data)
    except OSError:
        return False
    finally:
        os.close(reader)
        os.close(writer)


def main(arguments: list[str]) -> int:
    """Store the session that stands on standard input; the arguments are settings and the file's name."""
    child.settle_in(idle=True)
    child.end_after(_LONGEST)
    folder, name = child.Settings.unpack(arguments[0]).folder, arguments[1]
    parts = layout.parse_file_name(name)
    data = sys.stdin.buffer.read(spooled.MOST_BYTES + 1)
    if parts is None or not data.endswith(b"}"):
        return 1  # the command was killed while it wrote
    # First what a later run would take for the record of a run that was killed.
    files.remove(os.path.join(folder, layout.RUNNING, name))
    return 0 if Spool(folder).put(parts[0], data, parts[1]) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
