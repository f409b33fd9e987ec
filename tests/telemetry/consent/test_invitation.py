"""What follows from an answer, with somebody who answers as the test says."""

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from telemetry.clock import rfc3339
from telemetry.consent import Decision, decide_for
from telemetry.gate import Application
from telemetry.invitation import Invitation, invite
from telemetry.prompt import Terminal, confirm
from telemetry.state import StoredAnswer, denial, load
from tests.telemetry.consent.asker import POLICY, catalog
from tests.telemetry.consent.given import NOW, allowed, application, stored

if TYPE_CHECKING:
    from collections.abc import Iterator


class _Person:
    """Answers with prepared lines, then with the end of input; remembers what it was shown."""

    def __init__(self, *lines: str) -> None:
        self.shown = ""
        self._lines: Iterator[str] = iter(lines)

    def terminal(self) -> Terminal:
        return Terminal(lambda: next(self._lines, ""), self._show)

    def _show(self, text: str) -> None:
        self.shown += text


def _invite(demo: Application, person: _Person, *, can_ask: bool = True) -> Decision:
    invitation = Invitation(
        demo, POLICY, lambda: catalog(demo.catalog_version), person.terminal(), can_ask=can_ask
    )
    return invite(invitation, {}, decide_for(demo, {}))


def _answer(demo: Application) -> StoredAnswer:
    found = load(demo.folder)
    assert isinstance(found, StoredAnswer)
    return found


def test_a_grown_catalogue_lists_what_is_new_with_its_reasons(tmp_path: Path) -> None:
    """A yes widens the consent and keeps the id, the level and the end that it had."""
    before = allowed("basic", 1)._replace(until=rfc3339(NOW * 2))
    demo = application(tmp_path, version=3)
    stored(demo, before)
    person = _Person("y\n")

    decision = _invite(demo, person)

    assert (True, "basic", 3, "") == (*decision[:3], decision.question)
    assert before._replace(catalog_version=3, asked_version=3) == _answer(demo)
    assert "pears (level basic): How many pears?" in person.shown
    assert "A number of pears identifies nobody." in person.shown
    assert "apples" not in person.shown, "it was agreed to before"
    assert "plums" not in person.shown, "it is beyond the level that was agreed to"


def test_a_no_to_more_keeps_the_older_set_and_is_not_asked_again(tmp_path: Path) -> None:
    """Until the catalogue grows once more, the person is left in peace."""
    demo = application(tmp_path, version=2)
    stored(demo, allowed("full", 1))

    decision = _invite(demo, _Person("n\n"))
    again = _Person("y\n")
    _invite(demo, again)

    assert (True, "full", 1, "") == (*decision[:3], decision.question)
    assert "" == again.shown


@pytest.mark.parametrize("can_ask", [True, False])
def test_no_answer_to_more_keeps_the_older_set_and_stays_open(tmp_path: Path, can_ask: bool) -> None:
    """The end of input, or nobody to ask, changes nothing on the disk; what was agreed to goes on."""
    demo = application(tmp_path, version=2)
    path = Path(stored(demo, allowed("full", 1)))
    before = path.read_bytes()

    decision = _invite(demo, _Person(), can_ask=can_ask)

    assert (True, "full", 1, "grown") == (*decision[:3], decision.question)
    assert before == path.read_bytes()


def test_growth_beyond_the_level_is_not_asked_about(tmp_path: Path) -> None:
    """Who allows `basic` need not hear of what only `full` would record."""
    demo = application(tmp_path, version=3)
    stored(demo, allowed("basic", 2))
    person = _Person("y\n")

    decision = _invite(demo, person)

    assert (2, "") == (decision.catalog_version, person.shown)


def test_a_yes_that_ended_is_asked_for_again_at_its_level(tmp_path: Path) -> None:
    """`basic` for 30 days does not turn into `full` by an Enter a month later; the id stays."""
    demo = application(tmp_path)
    ended = allowed("basic")._replace(until="2020-01-01T00:00:00.000Z")
    stored(demo, ended)
    person = _Person("\n")

    decision = _invite(demo, person)

    assert (True, "basic") == decision[:2]
    assert "The time is over for which you allowed telemetry, at level basic." in person.shown
    assert (ended.secret, None) == (_answer(demo).secret, _answer(demo).until)


def test_a_stored_no_is_never_asked_about(tmp_path: Path) -> None:
    """Not even when the catalogue has grown."""
    demo = application(tmp_path, version=3)
    stored(demo, denial(version=1, now=NOW, how="question"))
    person = _Person("y\n")

    assert not _invite(demo, person).allowed
    assert "" == person.shown


def test_an_answer_that_cannot_be_stored_is_a_no(tmp_path: Path) -> None:
    """A yes that could not be taken back later does not count, and the person hears of it."""
    demo = application(tmp_path)
    decision = decide_for(demo, {})
    Path(demo.folder).write_text("in the way")
    person = _Person("y\n")
    invitation = Invitation(demo, POLICY, lambda: catalog(1), person.terminal(), can_ask=True)

    after = invite(invitation, {}, decision)

    assert (False, "none", "") == (after.allowed, after.level, after.question)
    assert "Your answer could not be stored, so nothing is collected" in person.shown


@pytest.mark.parametrize(("line", "said"), [("y\n", True), ("\n", False), ("", False), ("sure\n", False)])
def test_only_a_clear_yes_confirms(line: str, said: bool) -> None:
    """Where something is deleted for good, Enter and the end of input are a no."""
    person = _Person(line)

    assert said == confirm(person.terminal(), "Delete it?")
    assert person.shown.startswith("Delete it? (y/N) ")
