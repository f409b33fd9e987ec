"""The page of the config format has every field, and what it shows is true."""

import re
from pathlib import Path

import pytest

from taskrunner.config.capabilities import CAPABILITIES
from taskrunner.config.compose_keys import KEYS, WITHOUT_EFFECT
from taskrunner.config.decode import Field, Scope, Table
from taskrunner.config.loader import load
from taskrunner.config.nodes import MappingNode, Source
from taskrunner.config.root import TABLES
from taskrunner.config.yaml_reader import parse

PAGE = (Path(__file__).parents[2] / "docs" / "reference" / "config.md").read_text(encoding="utf-8")
HEADINGS = {
    "config": "The outermost map",
    "container": "Containers",
    "env_file": "Env files",
    "dependency": "Dependencies",
    "ulimit": "Ulimits",
    "health_check": "Health checks",
    "http_check": "HTTP checks",
    "run_as_current_user": "Run as current user",
    "setup_command": "Set-up commands",
    "build_ssh": "SSH agents",
    "build_secret": "Build secrets",
    "volume": "Volumes",
    "device": "Devices",
    "port": "Ports",
    "task": "Tasks",
    "run": "Run",
    "prerequisite": "Prerequisites",
    "customisation": "Customisations",
    "config_variable": "Config variables",
    "include": "Includes",
}
ROW = re.compile(
    r"^\| `(?P<name>\w+)` \| (?P<type>[^|]+) \| (?P<default>[^|]+) "
    r"\| `(?P<example>[^|]+)` \| (?P<rules>[^|]*)\|$",
    re.MULTILINE,
)
LINKS = set(re.findall(r"\]\(([^)]+)\)", PAGE))
EXAMPLES = re.findall(r"^```yaml\n(project_name.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
FIELDS = [
    pytest.param(table, field, id=f"{table.name}.{field.name}")
    for table in TABLES
    for field in table.fields.values()
]


def section(table: Table) -> str:
    """Return the part of the page that is about an object, up to the next heading."""
    heading = HEADINGS[table.name]
    found = re.search(rf"^##+ {re.escape(heading)}$(.*?)(?=^##|\Z)", PAGE, re.MULTILINE | re.DOTALL)
    assert found, f"there is no heading '{heading}'"
    return found[1]


def rows(table: Table) -> dict[str, re.Match[str]]:
    """Return an object's fields as the page tells them."""
    return {row["name"]: row for row in ROW.finditer(section(table))}


@pytest.mark.parametrize("table", TABLES, ids=lambda table: str(table.name))
def test_every_field_has_its_row(table: Table) -> None:
    """Each object's section has a row for each of its fields, in the same order, and for no other."""
    assert list(rows(table)) == list(table.fields)


@pytest.mark.parametrize(("table", "field"), FIELDS)
def test_rows_are_true(table: Table, field: Field) -> None:
    """A field's example is accepted by its decoder, and what is required or may be null is so marked."""
    row = rows(table)[field.name]
    node = parse(Source("example", row["example"]), [])
    scope = Scope("/", [])

    assert isinstance(node, MappingNode)
    assert list(node.entries) == [field.name]
    field.decoder.read(node.entries[field.name].value, scope)
    assert not scope.problems
    assert ("May be null" in row["rules"]) == field.nullable
    if field.required:
        assert row["default"] == "required"


@pytest.mark.parametrize("number", range(len(EXAMPLES)))
def test_examples_load(tmp_path: Path, number: int) -> None:
    """Each example of the page is a config that loads."""
    path = tmp_path / "taskrunner.yml"
    path.write_text(EXAMPLES[number], encoding="utf-8")

    assert load(str(path)).name == "shop"


def test_every_capability_is_listed() -> None:
    """The page's list of capabilities is the one that is accepted."""
    part = re.search(r"^### Capabilities$(.*?)^###", PAGE, re.MULTILINE | re.DOTALL)

    assert part
    assert sorted(re.findall(r"`([A-Z_]{3,})`", part[1].replace("`CAP_`", ""))) == sorted(CAPABILITIES)


def test_links_lead_somewhere() -> None:
    """Each link within the page has its heading, and each link to a file has its file."""
    headings = re.findall(r"^##+ (.+)$", PAGE, re.MULTILINE)
    anchors = {heading.lower().replace(" ", "-") for heading in headings}
    targets = {target.partition(".md#")[0] + ".md" if ".md#" in target else target for target in LINKS}

    assert {target[1:] for target in targets if target.startswith("#")} <= anchors
    files = {target.partition("#")[0] for target in targets if not target.startswith("#")}
    assert files
    assert all((Path(__file__).parents[2] / "docs" / "reference" / target).is_file() for target in files)


def test_keys_of_compose_services() -> None:
    """Each key that is known has its place in the table, and no other has."""
    part = re.search(r"^### Compose services$(.*?)^###", PAGE, re.MULTILINE | re.DOTALL)
    assert part
    rows = re.findall(r"^\| (`[^|]+) \|", part[1], re.MULTILINE)

    assert sorted({*KEYS, *WITHOUT_EFFECT}) == sorted(
        key for row in rows for key in re.findall("`([^`]+)`", row)
    )
