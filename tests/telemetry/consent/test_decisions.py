"""Decisions: each forbid beats every allow, and the decision says who it was."""

from itertools import product
from pathlib import Path
from typing import Any

import pytest

from telemetry.clock import rfc3339
from telemetry.consent import Circumstances, Decision, decide, forbids
from telemetry.settings import AdminPolicy, UserSettings
from telemetry.state import StoredAnswer, Unusable, denial
from tests.telemetry.consent.given import NOW, allowed, application

_DENIED = denial(version=1, now=NOW, how="command")
_QUIET = Circumstances(None, None, AdminPolicy(), UserSettings(), (), gone=False, now=NOW)

_ALLOWS: list[tuple[dict[str, str], dict[str, Any]]] = [
    ({}, {"flag": True}),
    ({"DEMO_ENABLE_TELEMETRY": "true"}, {}),
    ({"DEMO_ENABLE_TELEMETRY": "1"}, {}),
    ({}, {"stored": allowed()}),
    ({"DEMO_ENABLE_TELEMETRY": "1"}, {"flag": True, "stored": allowed()}),
]
_FORBIDS: list[tuple[str, dict[str, str], dict[str, Any]]] = [
    ("administrator's policy", {}, {"administrator": AdminPolicy(forbids=True, level="none")}),
    ("project", {}, {"forbidden_by": ("project",)}),
    ("DO_NOT_TRACK", {"DO_NOT_TRACK": "1"}, {}),
    ("DO_NOT_TRACK", {"DO_NOT_TRACK": "true"}, {}),
    ("DEMO_DISABLE_TELEMETRY", {"DEMO_DISABLE_TELEMETRY": "1"}, {}),
    ("DEMO_DISABLE_TELEMETRY", {"DEMO_DISABLE_TELEMETRY": "true"}, {}),
    ("DEMO_DISABLE_TELEMETRY", {"DEMO_DISABLE_TELEMETRY": ""}, {}),
    ("DEMO_ENABLE_TELEMETRY", {"DEMO_ENABLE_TELEMETRY": "false"}, {}),
    ("DEMO_ENABLE_TELEMETRY", {"DEMO_ENABLE_TELEMETRY": "TRUE"}, {}),
    ("DEMO_ENABLE_TELEMETRY", {"DEMO_ENABLE_TELEMETRY": ""}, {}),
    ("command line", {}, {"flag": False}),
    ("collector, which has closed down", {}, {"gone": True}),
    ("settings file, which is damaged", {}, {"user": UserSettings(problem="It is broken.")}),
    ("stored answer, which is damaged", {}, {"stored": Unusable("is damaged")}),
]


def _decide(environment: dict[str, str], *, version: int = 1, **changed: Any) -> Decision:
    return decide(application(Path("/nowhere"), version), environment, _QUIET._replace(**changed))


@pytest.mark.parametrize(("environment", "changed"), _ALLOWS)
def test_each_allow_is_enough(environment: dict[str, str], changed: dict[str, Any]) -> None:
    """Without a forbid, one of flag, variable and stored answer decides."""
    assert _decide(environment, **changed).allowed


@pytest.mark.parametrize(("allow", "forbid"), list(product(_ALLOWS, _FORBIDS)))
def test_each_forbid_beats_every_allow(
    allow: tuple[dict[str, str], dict[str, Any]], forbid: tuple[str, dict[str, str], dict[str, Any]]
) -> None:
    """Whatever allows, one forbid is enough, and it is named."""
    who, forbidding, forbidding_case = forbid
    decision = _decide({**allow[0], **forbidding}, **{**allow[1], **forbidding_case})

    assert (False, "none", who) == (decision.allowed, decision.level, decision.decided_by)
    assert ("", "") == (decision.question, decision.secret)


def test_everybody_who_forbids_is_known() -> None:
    """Whoever lifts one forbid learns from `status` which are left."""
    demo = application(Path("/nowhere"))
    case = _QUIET._replace(flag=False, forbidden_by=("project", "batect"))

    found = list(forbids(demo, {"DO_NOT_TRACK": "1", "DEMO_ENABLE_TELEMETRY": "0"}, case))

    assert ["project", "batect", "DO_NOT_TRACK", "DEMO_ENABLE_TELEMETRY", "command line"] == found


def test_nobody_said_anything() -> None:
    """Unset means off, with the first question open."""
    decision = _decide({})

    assert Decision(False, "none", 0, "nobody yet", question="first") == decision


@pytest.mark.parametrize("value", ["", "0", "false"])
def test_a_do_not_track_that_is_none_forbids_nothing(value: str) -> None:
    """Programs agree that these values mean that nobody asked for it."""
    stored = allowed()

    assert _decide({}, stored=stored) == _decide({"DO_NOT_TRACK": value}, stored=stored)


@pytest.mark.parametrize("value", ["0", "false"])
def test_a_disable_variable_that_says_false_allows_nothing(value: str) -> None:
    """Not forbidding is no yes."""
    assert not _decide({"DEMO_DISABLE_TELEMETRY": value}).allowed
    assert _decide({"DEMO_DISABLE_TELEMETRY": value}, stored=allowed()).allowed


def test_an_explicit_allow_beats_a_stored_no_without_an_id_that_lasts() -> None:
    """One run is allowed in full; the no stays, so there is no secret to tie runs together."""
    decision = _decide({}, flag=True, stored=_DENIED)

    assert (True, "full", 1, "command line", "") == (*decision[:4], decision.secret)
    without = _decide({}, stored=_DENIED)
    assert (False, "stored answer", "") == (without.allowed, without.decided_by, without.question)


def test_an_explicit_allow_widens_no_stored_yes() -> None:
    """Who agreed to `basic` of version 1 gets no more of version 3 because CI sets a variable."""
    stored = allowed("basic", 1)
    decision = _decide({"DEMO_ENABLE_TELEMETRY": "true"}, version=3, flag=True, stored=stored)

    assert ("basic", 1, stored.secret) == (decision.level, decision.catalog_version, decision.secret)


def test_an_older_release_records_no_more_than_it_has() -> None:
    """After a downgrade the agreed version is the release's own, and nothing is asked."""
    decision = _decide({}, version=2, stored=allowed(version=5))

    assert (2, "") == (decision.catalog_version, decision.question)


@pytest.mark.parametrize(("seconds", "allows"), [(1, True), (0, False), (-1, False)])
def test_a_yes_ends_by_itself(seconds: int, allows: bool) -> None:
    """From the instant that was named on, telemetry is off and the question is open again."""
    stored = allowed()._replace(until=rfc3339(NOW + seconds))
    decision = _decide({}, stored=stored)

    assert allows == decision.allowed
    if not allows:
        assert ("stored answer, which has ended", "first") == (decision.decided_by, decision.question)


def _asked(agreed: int, asked: int) -> StoredAnswer:
    return allowed(version=agreed)._replace(asked_version=asked)


@pytest.mark.parametrize(
    ("stored", "version", "question"),
    [(_asked(1, 1), 1, ""), (_asked(1, 1), 2, "grown"), (_asked(1, 2), 2, ""), (_asked(1, 2), 3, "grown")],
)
def test_a_grown_catalogue_is_asked_about_once_a_version(
    stored: StoredAnswer, version: int, question: str
) -> None:
    """Until there is a yes to more, what was agreed to is all that is recorded."""
    decision = _decide({}, version=version, stored=stored)

    assert (True, 1, question) == (decision.allowed, decision.catalog_version, decision.question)


@pytest.mark.parametrize(
    ("cap", "given", "level"),
    [("basic", "full", "basic"), ("full", "basic", "basic"), ("middle", "full", "middle")],
)
def test_the_administrator_caps_the_level(cap: str, given: str, level: str) -> None:
    """The lower of the two holds."""
    assert level == _decide({}, stored=allowed(given), administrator=AdminPolicy(level=cap)).level


def test_collectors_are_off_that_either_side_switched_off() -> None:
    """The person's list and the administrator's are added up."""
    decision = _decide(
        {},
        stored=allowed(),
        administrator=AdminPolicy(collectors_off=frozenset({"git"})),
        user=UserSettings(collectors_off=frozenset({"shell"})),
    )

    assert {"git", "shell"} == decision.collectors_off


@pytest.mark.parametrize(
    ("policy", "variable", "endpoint"),
    [
        (None, {}, None),
        (None, {"DEMO_TELEMETRY_URL": ""}, None),
        (None, {"DEMO_TELEMETRY_URL": "https://mine.example"}, "https://mine.example"),
        ("https://ours.example", {}, "https://ours.example"),
        ("https://ours.example", {"DEMO_TELEMETRY_URL": "https://mine.example"}, "https://ours.example"),
    ],
)
def test_the_administrator_names_the_collector_before_the_person(
    policy: str | None, variable: dict[str, str], endpoint: str | None
) -> None:
    """A company that keeps sessions inside cannot be bypassed by a variable."""
    decision = _decide(variable, stored=allowed(), administrator=AdminPolicy(endpoint=policy))

    assert endpoint == decision.endpoint


def test_asking_for_telemetry_that_cannot_be_had_says_why() -> None:
    """A person who says `--enable-telemetry` hears that the stored answer is damaged, and where it lies."""
    warnings = _decide({}, flag=True, stored=Unusable("is damaged")).warnings

    assert () == _decide({}, stored=Unusable("is damaged")).warnings
    assert 1 == len(warnings)
    assert "/nowhere/state/consent.json" in warnings[0]
