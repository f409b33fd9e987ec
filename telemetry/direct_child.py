"""The process that delivers the session of a run on CI: `python -I -m telemetry.direct_child`.

It gets one session on standard input, after a line with its id, level and length, and answers with one
word on standard output. Input that ends early sends nothing: the run was killed.
"""

import sys
from typing import TYPE_CHECKING, Final

from telemetry import child
from telemetry.direct import TOTAL_SECONDS
from telemetry.endpoints import EndpointError

if TYPE_CHECKING:
    from telemetry.delivery import Delivery

__all__ = ["main"]

_SECONDS: Final = TOTAL_SECONDS - 0.5
"""For the attempt: it has to end, and be logged, while the run still listens."""


def main(arguments: list[str]) -> int:
    """Wait for a session, send it, and answer with the verdict. Settings are the only argument."""
    from telemetry import transport
    from telemetry.delivery import Delivery
    from telemetry.outcome import Outcome

    child.settle_in()
    folder, destination, ca_file = child.Settings.unpack(arguments[0])
    transport.warm_up(ca_file)
    received = _receive()
    if received is None:
        return 1

    def put(url: str, body: bytes) -> Outcome:
        return transport.put(url, body, seconds=_SECONDS, ca_file=ca_file)

    sys.stdout.write(_deliver(Delivery(folder, destination, put), *received))
    # At the interpreter's own end the answer would wait for the HTTP library to be taken down.
    sys.stdout.flush()
    return 0


def _receive() -> tuple[str, str, bytes] | None:
    header, _, data = sys.stdin.buffer.read().partition(b"\n")
    fields = header.decode("ascii", "replace").split()
    if len(fields) != 3 or fields[2] != str(len(data)):
        return None
    return fields[0], fields[1], data


def _deliver(delivery: "Delivery", session_id: str, level: str, data: bytes) -> str:
    try:
        outcome, attempt = delivery.send(session_id, level, data)
    except EndpointError:
        return "later"
    # The log gets its line; a copy would be the file that a run on CI is not to write.
    delivery.book(outcome, attempt, copy=None)
    return outcome.verdict


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
