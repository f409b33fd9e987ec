"""A run as a trace of OpenTelemetry, received on this machine."""

from collections.abc import Iterator
from typing import Any

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from tests.support.journey import Journey

pytestmark = pytest.mark.engine

CONFIG = """\
project_name: PROJECT
containers:
  database:
    image: taskrunner-test/busybox:1
    command: sleep 600
    health_check: {command: "true", interval: 5s}
    setup_commands: [{command: echo ready}]
  app:
    image: taskrunner-test/busybox:1
    dependencies: [database]
tasks:
  test: {run: {container: app, command: sh -c 'exit 3'}}
"""
TRACE = "0af7651916cd43dd8448eb211c80319c"


@pytest.fixture
def receiver(httpserver: HTTPServer) -> Iterator[list[ExportTraceServiceRequest]]:
    """Give what arrives at a collector of our own."""
    received: list[ExportTraceServiceRequest] = []

    def take(request: Request) -> Response:
        data = request.get_data()
        assert request.headers["Content-Type"] == "application/x-protobuf"
        received.append(ExportTraceServiceRequest.FromString(data))
        return Response(status=200)

    httpserver.expect_request("/v1/traces", method="POST").respond_with_handler(take)
    yield received
    httpserver.check_assertions()


@pytest.fixture
def project(journey: Journey) -> Journey:
    """Write a project with a dependency and a set-up command."""
    return journey.file("taskrunner.yml", CONFIG.replace("PROJECT", journey.project))


def values(attributes: Any) -> dict[str, object]:
    """Return attributes by their names."""
    return {each.key: getattr(each.value, each.value.WhichOneof("value")) for each in attributes}


def test_a_run_is_one_trace(
    project: Journey, receiver: list[ExportTraceServiceRequest], httpserver: HTTPServer
) -> None:
    """The run, its tasks and their steps are spans with standard names, below the trace that is under way."""
    env = {
        "OTEL_EXPORTER_OTLP_ENDPOINT": httpserver.url_for(""),
        "TRACEPARENT": f"00-{TRACE}-b7ad6b7169203331-01",
    }
    result = project.run("run", "-o", "quiet", "test", env=env)
    assert (result.exit_code, result.stderr) == (3, "")

    (request,) = receiver
    (group,) = request.resource_spans
    assert values(group.resource.attributes)["service.name"] == "taskrunner"
    (scope,) = group.scope_spans
    spans = {span.name: span for span in scope.spans}
    assert {span.trace_id.hex() for span in scope.spans} == {TRACE}

    run, task = spans["run test"], spans["test"]
    assert run.parent_span_id.hex() == "b7ad6b7169203331"
    assert task.parent_span_id == run.span_id
    assert {span.parent_span_id for name, span in spans.items() if name not in ("run test", "test")} == {
        task.span_id
    }
    facts = values(run.attributes)
    assert facts["cicd.pipeline.name"] == project.project
    assert facts["cicd.pipeline.result"] == "failure"
    assert facts["process.exit.code"] == 3
    assert values(task.attributes)["cicd.pipeline.task.name"] == "test"
    setup = spans["set-up command echo ready in database"]
    assert values(setup.attributes)["container.name"] == "database"
    assert values(setup.attributes)["container.command_line"] == "echo ready"
    assert run.start_time_unix_nano <= setup.start_time_unix_nano <= setup.end_time_unix_nano
    assert setup.end_time_unix_nano <= run.end_time_unix_nano
    failed = {name for name, span in spans.items() if "error.type" in values(span.attributes)}
    assert failed == {"running sh -c 'exit 3' in app"}


def test_a_collector_that_does_not_answer(project: Journey) -> None:
    """What cannot be sent is told in one line, and costs the run neither its exit code nor much time."""
    env = {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:9"}
    result = project.run("run", "-o", "quiet", "test", env=env)

    assert result.exit_code == 3
    assert result.stderr == (
        "The run's trace could not be sent to the collector that OTEL_EXPORTER_OTLP_ENDPOINT names.\n"
    )
