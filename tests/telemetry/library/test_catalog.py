"""The catalogue: what it refuses, what a consent covers, and its form as JSON."""

from typing import Any

import pytest

from telemetry.catalog import SUMMARY_NAMES, Catalog, CatalogError, Field
from tests.support.catalogs import a_catalog, a_field, a_span, an_event


@pytest.mark.parametrize("question", [name for name in Field._fields if name not in ("until", "members")])
def test_each_question_needs_an_answer(question: str) -> None:
    """A field with one empty answer cannot be declared, whichever answer it is."""
    answers: dict[str, Any] = {question: " "}
    field = a_field()._replace(**answers)

    with pytest.raises(CatalogError):
        Catalog("test-app", 1, [field])


@pytest.mark.parametrize("name", ["2nd", "a-b", "a b", "größe", "a.b", "/home"])
def test_names_are_plain(name: str) -> None:
    """A name that the wire format does not allow is refused."""
    with pytest.raises(CatalogError):
        Catalog("test-app", 1, [a_field(name)])


@pytest.mark.parametrize(
    "entries",
    [
        {"attributes": [a_field(), a_field()]},
        {"attributes": [], "events": [an_event(), an_event()]},
        {"attributes": [], "spans": [a_span(), a_span()]},
        {"attributes": [], "spans": [a_span(attributes=(a_field(level="full"), a_field(level="full")))]},
    ],
)
def test_a_name_is_declared_once(entries: dict[str, Any]) -> None:
    """Two fields, events, spans or attributes of the same name are refused."""
    with pytest.raises(CatalogError, match="declared twice"):
        Catalog("test-app", 1, **entries)


@pytest.mark.parametrize(
    ("field", "reason"),
    [
        (a_field(kind="text"), "kind"),
        (a_field(level="none"), "level"),
        (a_field(since=2), "version"),
        (a_field(since=0), "version"),
        (a_field(until="soon"), "end date"),
        (a_field(proposal="my idea"), "proposal"),
        (a_field(members=("red", "green")), "'other' is missing"),
        (a_field(members=("red", "red", "other")), "twice"),
        (a_field(members=("red", "/home/alice", "other")), "more than a word"),
        (a_field(members=()), "members"),
        (a_field(kind="flag", members=("yes", "other")), "members"),
        (a_field(example="blue"), "example"),
        (a_field(kind="count", example=-1), "example"),
        (a_field(kind="bucket", members=("few", "many"), example="few"), "no bucket"),
        (a_field(kind="bucket", members=("0-9", "9-20"), example="0-9"), "overlaps"),
    ],
)
def test_contradictions_are_refused(field: Field, reason: str) -> None:
    """A field that contradicts itself is refused, and the reason is told with its name."""
    with pytest.raises(CatalogError, match=f"colour: .*{reason}"):
        Catalog("test-app", 1, [field])


@pytest.mark.parametrize("application", ["", "My App", "../x", "a" * 64])
def test_application_ids_are_plain(application: str) -> None:
    """An application's id is lower-case letters, digits and hyphens."""
    with pytest.raises(CatalogError):
        Catalog(application, 1, [])


def test_attributes_are_not_promised_before_their_span() -> None:
    """A span's attribute cannot be recorded at a lower level than the span itself."""
    with pytest.raises(CatalogError, match="before Work is"):
        Catalog("test-app", 1, [], spans=[a_span(attributes=(a_field(level="basic"),))])


def levelled() -> Catalog:
    """Return a catalogue of version 3 with fields of every level and of several versions."""
    fields = [
        a_field("old"),
        a_field("newer", since=2),
        a_field("newest", since=3),
        a_field("place", level="middle"),
        a_field("detail", level="full"),
        a_field("ending", until="2026-06-01"),
    ]
    work = a_span(attributes=(a_field("late", level="full", since=3),))
    return Catalog("test-app", 3, fields, [an_event()], [work])


@pytest.mark.parametrize(
    ("level", "version", "expected"),
    [
        ("none", 3, []),
        ("unheard-of", 3, []),
        ("basic", 1, ["old", "ending"]),
        ("basic", 3, ["old", "newer", "newest", "ending"]),
        ("middle", 1, ["old", "place", "ending"]),
        ("full", 2, ["old", "newer", "place", "detail", "ending"]),
    ],
)
def test_a_consent_covers_its_level_and_version(level: str, version: int, expected: list[str]) -> None:
    """Nothing that came after a consent, or lies above its level, is covered by it."""
    covered = levelled().at(level, version)

    assert expected == [field.name for field in covered.attributes]


def test_spans_and_events_belong_to_a_level_too() -> None:
    """Below their level there are no spans or events, and newer attributes of a span wait for a yes."""
    assert () == levelled().at("middle", 3).spans
    assert () == levelled().at("middle", 3).events
    assert list(SUMMARY_NAMES) == [field.name for field in levelled().at("full", 2).spans[0].attributes]
    assert ["late", *SUMMARY_NAMES] == [f.name for f in levelled().at("full", 3).spans[0].attributes]


def test_fields_end_at_their_date() -> None:
    """From its end date on a field is recorded no more."""
    assert levelled().at("full", 3, "2026-05-31").field("ending") is not None
    assert levelled().at("full", 3, "2026-06-01").field("ending") is None


def test_a_narrowed_catalogue_keeps_its_own_version() -> None:
    """A collector reads a record by the release's catalogue, however old the consent is."""
    covered = levelled().at("basic", 2)

    assert (3, 2, "basic") == (covered.version, covered.consented, covered.level)
    assert 3 == levelled().at("basic", 9).consented


def test_json_holds_everything() -> None:
    """What is written as JSON and read again is the same catalogue."""
    catalog = a_catalog()

    again = Catalog.from_json(catalog.to_json())

    assert catalog.attributes == again.attributes
    assert catalog.events == again.events
    assert catalog.spans == again.spans
    assert (catalog.application_id, catalog.version) == (again.application_id, again.version)
    assert catalog.to_json() == again.to_json()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        '{"applicationId": "x", "version": 1, "attributes": [{}], "events": [], "spans": []}',
        '{"applicationId": "x", "version": 1, "attributes": 5, "events": [], "spans": []}',
        a_catalog().to_json().replace('"What does it answer?"', '""', 1),
        a_catalog().to_json().replace('"version": 1', '"version": true', 1),
    ],
)
def test_json_is_checked_like_a_declaration(text: str) -> None:
    """A file that is no catalogue, or leaves an answer out, is refused with CatalogError."""
    with pytest.raises(CatalogError):
        Catalog.from_json(text)
