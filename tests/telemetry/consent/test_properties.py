"""What holds of every decision and every file, whatever is in it."""

import json
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from telemetry.consent import Circumstances, decide, decide_for, forbids
from telemetry.entries import LEVELS
from telemetry.gate import may_record, plainly_on
from telemetry.settings import AdminPolicy, UserSettings, read_administrator
from telemetry.state import StoredAnswer, Unusable, denial, load
from tests.telemetry.consent.given import NOW, allowed, application, stored

_LEVEL = st.sampled_from(LEVELS[1:])
_VERSION = st.integers(1, 4)
_VALUES = st.sampled_from(["0", "1", "true", "false", "", "yes"]) | st.text(max_size=5)
_ENVIRONMENTS = st.dictionaries(
    st.sampled_from(["DEMO_ENABLE_TELEMETRY", "DEMO_DISABLE_TELEMETRY", "DO_NOT_TRACK"]), _VALUES
)
_NAMES = st.frozensets(st.sampled_from(["git", "ci", "host"]))


@st.composite
def _answers(draw: st.DrawFn) -> StoredAnswer:
    agreed = draw(_VERSION)
    return allowed(draw(_LEVEL), agreed)._replace(
        asked_version=draw(st.integers(agreed, 4)),
        until=draw(st.sampled_from([None, "2020-01-01T00:00:00.000Z", "2099-01-01T00:00:00.000Z"])),
    )


_STORED = (
    st.none()
    | st.just(Unusable("is damaged"))
    | _answers()
    | st.just(denial(version=1, now=NOW, how="question"))
)
_CASES = st.builds(
    Circumstances,
    flag=st.none() | st.booleans(),
    stored=_STORED,
    administrator=st.builds(AdminPolicy, forbids=st.booleans(), level=_LEVEL, collectors_off=_NAMES),
    user=st.builds(UserSettings, collectors_off=_NAMES),
    forbidden_by=st.sampled_from([(), (), ("project",)]),
    gone=st.booleans(),
    now=st.just(NOW),
)


@given(_ENVIRONMENTS, _CASES, _VERSION)
def test_no_decision_goes_beyond_what_was_allowed(
    environment: dict[str, str], case: Circumstances, version: int
) -> None:
    """Allowed means that nobody forbids, that somebody allows, and that no limit is passed."""
    demo = application(Path("/nowhere"), version)
    decision = decide(demo, environment, case)
    agreed = case.stored if isinstance(case.stored, StoredAnswer) and case.stored.secret else None
    explicit = case.flag or environment.get("DEMO_ENABLE_TELEMETRY") in ("1", "true")

    assert decision.allowed == (decision.level != "none")
    if not decision.allowed:
        assert (0, "") == (decision.catalog_version, decision.secret)
        return
    assert [] == list(forbids(demo, environment, case))
    assert explicit or agreed
    assert 1 <= decision.catalog_version <= version
    assert LEVELS.index(decision.level) <= LEVELS.index(case.administrator.level)
    assert case.administrator.collectors_off | case.user.collectors_off == decision.collectors_off
    if agreed:
        assert decision.catalog_version <= agreed.catalog_version
        assert LEVELS.index(decision.level) <= LEVELS.index(agreed.level)
        assert decision.secret == agreed.secret


@given(_ENVIRONMENTS, st.none() | st.booleans(), _answers() | st.none())
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60)
def test_the_gate_and_the_whole_decision_agree(
    tmp_path: Path, environment: dict[str, str], flag: bool | None, answer: StoredAnswer | None
) -> None:
    """The quick way out never differs from the long way round."""
    demo = application(tmp_path)
    (Path(demo.folder) / "consent.json").unlink(missing_ok=True)
    if answer is not None:
        stored(demo, answer)
    case = Circumstances(flag, answer, AdminPolicy(), UserSettings(), (), gone=False, now=NOW)

    quick = may_record(demo, environment, flag=flag)

    assert decide(demo, environment, case).allowed == (quick is not None and quick.allowed)


@given(
    _ENVIRONMENTS,
    st.none() | st.booleans(),
    _answers() | st.none() | st.just(denial(version=1, now=NOW, how="question")),
    st.sampled_from(["", "policy.toml", "state/settings.toml", "state/gone"]),
    st.sampled_from([(), ("project",)]),
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=200)
def test_what_is_plainly_on_is_allowed(  # noqa: PLR0917 - all that bears on a decision
    tmp_path: Path,
    environment: dict[str, str],
    flag: bool | None,
    answer: StoredAnswer | None,
    obstacle: str,
    forbidden_by: tuple[str, ...],
) -> None:
    """Where the gate leaves the decision to whoever records, it is a yes with nothing to ask or warn of."""
    demo = application(tmp_path, version=2)
    for name in ("state/consent.json", "policy.toml", "state/settings.toml", "state/gone"):
        (tmp_path / name).unlink(missing_ok=True)
    if answer is not None:
        stored(demo, answer)
    if obstacle:
        (tmp_path / "state").mkdir(exist_ok=True)
        (tmp_path / obstacle).write_text("broken")

    on = plainly_on(demo, environment, flag=flag, forbidden_by=forbidden_by, may_ask=True)
    perhaps = plainly_on(demo, environment, flag=flag, forbidden_by=forbidden_by)
    decision = decide_for(demo, environment, flag=flag, forbidden_by=forbidden_by, now=NOW)

    if on:
        assert (True, "", ()) == (decision.allowed, decision.question, decision.warnings)
    if decision.allowed and not decision.warnings:
        assert perhaps or (answer is not None and answer.state == "denied")
    if perhaps and not obstacle:
        assert () == decision.warnings


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
)


@given(st.dictionaries(st.sampled_from(StoredAnswer._fields), _JSON), st.sampled_from(StoredAnswer._fields))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_an_answer_is_believed_only_as_it_was_written(
    tmp_path: Path, changes: dict[str, Any], missing: str
) -> None:
    """Whatever a part is replaced by, the file is a whole answer or none, and reading never fails."""
    demo = application(tmp_path)
    path = Path(demo.folder, "consent.json")
    path.unlink(missing_ok=True)
    good = allowed()
    stored(demo, good)

    path.write_text(json.dumps({**good._asdict(), **changes}))
    changed = load(demo.folder)
    path.write_text(json.dumps({name: value for name, value in good._asdict().items() if name != missing}))

    assert Unusable("is damaged") == load(demo.folder)
    assert changed == Unusable("is damaged") or changed == good._replace(**changes)


@given(st.binary(max_size=200) | st.text(max_size=100).map(str.encode))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_any_bytes_make_a_policy_that_is_clear_or_forbids(tmp_path: Path, data: bytes) -> None:
    """Reading never fails, and a problem always means off."""
    path = tmp_path / "policy.toml"
    path.write_bytes(data)
    policy = read_administrator(str(path))

    assert policy.forbids or not policy.problem
