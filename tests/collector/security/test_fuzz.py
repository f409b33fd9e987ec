"""Bytes and sessions that somebody made up: never an error of ours, never a value in the answer."""

import copy
import gzip
import http.client
import json
import random
from collections.abc import Iterator
from typing import Any

import psutil
import pytest

from tests.support.collector import Collector, a_session

_CANARY = "s3cr3t-canary"
_SQL = ("'; DROP TABLE sessions; --", '" OR 1=1 --', "1; SELECT pg_sleep(9)", "\\'; DELETE FROM ids; /*")
_STRANGE: tuple[Any, ...] = (
    _CANARY, *_SQL, None, True, 0, -1, 2**63, 10**40, 1.5, 1e308, "", "\x00", "a" * 5000, "\ud800", "red\n",
    [], {}, [[[]]], {_CANARY: 1}, "<script>", "{{7*7}}", "%s%n", "${jndi:ldap://x}", "../../etc/passwd",
    "2026-02-03T04:05:06Z", "9999-12-31T23:59:59Z", "0000-00-00T00:00:00Z", "\u00b2", "\uff11", "\u017f",
)  # fmt: skip
_TYPES = ("application/json", "application/json", "application/json", "text/plain", _CANARY, "")


def _spots(document: Any) -> Iterator[tuple[Any, Any]]:
    """Give every place of a document: the part that holds it, and its key or number."""
    items = document.items() if isinstance(document, dict) else enumerate(document)
    for key, value in list(items):
        yield document, key
        if isinstance(value, dict | list):
            yield from _spots(value)


def _mutated(chance: random.Random) -> bytes:
    """Return a session with something wrong in it, or bytes that are none."""
    session = a_session()
    for _ in range(chance.randrange(1, 4)):
        part, key = chance.choice(list(_spots(session)))
        match chance.randrange(4):
            case 0 if isinstance(part, dict):
                part.pop(key, None)
            case 1 if isinstance(part, dict):
                part[str(chance.choice(_STRANGE))] = copy.deepcopy(chance.choice(_STRANGE))
            case 2 if isinstance(part, list):
                part += [copy.deepcopy(part[key])] * chance.choice((1, 200))
            case _:
                part[key] = copy.deepcopy(chance.choice(_STRANGE))
    data = bytearray(json.dumps(session).encode())
    if chance.random() < 0.3:
        for _ in range(chance.randrange(1, 6)):
            data[chance.randrange(len(data))] = chance.randrange(256)
    if chance.random() < 0.1:
        data = data[: chance.randrange(len(data))]
    return bytes(data) if chance.random() < 0.9 else chance.randbytes(chance.randrange(300))


def _attack(collector: Collector, number: int) -> dict[int, int]:
    chance = random.Random(number)
    statuses: dict[int, int] = {}
    connection = http.client.HTTPConnection("127.0.0.1", collector.port, timeout=60)
    for _ in range(number):
        body = _mutated(chance)
        headers = {"Content-Type": chance.choice(_TYPES), "X-Canary": _CANARY}
        if chance.random() < 0.2:
            headers["Content-Encoding"] = chance.choice(("gzip", "gzip", _CANARY))
            body = gzip.compress(body) if chance.random() < 0.7 else body
        path = "/v1/sessions" if chance.random() < 0.98 else "/v1/me"
        try:
            connection.request("PUT" if path == "/v1/sessions" else "POST", path, body, headers)
            answer = connection.getresponse()
            text = answer.read()
        except OSError:
            # Of a body of megabytes nobody reads the rest: the connection may end before the answer is read.
            assert len(body) > 200_000
            connection.close()
            continue
        statuses[answer.status] = statuses.get(answer.status, 0) + 1
        assert not any(word.encode() in text for word in (_CANARY, "DROP", "alice", "jndi", "passwd"))
        assert not any(_CANARY in value for _, value in answer.getheaders())
    connection.close()
    return statuses


def test_made_up_sessions(collector: Collector) -> None:
    """A thousand damaged requests get 201 or 4xx, and whoever comes afterwards is served."""
    statuses = _attack(collector, 1000)

    assert set(statuses) <= {201, 304, 400, 405, 413, 415, 429, 503}
    assert statuses.get(503, 0) <= 30, "only a catalogue version that is not known"
    assert collector.metric('collector_sessions_total{answer="unavailable"}') == 0
    assert collector.put(a_session()).status == 201


@pytest.mark.long
@pytest.mark.timeout(1800)
def test_a_hundred_thousand_made_up_sessions(collector: Collector) -> None:
    """Memory does not grow with the number of damaged requests."""
    process = psutil.Process(collector.process.pid)
    _attack(collector, 5000)
    before = process.memory_info().rss

    statuses = _attack(collector, 100_000)

    assert set(statuses) <= {201, 304, 400, 405, 413, 415, 429, 503}
    assert process.memory_info().rss - before < 16 * 2**20


def test_sql_in_every_field(collector: Collector) -> None:
    """SQL in the place of any value, and of any name, is refused like anything else that is not listed."""
    for sql in _SQL:
        for number in range(len(list(_spots(a_session())))):
            session = a_session()
            part, key = list(_spots(session))[number]
            part[key] = sql
            assert collector.put(session).status == 400
    assert collector.put(a_session()).status == 201
