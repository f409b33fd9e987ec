"""Cells that are taken out again are not the difference of what stays."""

import asyncio
from pathlib import Path

import pytest

from telemetry.collector.aggregates import open_aggregates
from telemetry.collector.aggregates.model import Publication, Row
from telemetry.collector.settings import Settings
from telemetry.collector.summary.redaction import without
from tests.support.collector import collecting
from tests.support.verbs import collector_verb

WEEK = Publication("app", "production", "week", "2026-W21", 20591, 1_780_000_000_000, 10, 0.0, 0)


def _people(version: str, **values: int) -> list[Row]:
    return [
        Row("people", "osName", "people", version, {"pooled": "~"}.get(name, name), people)
        for name, people in values.items()
    ]


ROWS = [
    *_people("", linux=80, macos=40, other=20, pooled=10),
    *_people("1.0", linux=50, macos=20, other=10),
    *_people("1.1", linux=30, macos=20),
    Row("people", "active", "people", "", "active", 150),
    Row("duration", "RunTask", "people", "", "", 140, None, 900, 4000),
]


def test_neighbours_go_too() -> None:
    """The pool and the smallest neighbour go with a cell, and so does its value in each version."""
    kept = without(ROWS, ROWS[0])
    left = [(row.version, row.value) for row in kept if row.name == "osName"]

    assert left == [("", "macos"), ("1.0", "macos")]


def test_no_difference() -> None:
    """In each division at least two cells are gone, so that no subtraction tells one of them."""
    for cell in ROWS[:9]:
        kept = without(ROWS, cell)
        for version in {row.version for row in ROWS if row.name == "osName"}:
            before = [row for row in ROWS if (row.name, row.version) == ("osName", version)]
            gone = [row for row in before if row not in kept]
            assert len(gone) != 1, (cell, version)


def test_what_stands_alone() -> None:
    """A percentile goes alone: nothing is added up to it."""
    assert len(without(ROWS, ROWS[-1])) == len(ROWS) - 1


def test_as_an_operator(tmp_path: Path) -> None:
    """The verb takes a cell out of pages and data at once, and leaves a note that everybody can read."""
    place = str(tmp_path / "sums")
    asyncio.run(_publish(place))
    cell = "app/2026-W21/people/people/osName@1.1/linux"
    with collecting(tmp_path / "dashboard", "--role", "dashboard", "--aggregates", place) as dashboard:
        before = dashboard.get("/data/fields.csv?app=app")
        done = collector_verb("redact", cell, "--aggregates", place, "--reason", "It was counted wrongly.")
        after = dashboard.get("/data/fields.csv?app=app")
        privacy = dashboard.get("/privacy?app=app").body.decode()
        notes = dashboard.get("/data/notes.csv?app=app").body.decode()

    assert done.exit_code == 0, done.stderr
    assert b",1.1,linux," in before.body
    assert b",1.1,linux," not in after.body
    assert before.headers["etag"] != after.headers["etag"]
    assert cell in privacy
    assert "It was counted wrongly." in notes


@pytest.mark.parametrize(
    ("arguments", "reference"),
    [
        (
            ("app/2026-W21/people/people/osName/amiga", "--reason", "It was counted wrongly."),
            "redact.unknown-cell",
        ),
        (("app/2026-W21/people/people/osName/linux", "--reason", "x"), "redact.no-reason"),
    ],
)
def test_mistakes(arguments: tuple[str, ...], reference: str, tmp_path: Path) -> None:
    """A cell that is not there, and a reason that says nothing, are mistakes with names."""
    asyncio.run(_publish(str(tmp_path)))

    done = collector_verb("redact", *arguments, "--aggregates", str(tmp_path))

    assert done.exit_code == 2
    assert reference in done.stderr


async def _publish(place: str) -> None:
    store = await open_aggregates(Settings(aggregates=place))
    try:
        await store.publish(WEEK, ROWS)
    finally:
        await store.close()
