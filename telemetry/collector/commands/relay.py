"""`taskrunner-collector relay`."""

import asyncio
import sys
import time
from typing import Annotated

import typer

from telemetry.collector.catalogues import of_settings
from telemetry.collector.commands.serve import run
from telemetry.collector.context import Context
from telemetry.collector.errors import CollectorError
from telemetry.collector.operations.log import Log
from telemetry.collector.operations.metrics import Metrics
from telemetry.collector.options import with_settings
from telemetry.collector.relay.forwarding import Forwarder, Upstreams, checked_url
from telemetry.collector.relay.policy import Policy
from telemetry.collector.relay.queue import Queue, State
from telemetry.collector.settings import Settings
from telemetry.collector.stores import is_postgres
from telemetry.entries import LEVELS

__all__ = ["relay"]


@with_settings(*Settings._fields)
def relay(
    settings: Settings,
    *,
    upstream: Annotated[
        str, typer.Option("--upstream", metavar="URL", help="The collector that sessions go on to.")
    ] = "",
    upstream_development: Annotated[
        str,
        typer.Option(
            "--upstream-development",
            metavar="URL",
            help="The one for development versions; without it they stay here.",
        ),
    ] = "",
    level: Annotated[
        str, typer.Option("--level", metavar="|".join(LEVELS), help="The most that leaves.")
    ] = LEVELS[-1],
    drop: Annotated[
        list[str] | None,
        typer.Option(
            "--drop", metavar="NAME", help="A field, event or span that stays here. May be repeated."
        ),
    ] = None,
    queue: Annotated[str, typer.Option("--queue", metavar="DIR", help="Folder of the queue.")] = "",
    pause: Annotated[bool, typer.Option("--pause", help="Let nothing leave for now, and end.")] = False,
    resume: Annotated[bool, typer.Option("--resume", help="Let sessions leave again, and end.")] = False,
    status: Annotated[bool, typer.Option("--status", help="Show how the queue is, and end.")] = False,
    show: Annotated[
        int,
        typer.Option("--show", metavar="N", min=0, help="Show the next N as they leave, and end."),
    ] = 0,
) -> int:
    """Keep sessions here for one's own dashboard, and hand on what may leave: a company's single way out.

    It serves what `serve` does. Ids are made anew on the way, so that nobody outside can tell which of the
    ids inside they belong to; a wish to be forgotten follows the sessions.
    """
    waiting = Queue(_folder(settings, queue))
    try:
        if pause or resume:
            waiting.pause(paused=pause)
        if pause or resume or status:
            _tell(waiting.state())
            return 0
        if show:
            for each in waiting.next(show):
                sys.stdout.buffer.write(each.body + b"\n")
            return 0
        _serve(settings, waiting, _upstreams(upstream, upstream_development), _policy(level, drop or []))
    finally:
        waiting.close()
    return 0


def _serve(settings: Settings, queue: Queue, upstreams: Upstreams, policy: Policy) -> None:
    context = Context(settings, of_settings(settings), Metrics(), Log(settings.log))
    forwarder = Forwarder(queue, context.catalogues, upstreams, policy, context.log, days=settings.raw_days)
    context.forward = forwarder.take
    context.upstream = forwarder.hand_on
    context.metrics.gauge(
        "collector_relay_waiting", "Sessions that wait to leave.", lambda: queue.state().waiting
    )
    asyncio.run(run(context, forwarder.keep_sending()))


def _upstreams(production: str, development: str) -> Upstreams:
    if not production:
        raise CollectorError(
            "relay.no-upstream",
            "It is not said where sessions go.",
            "Name the collector: --upstream https://…",
        )
    return Upstreams(
        checked_url(production, "--upstream"),
        checked_url(development, "--upstream-development") if development else "",
    )


def _policy(level: str, dropped: list[str]) -> Policy:
    if level not in LEVELS:
        raise CollectorError(
            "relay.unknown-level", f"There is no level {level!r}.", f"Levels are {', '.join(LEVELS)}."
        )
    return Policy(level, frozenset(dropped))


def _folder(settings: Settings, queue: str) -> str:
    if queue or not is_postgres(settings.store):
        return queue or settings.store
    raise CollectorError(
        "relay.no-queue", "With PostgreSQL the queue needs a folder.", "Name one that lasts: --queue DIR."
    )


def _tell(state: State) -> None:
    print("Nothing leaves: it is paused." if state.paused else "Sessions leave as they come.")
    oldest = ""
    if state.oldest is not None:
        stamp = time.strftime("%Y-%m-%d %H:%M", time.gmtime(state.oldest / 1000))
        oldest = f", the oldest since {stamp} UTC"
    print(f"{state.waiting} sessions wait{oldest}.")
    print(f"{state.sent} were sent, {state.dropped} were dropped.")
    print(f"The last answer was {state.last_answer or 'none'}.")
