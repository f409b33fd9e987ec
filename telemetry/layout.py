"""Which files the spool keeps below the telemetry folder, and how a session's file is named."""

import os
import re
from typing import Final

from telemetry.gate import GONE_FILE

__all__ = [
    "DESCRIPTIONS",
    "HOLD",
    "LAST_UPLOAD",
    "LOG_LOCK",
    "OFF",
    "PAUSED",
    "QUARANTINE",
    "RUNNING",
    "SENT",
    "SENT_LOG",
    "SPOOL",
    "TALLY",
    "UPLOAD_LOCK",
    "UPLOAD_LOG",
    "file_name",
    "parse_file_name",
]

SPOOL: Final = "spool"
RUNNING: Final = "running"
QUARANTINE: Final = "quarantine"
SENT: Final = "sent"
SENT_LOG: Final = "sent.log"
LOG_LOCK: Final = "sent.lock"
LAST_UPLOAD: Final = "last-upload.json"
UPLOAD_LOG: Final = "upload.log"
TALLY: Final = "tally"
HOLD: Final = "retry-after"
PAUSED: Final = "paused"
OFF: Final = GONE_FILE
UPLOAD_LOCK: Final = "upload.lock"

DESCRIPTIONS: Final = {
    SPOOL: "sessions that wait for their upload, one file each",
    RUNNING: "records of the runs under way, each locked by its run",
    QUARANTINE: "files that are no sessions, kept apart for a while",
    SENT: "copies of what was uploaded, for 30 days",
    SENT_LOG: "one line for each attempt to upload: time, digest, answer",
    LOG_LOCK: "keeps two processes from writing that log at once",
    LAST_UPLOAD: "what the last upload came to",
    UPLOAD_LOG: "what the last upload said while it worked",
    TALLY: "counts that the next session carries",
    HOLD: "until when the collector asked to be left alone",
    PAUSED: "there while uploads are paused",
    OFF: "there since the collector answered that it is gone for good",
    UPLOAD_LOCK: "held by the one process that uploads",
}
"""What each file and folder is, for the README of the folder that holds them."""

_FILE_NAME: Final = re.compile(
    r"([0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12})\.([a-z]{1,16})\.json"
)


def file_name(session_id: str, level: str) -> str:
    """Return the name of a session's file; the level stands in it, because it chooses the host.

    Raises ValueError where the id is not a UUIDv4 in lower case or the level is not one plain word.
    """
    name = f"{session_id}.{level}.json"
    if not _FILE_NAME.fullmatch(name):
        raise ValueError(f"no name for a session: {name!r}")
    return name


def parse_file_name(path: str) -> tuple[str, str] | None:
    """Return the session id and the level in a file's name, or None where it is no session's."""
    match = _FILE_NAME.fullmatch(os.path.basename(path))
    return (match[1], match[2]) if match else None
