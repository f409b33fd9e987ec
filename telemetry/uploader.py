"""Uploads what waits in the spool, in a process of its own: `python -I -m telemetry.uploader`.

`start` is for the command that a person runs; `run_pass` is what the child does, and what a command that
submits on request calls.
"""

import os
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from telemetry import child, layout, lock, spooled, switches
from telemetry.endpoints import Destination
from telemetry.spool import Entry, Spool

if TYPE_CHECKING:
    from typing import TextIO

    from telemetry.outcome import Outcome
    from telemetry.sent_log import Pass

__all__ = ["run_pass", "start"]

_MOST_FAILURES: Final = 5
_MOST_SECONDS: Final = 15 * 60.0
_PATIENCE: Final = 0.5


def start(folder: str, destination: Destination, ca_file: str | None = None) -> None:
    """Upload what waits, in a detached process, if anything does and nothing holds it back.

    Closes the records of killed runs first, and makes room for the session of this one: at its end a
    person would wait for that. Never raises.
    """
    spool = Spool(folder)
    spool.abandoned()
    spooled.trim(folder, room=1)
    if not spool.has_pending() or not switches.may_upload(folder):
        return
    if lock.is_held(os.path.join(folder, layout.UPLOAD_LOCK)):
        return  # another process is at it
    child.spawn("telemetry.uploader", child.Settings(folder, destination, ca_file))


def run_pass(
    folder: str,
    destination: Destination,
    ca_file: str | None = None,
    *,
    say: Callable[[str], object] = lambda _: None,
    paused_too: bool = False,
) -> "Pass | None":
    """Send each session that waits once, one at a time, and return what that came to.

    Returns None where another process is at it. `say` gets a line for each attempt, as does the log of
    the upload; `paused_too` sends in spite of the person's pause, because the person asked for it.
    Raises OSError where the folder cannot be written.
    """
    from telemetry.sent_log import SentLog

    token = lock.take(os.path.join(folder, layout.UPLOAD_LOCK), _PATIENCE)
    if token is None:
        return None
    with token, _open_log(folder) as log:

        def tell(line: str) -> None:
            print(line, file=log)
            say(line)

        sent_log = SentLog(folder)
        sent_log.prune()
        summary = _Uploader(folder, destination, ca_file, tell, paused_too=paused_too).run()
        if summary.ended not in ("emptied", "done") or summary.sent + summary.refused + summary.failed:
            sent_log.record_pass(summary)  # a pass that found nothing to do is no news
        tell(summary.in_words())
    return summary


class _Uploader:
    """One pass over the spool."""

    def __init__(
        self,
        folder: str,
        destination: Destination,
        ca_file: str | None,
        tell: Callable[[str], object],
        *,
        paused_too: bool,
    ) -> None:
        from telemetry import transport
        from telemetry.delivery import Delivery

        def put(url: str, body: bytes) -> "Outcome":
            return transport.put(url, body, ca_file=ca_file)

        self._folder = folder
        self._ca_file = ca_file
        self._spool = Spool(folder)
        self._delivery = Delivery(folder, destination, put)
        self._tell = tell
        self._paused_too = paused_too
        self._sent = self._refused = self._failed = 0
        self._emptied = False

    def run(self) -> "Pass":
        from telemetry.endpoints import EndpointError
        from telemetry.sent_log import Pass, now

        self._spool.abandoned()
        try:
            ended = self._send_all()
        except EndpointError as error:
            self._tell(str(error))
            ended = "endpoint"
        if ended == "gone":
            # Nobody is left to take what waits, and the client records nothing more that could push it out.
            self._spool.drop()
        return Pass(now(), self._sent, self._refused, self._failed, ended)

    def _send_all(self) -> str:
        from telemetry import transport

        pending = self._spool.pending()
        if pending:
            # Else the first attempt would be charged, in the counts, for loading the HTTP library.
            transport.warm_up(self._ca_file)
        for entry in pending:
            if obstacle := self._obstacle():
                return obstacle
            self._send(entry)
        return self._obstacle() or "done"

    def _obstacle(self) -> str | None:
        """Return what ends the pass now, if anything does; looked at anew before each session."""
        if self._emptied:
            return "emptied"
        if switches.is_gone(self._folder):
            return "gone"
        if switches.is_paused(self._folder) and not self._paused_too:
            return "paused"
        if switches.held_until(self._folder) is not None:
            return "hold"
        return "failures" if self._failed >= _MOST_FAILURES else None

    def _send(self, entry: Entry) -> None:
        data = self._spool.read(entry)
        if data is None:
            return
        outcome, attempt = self._delivery.send(entry.session_id, entry.level, data)
        # Whoever emptied the spool meanwhile wants nothing kept: not even that this one was on its way.
        if not self._spool.holds(entry):
            self._emptied = True
            return
        self._delivery.book(outcome, attempt, data)
        self._tell(f"{entry.session_id} sha256:{attempt.digest} {outcome.verdict} {outcome.answer}")
        if outcome.verdict in ("stored", "refused"):
            self._spool.remove(entry)
        self._sent += outcome.verdict == "stored"
        self._refused += outcome.verdict == "refused"
        self._failed += outcome.verdict in ("later", "gone")


def _open_log(folder: str) -> "TextIO":
    path = os.path.join(folder, layout.UPLOAD_LOG)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
    return open(descriptor, "w", buffering=1, encoding="utf-8")


def main(arguments: list[str]) -> int:
    """Make one pass with the settings that `start` wrote as the only argument."""
    child.settle_in(idle=True)
    child.end_after(_MOST_SECONDS)  # what was not sent by then waits for the next pass
    folder, destination, ca_file = child.Settings.unpack(arguments[0])
    try:
        run_pass(folder, destination, ca_file)
    except OSError:
        return 1  # a full disk, or a folder that was deleted: the next pass meets it as well, or does not
    except Exception:  # noqa: BLE001 - the boundary of this process, whose standard error leads nowhere
        _log_fault(folder)
        return 1
    return 0


def _log_fault(folder: str) -> None:
    import traceback

    with _open_log(folder) as log:
        traceback.print_exc(file=log)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
