"""The OpenAPI document against the answers of a real collector."""

import json
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings

from tests.support.collector import Collector, a_session


@pytest.mark.parametrize("path", ["/v1/sessions", "/v1/me", "/v1/me/delete", "/ping", "/data/fields.csv"])
def test_answers_are_as_described(collector: Collector, path: str) -> None:
    """Whatever is asked, the answer has a status, headers and a body that the document describes."""
    described = schemathesis.openapi.from_url(f"http://127.0.0.1:{collector.port}/openapi.json")
    operations = [found.ok() for found in described.include(path=path).get_all_operations()]
    excluded = [schemathesis.checks.positive_data_acceptance]
    for operation in operations:

        @settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
        @given(case=operation.as_strategy())
        def check(case: Any) -> None:
            case.call_and_validate(excluded_checks=excluded)

        check()
    assert operations


def test_every_path_is_described(collector: Collector) -> None:
    """What the document describes is there, and what a client uses is described."""
    paths = collector.get("/openapi.json").json["paths"]

    assert {"/v1/sessions", "/v1/me", "/v1/me/delete", "/metrics", "/readyz"} <= set(paths)
    for path, methods in paths.items():
        for method in methods:
            assert collector.request(method.upper(), path).status not in (404, 405)


def test_a_session_is_as_described(collector: Collector) -> None:
    """A session that is stored is valid by the document too."""
    import jsonschema

    document = collector.get("/openapi.json").json
    session = a_session()
    jsonschema.validate(session, {**document, "$ref": "#/components/schemas/Session"})

    assert collector.put(json.dumps(session).encode()).status == 201
