"""What a person told batect: a no counts, a yes does not."""

from pathlib import Path

import pytest

from taskrunner.usage_consent import forbidden_by_batect


@pytest.fixture
def answer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give the path of batect's answer, in a home without one."""
    monkeypatch.setenv("HOME", str(tmp_path))
    path = tmp_path / ".batect" / "telemetry" / "config.json"
    path.parent.mkdir(parents=True)
    return path


@pytest.mark.usefixtures("answer")
@pytest.mark.parametrize("value", ["true", "1", "True", ""])
def test_a_yes_to_batect_forbids_nothing(value: str) -> None:
    """Nor does a variable that is set to nothing."""
    assert () == forbidden_by_batect({"BATECT_ENABLE_TELEMETRY": value})


@pytest.mark.usefixtures("answer")
@pytest.mark.parametrize("value", ["false", "0", "FALSE", "no", "off"])
def test_anything_but_a_yes_in_its_variable_is_a_no(value: str) -> None:
    """Whatever a person meant there, it was not to allow it."""
    assert ("BATECT_ENABLE_TELEMETRY",) == forbidden_by_batect({"BATECT_ENABLE_TELEMETRY": value})


@pytest.mark.usefixtures("answer")
@pytest.mark.parametrize(("value", "forbids"), [("1", True), ("true", True), ("yes", True), ("0", False)])
def test_its_variable_that_disables_counts(value: str, forbids: bool) -> None:
    """Anything but a clear `false` disables."""
    expected = ("BATECT_DISABLE_TELEMETRY",) if forbids else ()

    assert expected == forbidden_by_batect({"BATECT_DISABLE_TELEMETRY": value})


@pytest.mark.parametrize(
    ("text", "forbids"),
    [
        ('{"userId": "x", "state": "disabled"}', True),
        ('{"userId": "x", "state": "allowed"}', False),
        ('{"userId": "x", "state": "none"}', False),
        ("", False),
    ],
)
def test_its_stored_answer_counts(answer: Path, text: str, forbids: bool) -> None:
    """Of its three states, `disabled` alone says no."""
    answer.write_text(text)

    assert forbids == bool(forbidden_by_batect({}))


def test_an_answer_that_cannot_be_read_may_be_a_no(answer: Path) -> None:
    """What it says cannot be told, so it is treated as the more careful of the two."""
    answer.mkdir()

    assert ("answer that batect stored",) == forbidden_by_batect({})


def test_without_batect_there_is_no_answer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither a home without its folder nor one in which a file has its name says anything."""
    monkeypatch.setenv("HOME", str(tmp_path))
    nothing = forbidden_by_batect({})
    (tmp_path / ".batect").write_text("")

    assert ((), ()) == (nothing, forbidden_by_batect({}))
