"""A program that asks for consent: started by the tests on a pseudo-terminal.

Its arguments are a folder, a catalogue version, and `slow` to wait before it asks. What it decided
and the rest of its input go to the file `result` in the folder.
"""

import json
import os
import sys
import time
from pathlib import Path

from telemetry.catalog import Catalog, Field
from telemetry.gate import may_record
from telemetry.invitation import Invitation, invite
from telemetry.policy import Policy
from telemetry.prompt import can_ask, standard_terminal
from tests.telemetry.consent.given import application

__all__ = ["POLICY", "catalog", "field"]

POLICY = Policy("demo collects numbers and never names.\n", lambda: "The whole policy, word for word.\n")


def field(name: str, level: str, since: int) -> Field:
    """Return a field of a catalogue that says no more than it must."""
    return Field(
        name=name,
        kind="count",
        level=level,
        question=f"How many {name}?",
        example=3,
        gathered="Counted.",
        load="None.",
        identifying=f"A number of {name} identifies nobody.",
        since=since,
        alternatives="None.",
        summarised="Added up.",
        drawn="As a line.",
        owner="tests",
        proposal="0001-numbers",
    )


def catalog(version: int) -> Catalog:
    """Return a catalogue that gains a field for `basic` in version 2 and one for `full` in version 3."""
    fields = [field("apples", "basic", 1), field("pears", "basic", 2), field("plums", "full", 3)]
    return Catalog("demo", version, [each for each in fields if each.since <= version])


def _main(folder: str, version: int, *, slow: bool) -> None:
    demo = application(Path(folder), version)
    if slow:
        print("starting", flush=True)
        time.sleep(1)
    decision = may_record(demo, {}, may_ask=True)
    if decision is not None:
        invitation = Invitation(
            demo, POLICY, lambda: catalog(version), standard_terminal(), can_ask=can_ask()
        )
        decision = invite(invitation, {}, decision)
    rest = "" if slow or not os.isatty(0) else os.read(0, 100).decode()
    Path(folder, "result").write_text(json.dumps([decision and decision[:4], rest]))


if __name__ == "__main__":
    _main(sys.argv[1], int(sys.argv[2]), slow=sys.argv[3:] == ["slow"])
