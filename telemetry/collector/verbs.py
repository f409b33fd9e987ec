"""The verbs of `taskrunner-collector`: one module each, loaded only when its verb is used."""

from typing import Final, NamedTuple

__all__ = ["VERBS", "Verb"]


class Verb(NamedTuple):
    """Where a verb is, and what it is for."""

    place: str
    """Module and function, as `module:function`."""
    summary: str


VERBS: Final = {
    "serve": Verb("telemetry.collector.commands.serve:serve", "Receive sessions, and show what is public."),
    "summarise": Verb(
        "telemetry.collector.commands.summarise:summarise_now", "Sum up and freeze what is over."
    ),
}
