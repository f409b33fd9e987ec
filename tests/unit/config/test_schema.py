"""The JSON Schema is generated, current, and agrees with the loader."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from taskrunner.config.loader import load
from taskrunner.config.root import TABLES
from taskrunner.config.schema import generate
from taskrunner.errors import ConfigError
from tests.unit.config.projects import write

ROOT = Path(__file__).parents[3]
CONFIGS = ROOT / "tests" / "data" / "configs"
VALIDATOR = jsonschema.Draft202012Validator(generate())

WRONG = [
    "containers: {a: {}}",
    "containers: {a: {image: a, build_directory: b}}",
    "containers: {a: {image: a, dockerfile: b}}",
    "containers: {a: {image: a, imagine: b}}",
    "containers: {A: {image: a}}",
    "containers: {a: {image: a, volumes: [x]}}",
    "containers: {a: {image: a, volumes: [{container: x}]}}",
    "containers: {a: {image: a, volumes: [{type: cache, container: x}]}}",
    "containers: {a: {image: a, volumes: [{type: tmpfs, container: x, name: y}]}}",
    "containers: {a: {image: a, ports: [80]}}",
    "containers: {a: {image: a, ports: [{local: 0, container: 1}]}}",
    "containers: {a: {image: a, health_check: {interval: 2}}}",
    "containers: {a: {image: a, run_as_current_user: {enabled: true}}}",
    "containers: {a: {image: a, run_as_current_user: {home_directory: /x}}}",
    "containers: {a: {image: a, capabilities_to_add: [NOTHING]}}",
    "containers: {a: {image: a, shm_size: big}}",
    "containers: {a: {image: a, privileged: perhaps}}",
    "containers: {a: {image: a, command: {a: b}}}",
    "containers: {a: {image: a, environment: a}}",
    "containers: {a: {image: a, dependencies: {b: {condition: started}}}}",
    "containers: {a: {image: a, ulimits: {nofiles: 3}}}",
    "containers: {a: {image: a, mem_limit: 12}}",
    "containers: {a: {image: a, cpus: 0}}",
    "containers: {a: {image: a, platform: linux}}",
    "containers: {a: {image: a, health_check: {http: 80, tcp: 80}}}",
    "containers: {a: {image: a, health_check: {http: {path: /}}}}",
    "containers: {a: {image: a, env_file: {}}}",
    "containers: {a: {build_directory: a, build_secrets: {b: {}}}}",
    "tasks: {a: {}}",
    "tasks: {a: {run: {}}}",
    "tasks: {a: {prerequisites: [b, b]}}",
    "tasks: {a: {prerequisites: [b*], dependencies: [c]}}",
    "include: [{type: git, repo: a}]",
    "include: a",
    "containers: ~",
]


def as_editors_read(text: str) -> Any:
    """Return what a YAML reader with numbers and truth values makes of a file."""
    return yaml.safe_load(text)


def test_it_is_a_schema() -> None:
    """The schema obeys its own standard, and every reference in it leads somewhere."""
    schema = generate()
    jsonschema.Draft202012Validator.check_schema(schema)

    text = json.dumps(schema)
    used = {part.split('"')[0] for part in text.split("#/$defs/")[1:]}
    assert used == set(schema["$defs"])


def test_the_committed_schema_is_current() -> None:
    """docs/reference/config.schema.json is what `taskrunner schema` prints."""
    committed = (ROOT / "docs" / "reference" / "config.schema.json").read_text(encoding="utf-8")

    assert committed == json.dumps(generate(), indent=2) + "\n"


def test_every_field_is_described() -> None:
    """Editors show the description of every field."""
    schema = generate()

    for table in TABLES:
        definition = schema["$defs"].get(table.name, schema)
        assert set(definition["properties"]) == set(table.fields)
        for name, found in definition["properties"].items():
            assert found["description"].endswith("."), f"{table.name}.{name}"


@pytest.mark.parametrize("path", sorted(CONFIGS.rglob("*.yml")), ids=lambda path: str(path.name))
def test_it_accepts_what_loads(path: Path) -> None:
    """Each of the example files is valid, as an editor reads it."""
    assert [error.message for error in VALIDATOR.iter_errors(as_editors_read(path.read_text("utf-8")))] == []


@pytest.mark.parametrize("text", WRONG)
def test_it_refuses_what_does_not_load(tmp_path: Path, text: str) -> None:
    """What the schema can tell to be wrong, the loader refuses too."""
    assert not VALIDATOR.is_valid(as_editors_read(text))

    with pytest.raises(ConfigError):
        load(write(tmp_path / "name", text))


def test_the_examples_use_every_field() -> None:
    """No field is without an example among the files that other tests build on; git comes later."""
    text = "\n".join(path.read_text(encoding="utf-8") for path in CONFIGS.rglob("*.yml"))
    fields = {name for table in TABLES for name in table.fields}

    assert {name for name in fields if f"{name}:" not in text} == {"repo", "ref"}
