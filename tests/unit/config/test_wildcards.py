"""Wildcards in task names."""

import pytest

from taskrunner.config.wildcards import expand, is_wildcard, matches

NAMES = ["test:unit", "test", "test:e2e:slow", "build", "tests"]


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("test", ["test"]),
        ("test:*", ["test:e2e:slow", "test:unit"]),
        ("test*", ["test", "test:e2e:slow", "test:unit", "tests"]),
        ("*", sorted(NAMES)),
        ("*:*", ["test:e2e:slow", "test:unit"]),
        ("t*t:*", ["test:e2e:slow", "test:unit"]),
        ("*s", ["tests"]),
        ("te*st", ["test"]),
        ("tes*st", []),
        ("none*", []),
        ("none", []),
        ("**", sorted(NAMES)),
        ("t.st", []),
    ],
)
def test_expand(pattern: str, expected: list[str]) -> None:
    """A star stands for any characters, colons and none included; matches are sorted."""
    assert expand(pattern, NAMES) == expected


def test_only_a_star_makes_a_wildcard() -> None:
    """Other characters that shells know are text."""
    assert is_wildcard("a*")
    assert not is_wildcard("a?[b]")


def test_many_stars_take_no_time() -> None:
    """What makes regular expressions run for ages is refused at once."""
    assert not matches("*a" * 200 + "b", "a" * 5000)
