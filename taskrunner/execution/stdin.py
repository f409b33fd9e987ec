"""Standard input on its way into the main container."""

import os
import select
from threading import Event
from typing import TYPE_CHECKING

from taskrunner.engine.containers import Attachment

if TYPE_CHECKING:
    from taskrunner.host.terminal import Terminal

__all__ = ["pump"]

_CHUNK = 65536
# How soon we notice that the container ended while nothing arrives on standard input.
_PATIENCE = 0.1


def pump(descriptor: int, attachment: Attachment, ended: Event, terminal: "Terminal | None") -> None:
    """Send everything that can be read to the container, then half-close, so that it sees the end.

    Not where it has a terminal: that has no such end, and half-closing would detach us from its output.
    The terminal is told that somebody typed.

    Waits with poll rather than in a read: a read that is still pending when the container ends would
    swallow input that is meant for the next program. Poll, unlike epoll, also takes plain files.
    """
    poller = select.poll()
    poller.register(descriptor, select.POLLIN | select.POLLHUP | select.POLLERR)
    try:
        while not ended.is_set():
            if terminal is not None and terminal.in_background:
                ended.wait(_PATIENCE)  # keys are for another job, and reading them would stop this one
                continue
            # What arrives after the end is not ours, and the descriptor may by then be another's.
            if not poller.poll(_PATIENCE * 1000) or ended.is_set():
                continue
            data = os.read(descriptor, _CHUNK)
            if not data:
                break
            if terminal is not None:
                terminal.was_typed_at = True
            attachment.write(data)
        if terminal is None:
            attachment.close_write()
    except OSError:
        # The container closed its input or ended: what it did not read is not lost for us to report.
        return
