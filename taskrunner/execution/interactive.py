"""The person's terminal as the main container's own: raw, of the right size, and given back afterwards."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread
from time import sleep
from typing import TYPE_CHECKING

from taskrunner.engine import containers
from taskrunner.engine.client import Client
from taskrunner.errors import EngineError

if TYPE_CHECKING:
    from taskrunner.host.terminal import Size, Terminal

__all__ = ["lent", "match_size"]

# An engine that takes no size at creation refuses one until the container starts. A request that comes
# in the middle of the start is held until it is done: sooner than any that we could send afterwards.
_ATTEMPTS = (0.001, 0.002, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5)


@contextmanager
def lent(terminal: "Terminal | None") -> Iterator[None]:
    """Lend the terminal to a container until the block ends; None lends nothing."""
    if terminal is None:
        yield
        return
    terminal.enter()
    try:
        yield
    finally:
        terminal.on_resize = None
        terminal.leave()


def match_size(client: Client, container_id: str, terminal: "Terminal") -> None:
    """Give the container's terminal our size, now and after each change, without waiting for it."""

    def on_resize(size: "Size") -> None:
        _resize(client, container_id, size)

    terminal.on_resize = on_resize
    size = terminal.size()
    if size is not None:
        Thread(target=_insist, args=(client, container_id, size), name="resize", daemon=True).start()


def _insist(client: Client, container_id: str, size: "Size") -> None:
    for pause in _ATTEMPTS:
        sleep(pause)
        if _resize(client, container_id, size):
            return


def _resize(client: Client, container_id: str, size: "Size") -> bool:
    try:
        containers.resize(client, container_id, *size)
    except EngineError:
        return False  # it has not started, or has ended: neither is worth a word
    return True
