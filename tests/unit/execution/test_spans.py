"""A run's events as spans."""

from taskrunner.execution import events as e
from taskrunner.execution.recording import Recording
from taskrunner.execution.spans import Span, spans_of
from tests.unit.output import recordings as r


def recorded(*records: r.Record) -> Recording:
    """Return a recording of events that are a second apart."""
    recording = Recording()
    for at, record in enumerate(records):
        if isinstance(record, r.Output):
            recording.on_output(*record)
        else:
            recording.on_event(record, float(at))
    return recording


def test_a_whole_run() -> None:
    """Whatever takes time is a span with its task, its subject and what it did."""
    spans = spans_of(recorded(*r.SUCCESS).events)

    assert [(span.kind, span.subject, span.detail) for span in spans] == [
        ("PullImage", "postgres:16", ""),
        ("StartContainer", "database", ""),
        ("SetupCommand", "database", "./migrate.sh"),
        ("SetupCommand", "database", "./seed.sh"),
        ("StartContainer", "app", "./test.sh --all"),
        ("RunContainer", "app", "./test.sh --all"),
        ("RunContainer", "database", ""),
        ("BuildStep", "app", "FROM alpine"),
    ]
    assert {span.task for span in spans} == {"test"}
    assert not any(span.failed for span in spans)
    assert all(span.seconds >= 1.0 for span in spans)


def test_a_failure_marks_its_span() -> None:
    """What failed says so, and what it interrupted ends with its task."""
    spans = {span.kind: span for span in spans_of(recorded(*r.SETUP_FAILURE).events)}

    assert spans["SetupCommand"].failed
    assert not spans["RunContainer"].failed


def test_chatter_is_not_kept() -> None:
    """Events that a run may have thousands of are passed over."""
    recording = recorded(e.ImageBuildOutput("app", "x"), e.HealthProbed("app", 1, "", 1.0))

    assert recording.events == []


def test_build_steps_follow_one_another() -> None:
    """A step of a build lasts until the next one begins."""
    first, second = (e.ImageBuildProgress("app", number, 2, f"RUN {number}") for number in (1, 2))
    spans = spans_of([(r.START, 0.0), (first, 1.0), (second, 3.0), (e.TaskFailed("test", 125), 4.0)])

    assert spans == [
        Span("test", "BuildStep", "app", "RUN 1", 1.0, 3.0, failed=False),
        Span("test", "BuildStep", "app", "RUN 2", 3.0, 4.0, failed=False),
    ]
