"""Limits of rate: by address and by user id, behind proxies, in memory alone."""

import uuid
from pathlib import Path

import pytest

from telemetry.collector.errors import CollectorError
from telemetry.collector.ingest.rate import Addresses, Limit
from tests.support.collector import a_session, collecting


def _forwarded(text: str) -> list[tuple[bytes, bytes]]:
    return [(b"x-forwarded-for", text.encode())]


def test_tokens() -> None:
    """A key may ask a minute's worth at once, then as often as the limit says; others are not concerned."""
    limit = Limit(60)

    assert [limit.wait(b"a", 100.0) for _ in range(61)] == [0] * 60 + [1]
    assert limit.wait(b"b", 100.0) == 0
    assert limit.wait(b"a", 101.0) == 0
    assert limit.wait(b"a", 101.0) == 1
    assert limit.refused == 2


def test_wait_is_enough() -> None:
    """After the seconds that `Retry-After` names, the next request passes."""
    limit = Limit(7)
    while not (wait := limit.wait(b"a", 0.0)):
        pass

    assert limit.wait(b"a", float(wait)) == 0


def test_memory_is_bounded() -> None:
    """However many addresses ask, a fixed number is remembered; the quiet ones are forgotten first."""
    limit = Limit(1)
    for number in range(60_000):
        limit.wait(number.to_bytes(4), 0.0)

    assert len(limit) == 50_000
    assert limit.wait((59_999).to_bytes(4), 0.0) > 0


@pytest.mark.parametrize(
    ("trusted", "peer", "forwarded", "same_as"),
    [
        ([], "10.0.0.1", "203.0.113.9", "10.0.0.1"),
        (["10.0.0.0/8"], "192.0.2.1", "203.0.113.9", "192.0.2.1"),
        (["10.0.0.0/8"], "10.0.0.1", "203.0.113.9", "203.0.113.9"),
        (["10.0.0.0/8"], "10.0.0.1", "1.1.1.1, 203.0.113.9", "203.0.113.9"),
        (["10.0.0.0/8"], "10.0.0.1", "203.0.113.9, 10.0.0.2", "203.0.113.9"),
        (["10.0.0.0/8"], "10.0.0.1", "nonsense", "10.0.0.1"),
        (["10.0.0.0/8"], "10.0.0.1", "", "10.0.0.1"),
        (["10.0.0.0/8"], "::ffff:10.0.0.1", "203.0.113.9", "203.0.113.9"),
        ([], "2001:db8::1", "", "2001:db8::ffff"),
    ],
)
def test_whose_word_counts(trusted: list[str], peer: str, forwarded: str, same_as: str) -> None:
    """X-Forwarded-For counts from the right, as far as proxies are trusted, and not at all from others."""
    addresses = Addresses(trusted)

    assert addresses.key(peer, _forwarded(forwarded)) == Addresses([]).key(same_as, [])


def test_bad_network() -> None:
    """A setting that names no network is a mistake that is told at once."""
    with pytest.raises(CollectorError):
        Addresses(["example"])


def test_limited_by_address_and_user(tmp_path: Path) -> None:
    """Too many requests get 429 and `Retry-After`, and the numbers are in /metrics, without a name."""
    user = str(uuid.uuid4())
    with collecting(
        tmp_path, "--rate-address", "8", "--rate-user", "2", "--trusted-proxy", "127.0.0.1"
    ) as collector:
        of_user = [
            collector.put(a_session(userId=user), X_Forwarded_For=f"203.0.113.{number}")
            for number in range(3)
        ]
        assert [each.status for each in of_user] == [201, 201, 429]
        assert int(of_user[-1].headers["retry-after"]) >= 1

        of_address = [collector.put(a_session(), X_Forwarded_For="198.51.100.7") for _ in range(9)]
        assert [each.status for each in of_address] == [201] * 8 + [429]

        metrics = collector.get("/metrics").body.decode()
        assert 'collector_sessions_total{answer="limited"} 2' in metrics
        assert "203.0.113" not in metrics
        assert user not in metrics
