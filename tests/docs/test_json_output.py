"""The documents about JSON say what the program writes."""

import json
import re
from pathlib import Path
from typing import Any, get_args

import pytest

from taskrunner.config.model import Project, Reference, Task
from taskrunner.errors import ConfigError, Position, Problem
from taskrunner.execution import events as e
from taskrunner.execution import steps
from taskrunner.output import json_lines, task_list

DOCS = Path(__file__).parents[2] / "docs" / "reference"
OUTPUT = (DOCS / "json-output.md").read_text()
SECTIONS = {
    match[1]: match[2]
    for match in re.finditer(r"^### `(\w+)`\n(.*?)(?=^##|\Z)", OUTPUT, re.DOTALL | re.MULTILINE)
}
EVENTS = {event.__name__: event for event in get_args(e.Event)}


def examples(section: str) -> list[dict[str, Any]]:
    """Return the lines of a section's example."""
    block = re.search(r"```json\n(.*?)```", section, re.DOTALL)
    assert block is not None
    return [json.loads(line) for line in block[1].splitlines()]


def documented_fields(section: str) -> list[str]:
    """Return the names in a section's table of fields."""
    return re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE)


def test_every_event_has_its_section() -> None:
    """Each event that a run can post is documented, and no other."""
    assert SECTIONS.keys() == {*EVENTS, "ContainerOutput", "Error"}


@pytest.mark.parametrize("name", EVENTS)
def test_fields_of_an_event(name: str) -> None:
    """The table and the example of an event have exactly its fields, in their order."""
    fields = list(EVENTS[name]._fields)
    assert documented_fields(SECTIONS[name]) == fields
    (example,) = examples(SECTIONS[name])
    assert list(example) == ["event", "time", *fields]
    assert example["event"] == name


def test_types_of_examples() -> None:
    """Each example's values have the types that its table says."""
    number = (int, float)
    kinds: dict[str, type | tuple[type, ...]] = {
        "string": str,
        "number": number,
        "boolean": bool,
        "array": list,
    }
    kinds["object"] = dict
    for name, section in SECTIONS.items():
        for example in examples(section):
            for field, said in re.findall(r"^\| `(\w+)` \| (\w+)", section, re.MULTILINE):
                if field in example:
                    assert isinstance(example[field], kinds[said]), (name, field)
                    assert isinstance(example[field], bool) == (said == "boolean"), (name, field)


def test_output_has_text_or_base64() -> None:
    """Both forms of a chunk are shown, and have the documented fields."""
    section = SECTIONS["ContainerOutput"]
    assert documented_fields(section) == ["container", "stream", "text", "base64"]
    forms = [list(example) for example in examples(section)]
    assert forms == [["event", "time", "container", "stream", form] for form in ("text", "base64")]


def test_fields_of_an_error() -> None:
    """The example of an error is what such an error is written as."""
    (example,) = examples(SECTIONS["Error"])
    problems = [
        Problem(
            one["reference"],
            one["message"],
            Position(one["file"], one["line"], one["column"], one["width"]),
            one["hint"],
        )
        for one in example["problems"]
    ]
    written = json.loads(json_lines.error_line(ConfigError(problems)))
    assert {**written, "time": ""} == {**example, "time": ""}
    assert documented_fields(SECTIONS["Error"]) == list(example)[2:]


def test_steps() -> None:
    """Each step is documented with the field that it is written with."""
    table = re.findall(r"^\| `(\w+)` \| (?:`(\w+)` )?\|", OUTPUT.partition("\n## Steps\n")[2], re.MULTILINE)
    shown_as = {"source": "container", "container": "container"}
    expected = {
        step.__name__: "".join(shown_as[field] for field in step._fields) for step in get_args(steps.Step)
    }
    expected["PullImage"] = "image"
    assert dict(table) == expected


def test_the_list_of_tasks() -> None:
    """The example of the list has the fields that the program writes, and the table names them all."""
    document = (DOCS / "list-json.md").read_text()
    block = re.search(r"```json\n(.*?)```", document, re.DOTALL)
    assert block is not None
    example = json.loads(block[1])
    here = Position("/p/taskrunner.yml", 1, 1)
    task = Task("test", here, None, "", "", (), (Reference("build", here),), {})
    project = Project("shop", here.file, "/p", (here.file,), {}, {"test": task}, {}, forbid_telemetry=False)
    written = json.loads(task_list.as_json(project))
    assert list(example) == list(written)
    assert list(example["tasks"][0]) == list(written["tasks"][0])
    named = re.findall(r"^\| `([\w\[\].]+)` \|", document, re.MULTILINE)
    assert named == [*written, *(f"tasks[].{field}" for field in written["tasks"][0])]
