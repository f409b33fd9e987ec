"""taskrunner's catalogue is sound, complete, documented, and each part of it has a proposal."""

import ast
import importlib.util
import re
from pathlib import Path
from types import ModuleType

import pytest

from taskrunner.cli.app import app
from taskrunner.execution import events, steps
from taskrunner.usage_catalog import CATALOG, COLLECTORS
from taskrunner.usage_collectors import command, failures
from telemetry.catalog import Catalog
from telemetry.entries import SUMMARY_NAMES, Entry, EventType, SpanType

ROOT = Path(__file__).parents[3]
METRICS = ROOT / "docs" / "telemetry" / "metrics"

# What was asked for when telemetry was first proposed for batect, and what issue and design added.
REQUIRED = {
    "osName", "osVersion", "osArchitecture", "dockerVersion", "pythonVersion", "gitVersion", "shell",
    "terminalType", "onCi", "ciSystem", "commandType", "outputStyle", "colourDisabled",
    "dockerConnectionType", "dockerTls", "dockerTlsVerify", "containerType", "cacheType",
    "taskCount", "containerCount", "configVariableCount", "prerequisiteCount", "cpuTime",
    "peakMemoryMebibytes", "configBytes", "hostPlatform", "codingAgent", "firstReport", "telemetryLevel",
    "catalogVersion", "uploadsSent", "uploadsDropped", "uploadsRefused", "uploadDuration",
}  # fmt: skip


KINDS: list[EventType | SpanType] = [*CATALOG.events, *CATALOG.spans]


def generator() -> ModuleType:
    """Return the script that writes the files which follow from the catalogue."""
    spec = importlib.util.spec_from_file_location("usage_files", ROOT / ".ci" / "usage_files.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def entries() -> list[Entry]:
    """Return every field, event and span, and the attributes of the latter two."""
    nested = [field for kind in KINDS for field in kind.attributes]
    return [*CATALOG.attributes, *KINDS, *nested]


def test_the_catalogue_is_sound() -> None:
    """Everything that can be wrong with a catalogue was looked for: the release skips the slow checks."""
    Catalog(CATALOG.application_id, CATALOG.version, CATALOG.attributes, CATALOG.events, CATALOG.spans)


def test_what_was_asked_for_is_there() -> None:
    """Each item of the first proposal and of the design has its field."""
    assert set() == REQUIRED - {field.name for field in CATALOG.attributes}


def test_each_step_has_its_span() -> None:
    """Every kind of step is a span by its own name, or is told by the events of its container."""
    # How long a person looks around after a failure is not told.
    kinds = {kind.__name__ for kind in steps.Step.__args__} - {"OpenShell"}
    told = {"RunSetupCommands": "SetupCommand"}
    spans = {span.name for span in CATALOG.spans}

    assert {told.get(kind, kind) for kind in kinds} | {
        "LoadConfiguration",
        "RunTask",
        "StartContainer",
    } == spans


def test_each_failure_is_listed() -> None:
    """Every event that tells a failure is a member of the field that tells it on."""
    kinds = {kind.__name__ for kind in (*events.FAILURES, events.CleanupFailed)}

    assert kinds == set(failures.KINDS)


def test_each_verb_and_option_is_known() -> None:
    """Each verb is in the field for verbs, and each option of `run` is recorded or left out on purpose."""
    import typer.main

    group = typer.main.get_command(app)
    verbs = set(group.commands)  # type: ignore[attr-defined]
    # What they decide is told by the record itself: its level, or that there is none.
    left_out = {"--help", "--enable-telemetry", "--disable-telemetry"}
    options = {
        name
        for parameter in group.commands["run"].params  # type: ignore[attr-defined]
        for name in getattr(parameter, "opts", ())
        if name.startswith("--") and not getattr(parameter, "hidden", False)
    }
    known = {*command._FLAGS, *command._VALUED}

    assert set() == verbs - set(command.VERBS)
    assert set() == options - known - left_out


def test_generated_files_are_current() -> None:
    """The list of references and the page for people are what `.ci/usage_files.py` writes today."""
    made = generator()

    assert made.references() == made.REFERENCES.read_text(encoding="utf-8")
    assert made.document() == made.DOCUMENT.read_text(encoding="utf-8")


def test_the_page_has_everything() -> None:
    """Every field, event and span stands on the page for people, under its own name."""
    page = (ROOT / "docs" / "telemetry" / "what-is-collected.md").read_text(encoding="utf-8")
    nested = {f"- `{field.name}`:" for kind in KINDS for field in kind.attributes}
    declared: list[Entry] = [*CATALOG.attributes, *KINDS]
    headings = {f"### {entry.name}" for entry in declared}

    assert headings == set(re.findall("^### .+$", page, re.MULTILINE))
    assert {f"- `{name}`:" for name in SUMMARY_NAMES} == nested - set(
        re.findall("^- `.+?`:", page, re.MULTILINE)
    )


@pytest.mark.parametrize("proposal", sorted({entry.proposal for entry in entries()}))
def test_each_proposal_exists(proposal: str) -> None:
    """A proposal has an answer to each question, names what it is for, and was decided on a day."""
    text = (METRICS / f"{proposal}.md").read_text(encoding="utf-8")
    template = (METRICS / "template.md").read_text(encoding="utf-8")
    names = {
        entry.name for entry in entries() if entry.proposal == proposal and entry.name not in SUMMARY_NAMES
    }

    sections = re.split("^## .+$", text, flags=re.MULTILINE)[1:]
    assert re.findall("^## .+$", template, re.MULTILINE) == re.findall("^## .+$", text, re.MULTILINE)
    assert all(section.strip() for section in sections)
    assert re.search(r"^Accepted on \d{4}-\d{2}-\d{2}\b", sections[-1].strip())
    assert set() == {name for name in names if f"`{name}`" not in text}


def test_collectors_gather_what_they_declare() -> None:
    """A name that a collector gives is a field of that collector, and each field is given somewhere."""
    for name, fields in COLLECTORS.items():
        path = ROOT / "taskrunner" / "usage_collectors" / f"{name}.py"
        texts = {
            node.value
            for node in ast.walk(ast.parse(path.read_bytes()))
            if isinstance(node, ast.Constant) and isinstance(node.value, str)
        }

        assert {field.name for field in fields} <= texts


def test_the_catalogue_as_json() -> None:
    """The catalogue that a release publishes is read by the collector as the same."""
    again = Catalog.from_json(CATALOG.to_json())

    assert (CATALOG.attributes, CATALOG.events, CATALOG.spans) == (
        again.attributes,
        again.events,
        again.spans,
    )
