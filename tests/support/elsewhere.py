"""What holds for a client of an engine that is reached by anything but a plain socket."""

import hashlib
import threading
from typing import TYPE_CHECKING

from taskrunner.engine import containers
from taskrunner.engine.client import Client

if TYPE_CHECKING:
    from tests.engine.conftest import Box

__all__ = ["check_input_and_output"]


def check_input_and_output(client: Client, box: "Box") -> None:
    """Check that much output arrives whole while input goes out, and goes on once the input ended."""
    container = box.create("sh", "-c", "cat | md5sum; head -c 3000000 /dev/zero; echo end >&2", stdin=True)
    attachment = containers.attach(client, container, stdin=True, scope=None)
    containers.start(client, container)
    sent = threading.Thread(target=lambda: (attachment.write(b"x" * 5_000_000), attachment.close_write()))
    sent.start()
    seen = {"stdout": bytearray(), "stderr": bytearray()}
    for stream, data in attachment.frames(60):
        seen[stream] += data
    sent.join(10)
    attachment.close()

    digest = hashlib.md5(b"x" * 5_000_000, usedforsecurity=False).hexdigest()
    assert f"{digest}  -\n".encode() + bytes(3_000_000) == seen["stdout"]
    assert b"end\n" == seen["stderr"]
