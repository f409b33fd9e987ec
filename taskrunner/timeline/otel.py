"""A run as an OpenTelemetry trace, sent to the collector that the person's own environment names.

Source of the names: OpenTelemetry's semantic conventions for CI/CD, containers, processes and errors; and of
the variables, its specification. What has no name there begins with `taskrunner.`.
"""

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Final

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor, SpanExportResult
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import Status, StatusCode, Tracer
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from taskrunner._version import VERSION
from taskrunner.output.slowest import described
from taskrunner.timeline.model import Bar, TaskRow, Timeline

__all__ = ["export"]

_PATIENCE: Final = 5.0
"""Seconds that a collector may take until nobody waits for it any longer."""

_PROTOCOLS: Final = ("", "http/protobuf")


def export(timeline: Timeline, environment: Mapping[str, str]) -> str | None:
    """Send a run as one trace, below that of `TRACEPARENT` where there is one.

    Returns what is to be told to the person where it could not be sent.
    """
    protocol = environment.get("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL")
    protocol = protocol or environment.get("OTEL_EXPORTER_OTLP_PROTOCOL", "")
    if protocol not in _PROTOCOLS:
        return f"The run's trace was not sent: {protocol} is none of the protocols that are spoken here."
    spans = InMemorySpanExporter()
    provider = TracerProvider(resource=_resource(environment), shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(spans))
    parent = TraceContextTextMapPropagator().extract({"traceparent": environment.get("TRACEPARENT", "")})
    _run(provider.get_tracer("taskrunner", VERSION), timeline, parent)
    with _silence():
        result = OTLPSpanExporter(timeout=_PATIENCE).export(spans.get_finished_spans())
    if result is SpanExportResult.SUCCESS:
        return None
    return "The run's trace could not be sent to the collector that OTEL_EXPORTER_OTLP_ENDPOINT names."


@contextmanager
def _silence() -> Iterator[None]:
    """Keep the library from writing of its own about each attempt that fails."""
    logger = logging.getLogger("opentelemetry")
    before = logger.level
    logger.setLevel(logging.CRITICAL + 1)
    try:
        yield
    finally:
        logger.setLevel(before)


def _resource(environment: Mapping[str, str]) -> Resource:
    named = environment.get("OTEL_SERVICE_NAME") or "service.name=" in environment.get(
        "OTEL_RESOURCE_ATTRIBUTES", ""
    )
    name = {} if named else {"service.name": "taskrunner"}
    return Resource.create({**name, "service.version": VERSION})


def _run(tracer: Tracer, timeline: Timeline, parent: Context) -> None:
    task = timeline.tasks[-1].name if timeline.tasks else timeline.project
    whole = tracer.start_span(
        f"run {task}",
        parent,
        start_time=_nanoseconds(timeline, 0.0),
        attributes={
            "cicd.pipeline.name": timeline.project,
            "cicd.pipeline.run.id": timeline.run,
            "cicd.pipeline.result": _result(timeline.exit_code),
            "process.exit.code": timeline.exit_code,
        },
    )
    if timeline.exit_code != 0:
        whole.set_status(Status(StatusCode.ERROR))
    for each in timeline.tasks:
        _task(tracer, timeline, each, trace.set_span_in_context(whole))
    whole.end(_nanoseconds(timeline, timeline.seconds))


def _task(tracer: Tracer, timeline: Timeline, task: TaskRow, parent: Context) -> None:
    span = tracer.start_span(
        task.name,
        parent,
        start_time=_nanoseconds(timeline, task.start),
        attributes={
            "cicd.pipeline.task.name": task.name,
            "cicd.pipeline.task.run.id": f"{timeline.run}-{timeline.tasks.index(task) + 1}",
            "cicd.pipeline.task.run.result": _result_of(task),
        },
    )
    if task.exit_code != 0:
        span.set_status(Status(StatusCode.ERROR))
    here = trace.set_span_in_context(span)
    builds: dict[str, Context] = {}
    bars = sorted({bar for row in task.rows for bar in row.bars}, key=lambda bar: (bar.start, -bar.end))
    for bar in bars:
        # What a build does is a part of the build.
        inside = builds.get(bar.span.subject, here) if bar.span.kind == "BuildStep" else here
        context = _step(tracer, timeline, bar, inside)
        if bar.span.kind == "BuildImage":
            builds[bar.span.subject] = context
    span.end(_nanoseconds(timeline, task.end))


def _step(tracer: Tracer, timeline: Timeline, bar: Bar, parent: Context) -> Context:
    done = bar.span
    span = tracer.start_span(
        described(done),
        parent,
        start_time=_nanoseconds(timeline, bar.start),
        attributes={
            "taskrunner.step": done.kind,
            "taskrunner.critical_path": bar.critical,
            **_subject(bar),
        },
    )
    if done.failed:
        span.set_attribute("error.type", done.kind)
        span.set_status(Status(StatusCode.ERROR))
    span.end(_nanoseconds(timeline, bar.end))
    return trace.set_span_in_context(span)


def _subject(bar: Bar) -> dict[str, str]:
    done = bar.span
    if done.kind == "PullImage":
        return {"container.image.name": done.subject}
    found = {"container.name": done.subject} if done.subject else {}
    if done.detail and done.kind in ("RunContainer", "SetupCommand"):
        found["container.command_line"] = done.detail
    return found


def _result_of(task: TaskRow) -> str:
    return _result(task.exit_code) if task.saved is None else "skip"


def _result(exit_code: int | None) -> str:
    if exit_code is None:
        return "error"
    return "success" if exit_code == 0 else "failure"


def _nanoseconds(timeline: Timeline, at: float) -> int:
    return round((timeline.began + at) * 1e9)
