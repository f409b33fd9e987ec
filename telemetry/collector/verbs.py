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
    "export": Verb("telemetry.collector.commands.export:export", "Write sessions to a file, with a reason."),
    "import": Verb(
        "telemetry.collector.commands.import_sessions:import_sessions", "Take sessions from a file."
    ),
    "example": Verb("telemetry.collector.commands.example:example", "Write made-up sessions, to try with."),
    "audits": Verb("telemetry.collector.commands.audits:audits", "Show who looked at sessions, and why."),
    "summarise": Verb(
        "telemetry.collector.commands.summarise:summarise_now", "Sum up and freeze what is over."
    ),
    "relay": Verb("telemetry.collector.commands.relay:relay", "Keep sessions here, and hand some on."),
    "publish": Verb("telemetry.collector.commands.publish:publish", "Write the public pages as files."),
    "redact": Verb("telemetry.collector.commands.redact:redact", "Take a published number out again."),
    "forget": Verb("telemetry.collector.commands.forget:forget", "Delete one person's sessions."),
    "expire": Verb("telemetry.collector.commands.expire:expire", "Delete what has been kept long enough."),
}
