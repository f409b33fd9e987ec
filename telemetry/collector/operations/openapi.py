"""The OpenAPI document of what a collector answers: `/openapi.json`."""

from collections.abc import Iterable
from typing import Any, Final

from telemetry.collector.ingest import limits
from telemetry.record import MOST_EVENTS, MOST_SPANS

__all__ = ["document"]

_UUID: Final = {
    "type": "string",
    "pattern": "^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$",
}
_INSTANT: Final = {
    "type": "string",
    "pattern": r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,9})?Z$",
    "description": "An instant in UTC, as RFC 3339 writes it.",
}
_ATTRIBUTES: Final = {
    "type": "object",
    "description": "Names and values of the application's catalogue; null is a value that is not known.",
    "additionalProperties": {"type": ["string", "integer", "boolean", "null"]},
}


def _object(required: dict[str, Any], *, closed: bool = True, **optional: Any) -> dict[str, Any]:
    found: dict[str, Any] = {
        "type": "object",
        "properties": {**required, **optional},
        "required": list(required),
    }
    return {**found, "additionalProperties": False} if closed else found


_SCHEMAS: Final[dict[str, Any]] = {
    "Session": _object(
        {
            "sessionId": _UUID,
            "userId": _UUID,
            "sessionStartTime": _INSTANT,
            "sessionEndTime": _INSTANT,
            "applicationId": {"type": "string"},
            "applicationVersion": {"type": "string"},
            "attributes": _ATTRIBUTES,
            "events": {
                "type": "array",
                "maxItems": MOST_EVENTS,
                "items": _object({"type": {"type": "string"}, "time": _INSTANT, "attributes": _ATTRIBUTES}),
            },
            "spans": {
                "type": "array",
                "maxItems": MOST_SPANS,
                "items": _object(
                    {
                        "type": {"type": "string"},
                        "startTime": _INSTANT,
                        "endTime": _INSTANT,
                        "attributes": _ATTRIBUTES,
                    }
                ),
            },
        }
    ),
    "Person": _object(
        {
            "applicationId": {"type": "string"},
            "secret": {"type": "string", "pattern": "^[0-9a-f]{64}$"},
        },
        before=_INSTANT,
        beforeSession=_UUID,
    ),
    "Problem": _object({"message": {"type": "string"}}),
    "Refusal": _object(
        {
            "message": {"type": "string"},
            "validationErrors": {
                "type": "array",
                "items": _object(
                    {
                        "key": {"type": "string", "description": "Where; never a name that is not known."},
                        "type": {"enum": ["missing", "unknown", "invalid", "duplicate"]},
                        "message": {"type": "string"},
                    }
                ),
            },
        }
    ),
    "Own": _object(
        {
            "applicationId": {"type": "string"},
            "complete": {"type": "boolean", "description": "False where there are more than 1000."},
            "sessions": {
                "type": "array",
                "items": _object({"received": _INSTANT, "session": {"$ref": "#/components/schemas/Session"}}),
            },
        },
        closed=False,
        next=_object({"before": _INSTANT, "beforeSession": _UUID}),
    ),
    "Receipt": _object(
        {
            "receipt": _UUID,
            "applicationId": {"type": "string"},
            "deletedSessions": {"type": "integer", "minimum": 0},
            "time": _INSTANT,
            "note": {"type": "string"},
        },
        closed=False,
    ),
    "Status": _object({"status": {"type": "string"}}, closed=False),
}


_RETRY: Final = {"Retry-After": {"required": True, "description": "Seconds.", "schema": {"type": "integer"}}}


def _answer(meaning: str, schema: str = "", *, later: bool = False) -> dict[str, Any]:
    found: dict[str, Any] = {"description": meaning}
    if schema:
        found["content"] = {"application/json": {"schema": {"$ref": f"#/components/schemas/{schema}"}}}
    if later:
        found["headers"] = _RETRY
    return found


_BODY_PROBLEMS: Final = {
    "408": _answer("The request did not arrive in time.", "Problem"),
    "413": _answer("The body is too large.", "Problem"),
    "415": _answer("The body is neither JSON nor gzipped JSON.", "Problem"),
    "429": _answer("Too many requests.", "Problem", later=True),
    "503": _answer("The store takes nothing now.", "Problem", later=True),
}


def _body(schema: str) -> dict[str, Any]:
    content = {"application/json": {"schema": {"$ref": f"#/components/schemas/{schema}"}}}
    return {"required": True, "content": content}


_PUT: Final = {
    "operationId": "putSession",
    "summary": "Hand over a session.",
    "description": (
        f"At most {limits.MOST_BYTES} bytes, or {limits.MOST_GZIPPED} with `Content-Encoding: gzip`. "
        "A session that comes again is stored once."
    ),
    "requestBody": _body("Session"),
    "responses": {
        "201": _answer("It is stored."),
        "304": _answer("It was stored before."),
        "400": _answer("It is not valid; another attempt would fare no better.", "Refusal"),
        "410": _answer("The service has ended; send nothing any more.", "Problem"),
        **_BODY_PROBLEMS,
    },
}


def _rights(operation: str, summary: str, meaning: str, schema: str) -> dict[str, Any]:
    return {
        "post": {
            "operationId": operation,
            "summary": summary,
            "requestBody": _body("Person"),
            "responses": {
                "200": _answer(meaning, schema),
                "400": _answer("The body is not of this form.", "Problem"),
                **_BODY_PROBLEMS,
            },
        }
    }


def _get(operation: str, summary: str, answers: dict[str, Any]) -> dict[str, Any]:
    return {"get": {"operationId": operation, "summary": summary, "responses": answers}}


def _text(meaning: str) -> dict[str, Any]:
    return {"description": meaning, "content": {"text/plain": {"schema": {"type": "string"}}}}


_RECEIVING: Final[dict[str, Any]] = {
    "/v1/sessions": {"put": _PUT},
    "/v1/me": _rights("readOwn", "Read one's own sessions.", "All that is held.", "Own"),
    "/v1/me/delete": _rights("deleteOwn", "Delete one's own sessions.", "A receipt.", "Receipt"),
}
_OPERATING: Final[dict[str, Any]] = {
    "/ping": _get("ping", "Ask whether anybody answers.", {"200": _text("`pong`.")}),
    "/healthz": _get("health", "Ask whether the process works.", {"200": _answer("It does.", "Status")}),
    "/readyz": _get(
        "ready",
        "Ask whether sessions would be taken now.",
        {"200": _answer("They would.", "Status"), "503": _answer("They would not.", "Status")},
    ),
    "/metrics": _get(
        "metrics", "Read numbers, as Prometheus does.", {"200": _text("The text format 0.0.4.")}
    ),
}


def _tables(names: Iterable[str]) -> dict[str, Any]:
    """Return the paths of the published tables."""
    rows = {"schema": {"type": "array", "items": {"type": "object"}}}
    contents = {"json": {"application/json": rows}, "csv": {"text/csv": {"schema": {"type": "string"}}}}
    return {
        f"/data/{name}.{form}": {
            "get": {
                "operationId": f"{name}{form.capitalize()}",
                "summary": f"Read the published table {name}.",
                "parameters": [
                    {"name": each, "in": "query", "required": False, "schema": {"type": "string"}}
                    for each in ("app", "site")
                ],
                "responses": {
                    "200": {"description": "Its rows.", "content": content},
                    "304": _answer("It is what the reader has already, by `If-None-Match`."),
                    "503": {**_text("The sums cannot be read now."), "headers": _RETRY},
                },
            }
        }
        for name in names
        for form, content in contents.items()
    }


def document(*, receiving: bool, tables: Iterable[str], version: str) -> dict[str, Any]:
    """Return the document; without `receiving`, of a collector that only shows the published `tables`."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "taskrunner-collector",
            "version": version,
            "description": "Receives telemetry that people allowed. No answer repeats what was sent.",
        },
        "paths": {**(_RECEIVING if receiving else {}), **_tables(tables), **_OPERATING},
        "components": {"schemas": _SCHEMAS},
    }
