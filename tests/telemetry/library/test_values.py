"""The grammar of values: what each kind takes, and what becomes of everything else."""

import string
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telemetry.entries import KINDS
from telemetry.values import accepts, clean, is_time
from tests.support.catalogs import EXAMPLES, a_field

FOREIGN = [
    "xterm-alice",
    "/home/alice/acme",
    "alice@acme.example",
    "",
    " ",
    "1.2.3-acme",
    "1.2.3\n",
    "6F0A1B2C-3D4E-4F50-8A6B-7C8D9E0F1A2B",
    "6f0a1b2c-3d4e-1f50-8a6b-7c8d9e0f1a2b",
    "2026-02-30T00:00:00Z",
    "2026-02-03T04:05:06+01:00",
    "2026-02-03 04:05:06Z",
    "ValueError: secret",
    "app.secret",
    "٣.٤",
    -1,
    1.5,
    2**40,
    float("nan"),
    b"red",
    ["red"],
    {"red": 1},
]


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_takes_its_example(kind: str) -> None:
    """A field takes a value of its kind as it is, and a null for what is not known."""
    field = a_field(kind=kind)

    assert accepts(field, EXAMPLES[kind])
    assert accepts(field, None)
    assert EXAMPLES[kind] == clean(field, EXAMPLES[kind])


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("value", FOREIGN)
def test_no_kind_takes_foreign_values(kind: str, value: object) -> None:
    """Paths, names, sentences, near misses and other types are refused by every kind."""
    assert not accepts(a_field(kind=kind), value)


def test_flags_are_no_counts() -> None:
    """True is no number here, although Python says so, and 1 is no flag."""
    assert not accepts(a_field(kind="count"), True)
    assert not accepts(a_field(kind="duration"), True)
    assert not accepts(a_field(kind="flag"), 1)


@pytest.mark.parametrize(
    ("kind", "value", "expected"),
    [
        ("enum", "blue", "other"),
        ("enum", "red", "red"),
        ("enum", 5, None),
        ("version", "20.10.24+dfsg1", "20.10.24"),
        ("version", "v5.2.21(1)-release", "5.2.21"),
        ("version", "3.14.0rc1", "3.14.0rc1"),
        ("version", "27.3.1-acme-internal", "27.3.1"),
        ("version", "git version 2.39", None),
        ("version", "7", "7"),
        ("version", "123456.1", None),
        ("bucket", 0, "0"),
        ("bucket", 9.99, "1-9"),
        ("bucket", 10**15, "10+"),
        ("bucket", -1, None),
        ("bucket", float("inf"), None),
        ("duration", 12.6, 13),
        ("duration", float("nan"), None),
        ("duration", 10**12, None),
        ("count", 2.0, None),
        ("symbol", "KeyError: 'alice'", None),
    ],
)
def test_values_are_cleaned(kind: str, value: Any, expected: object) -> None:
    """Cleaning keeps what is in the set and turns everything else into a constant or nothing."""
    assert expected == clean(a_field(kind=kind), value)


class Hostile(str):
    """A text that does harm when it is compared or hashed."""

    __slots__ = ()

    def __eq__(self, other: object) -> bool:
        raise AssertionError

    def __hash__(self) -> int:
        raise AssertionError


@pytest.mark.parametrize("kind", KINDS)
def test_no_code_of_a_value_runs(kind: str) -> None:
    """A value of a class of the user's own is refused without asking it anything."""
    assert clean(a_field(kind=kind), Hostile("red")) is None


@given(st.sampled_from(KINDS), st.one_of(st.text(), st.integers(), st.floats(), st.booleans(), st.none()))
def test_what_is_cleaned_is_accepted(kind: str, value: Any) -> None:
    """Whatever comes in, what comes out is accepted, and cleaning it again changes nothing."""
    field = a_field(kind=kind)

    cleaned = clean(field, value)

    assert accepts(field, cleaned)
    assert cleaned == clean(field, cleaned)


@given(st.datetimes())
def test_times_are_those_of_the_calendar(moment: Any) -> None:
    """Each instant from 1970 on is a time, and none before."""
    assert (moment.year >= 1970) == is_time(moment.isoformat(timespec="milliseconds") + "Z")


@given(st.text(alphabet=string.ascii_letters + "/.@ -_:", min_size=13))
def test_long_words_never_pass(text: str) -> None:
    """No kind but the trace takes a text of letters that is longer than a version can be."""
    for kind in KINDS:
        if kind != "symbol":
            assert not accepts(a_field(kind=kind), text)
