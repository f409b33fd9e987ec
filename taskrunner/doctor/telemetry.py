"""What telemetry does here."""

from collections.abc import Iterator

from taskrunner.doctor.findings import Finding
from taskrunner.doctor.subject import Subject

__all__ = ["check"]


def check(subject: Subject) -> Iterator[Finding]:
    """Repeat its state in a line."""
    if subject.telemetry:
        yield Finding("telemetry.state", "ok", subject.telemetry, "`taskrunner telemetry status` says more.")
