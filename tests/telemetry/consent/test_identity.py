"""Ids: stable as long as they may be, made of a secret, and of the form that collectors take."""

import hashlib
import uuid

from hypothesis import given
from hypothesis import strategies as st

from telemetry.identity import random_id, user_id
from tests.telemetry.consent.given import NOW

_SECRET = "0123456789abcdef" * 4
_DAY = 86_400.0


@given(st.text("0123456789abcdef", min_size=64, max_size=64), st.sampled_from(["basic", "middle", "full"]))
def test_every_id_has_the_form_of_a_version_4_uuid(secret: str, level: str) -> None:
    """A collector that checks version and variant takes it, and the canonical form is the only one."""
    made = user_id(secret, level, NOW)

    parsed = uuid.UUID(made)
    assert (4, uuid.RFC_4122, made) == (parsed.version, parsed.variant, str(parsed))


def test_the_id_is_the_documented_hash() -> None:
    """Who holds the secret can work out the id with nothing but SHA-256."""
    digest = hashlib.sha256(f"user {_SECRET}".encode()).digest()
    weekly = hashlib.sha256(f"user 2026-W47 {_SECRET}".encode()).digest()

    assert str(uuid.UUID(bytes=digest[:16], version=4)) == user_id(_SECRET, "full", NOW)
    assert str(uuid.UUID(bytes=weekly[:16], version=4)) == user_id(_SECRET, "basic", NOW)


def test_from_middle_up_the_id_stays() -> None:
    """Upgrades can be seen: a year and a change of level later it is the same."""
    assert user_id(_SECRET, "middle", NOW) == user_id(_SECRET, "full", NOW + 365 * _DAY)


def test_at_level_basic_the_id_changes_with_the_iso_week() -> None:
    """It is the same from Monday to Sunday and another on the next Monday, also across a new year."""
    monday = 1_798_416_000.0  # 2026-12-28T00:00:00Z, the first day of 2026-W53
    week = {user_id(_SECRET, "basic", monday + day * _DAY) for day in range(7)}
    sunday_before, monday_after = (user_id(_SECRET, "basic", monday + day * _DAY) for day in (-1, 7))

    assert 1 == len(week)
    assert 3 == len({*week, sunday_before, monday_after})


def test_weekly_ids_and_the_stable_one_have_nothing_in_common() -> None:
    """Going from `full` to `basic` breaks the thread."""
    assert user_id(_SECRET, "basic", NOW) != user_id(_SECRET, "full", NOW)


def test_without_a_secret_each_id_is_new() -> None:
    """A run that was allowed for itself alone, or on CI, cannot be tied to the next."""
    assert 3 == len({user_id("", "full", NOW), user_id("", "full", NOW), random_id()})
