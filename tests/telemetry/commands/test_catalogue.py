"""What may be recorded, as a person sees it: `list`, `schema`, `diff`, `example`, `preview`."""

import hashlib
import json
import os
import time
import uuid
from pathlib import Path

import pytest

from taskrunner.usage_catalog import CATALOG, symbols
from telemetry.catalog import Catalog
from telemetry.record import faults
from telemetry.spool import Spool
from telemetry.state import StoredAnswer, load, store
from tests.support.journey import Journey
from tests.support.running import Result


def _folder(journey: Journey) -> str:
    return str(journey.home / ".taskrunner" / "telemetry")


def _well(result: Result) -> Result:
    assert 0 == result.exit_code, result.stderr
    return result


def test_the_list_has_every_field_with_its_reason(journey: Journey) -> None:
    """Whatever the catalogue can hold is named with its level, its question and why it is harmless."""
    lines = _well(journey.run("telemetry", "list")).stdout.splitlines()

    for field in CATALOG.attributes:
        place = lines.index(f"{field.name} (level {field.level}): {field.question}")
        assert f"    {field.identifying}" == lines[place + 1]
    kinds = [*CATALOG.events, *CATALOG.spans]
    members = sum(1 + len(kind.attributes) for kind in kinds)
    assert 2 * (len(CATALOG.attributes) + members) == len(lines)


def test_the_schema_is_the_catalogue(journey: Journey) -> None:
    """A collector that reads it has exactly the rules that this release records by."""
    text = _well(journey.run("telemetry", "schema")).stdout

    assert CATALOG.to_json() == Catalog.from_json(text).to_json()


def test_the_symbols_are_those_of_this_release(journey: Journey) -> None:
    """A collector that reads them knows which names a trace of this release can hold."""
    text = _well(journey.run("telemetry", "schema", "--symbols")).stdout

    assert symbols().to_json() == text
    assert symbols().holds("taskrunner.cli.entry", "main", 20)


def test_the_difference_is_what_was_not_agreed_to(journey: Journey) -> None:
    """Nothing after a yes to this release; everything newer after a yes to an older one."""
    before = _well(journey.run("telemetry", "diff")).stdout
    journey.run("telemetry", "enable")
    agreed = _well(journey.run("telemetry", "diff")).stdout
    answer = load(_folder(journey))
    assert isinstance(answer, StoredAnswer)
    store(_folder(journey), answer._replace(level="basic"))

    assert before.startswith("Nothing is allowed, so everything would be new")
    assert "Nothing: at level full you agreed to all that this release has.\n" == agreed
    assert "at level basic" in _well(journey.run("telemetry", "diff")).stdout


def test_examples_are_valid_sessions_one_a_line(journey: Journey) -> None:
    """What the catalogue refuses is in none of them; the same seed gives the same ones."""
    words = ("telemetry", "example", "-n", "5", "--seed", "7")
    lines = _well(journey.run(*words)).stdout.splitlines()

    assert 5 == len(lines)
    assert [()] * 5 == [faults(CATALOG, json.loads(line)) for line in lines]
    assert [line.partition("T")[0] for line in lines] == [
        line.partition("T")[0] for line in _well(journey.run(*words)).stdout.splitlines()
    ]


def test_a_preview_works_while_off_and_leaves_nothing(journey: Journey) -> None:
    """It is a valid session of this machine, with every part explained, and no file appears."""
    result = _well(journey.run("telemetry", "preview"))
    session = json.loads(result.stdout)

    assert () == faults(CATALOG, session)
    assert result.stderr.startswith("Made for this preview; what it says:\n")
    for name, value in session["attributes"].items():
        field = CATALOG.field(name)
        assert field
        assert f"  {name} = {json.dumps(value)}: {field.question}\n" in result.stderr
    assert [] == os.listdir(journey.home)


def test_a_preview_shows_no_more_than_was_agreed_to(journey: Journey) -> None:
    """At level basic it holds what basic records, and the person's own id."""
    journey.run("telemetry", "enable", "--level", "basic")
    session = json.loads(_well(journey.run("telemetry", "preview")).stdout)

    basic = {field.name for field in CATALOG.at("basic", CATALOG.version).attributes}
    assert session["attributes"].keys() <= basic
    assert journey.run("telemetry", "id").stdout.strip() == session["userId"]


def test_a_preview_leaves_out_what_is_switched_off(journey: Journey) -> None:
    """A person sees at once that their setting took effect."""
    before = json.loads(_well(journey.run("telemetry", "preview")).stdout)["attributes"]
    journey.run("telemetry", "enable")
    Path(_folder(journey), "settings.toml").write_text('collectors_off = ["host"]')
    after = json.loads(_well(journey.run("telemetry", "preview")).stdout)["attributes"]

    assert "osName" in before
    assert "osName" not in after
    assert "Switched off: host\n" in journey.run("telemetry", "status").stdout


def test_a_name_that_is_no_collector_is_pointed_out(journey: Journey) -> None:
    """With a typing error in it, a setting would keep back nothing without a word."""
    journey.run("telemetry", "enable")
    Path(_folder(journey), "settings.toml").write_text('collectors_off = ["hots", "git"]')

    status = _well(journey.run("telemetry", "status")).stdout

    assert "Switched off: git, hots (there is no collector of this name)\n" in status


def test_a_preview_of_a_recorded_session_is_what_will_be_sent(journey: Journey) -> None:
    """The newest one that waits, byte for byte: its digest is the one that the log will show."""
    journey.run("telemetry", "enable")
    example = _well(journey.run("telemetry", "example", "-n", "2")).stdout.encode().splitlines()
    spool = Spool(_folder(journey))
    for session in example:
        assert spool.put(json.loads(session)["sessionId"], session)
        time.sleep(0.02)

    result = _well(journey.run("telemetry", "preview"))

    assert hashlib.sha256(example[1]).digest() == hashlib.sha256(result.stdout.encode()).digest()
    assert f"Session {json.loads(example[1])['sessionId']}, which waits to be sent" in result.stderr


@pytest.mark.parametrize("text", ['{"sessionId":"%s"}', '{"sessionId":"%s","attributes":[],"events":5}'])
def test_a_preview_of_something_odd_is_still_shown(journey: Journey, text: str) -> None:
    """A file that another release or a person put there is printed as it is, without a crash."""
    journey.run("telemetry", "enable")
    session = str(uuid.uuid4())
    data = (text % session).encode()
    assert Spool(_folder(journey)).put(session, data)

    assert data.decode() == _well(journey.run("telemetry", "preview")).stdout
