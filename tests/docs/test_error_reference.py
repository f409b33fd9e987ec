"""The page of errors has every reference that the code uses, and no other."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.docs.reachable import modules_of_commands

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "reference" / "errors.md").read_text(encoding="utf-8")
REFERENCE = re.compile(r"[a-z]+\.[a-z0-9]+(-[a-z0-9]+)*")
FILE_NAMES = (".json", ".yml", ".yaml")
ROW = re.compile(r"^\| `(?P<reference>[a-z]+\.[a-z0-9-]+)` \| (?P<meaning>[^|]+) \| (?P<remedy>[^|]+) \|$")


def constants(tree: ast.AST) -> Iterator[str]:
    """Give every text in the code, wherever it stands: a call, a table, a default."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def raised(tree: ast.AST) -> Iterator[tuple[str, str]]:
    """Give the class and the reference of each `Problem` and of each error, where they are spelt out."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name) or not node.args:
            continue
        first = node.args[0]
        named = node.func.id == "Problem" or node.func.id.endswith("Error")
        if named and isinstance(first, ast.Constant) and REFERENCE.fullmatch(str(first.value)):
            yield node.func.id, str(first.value)


def references_in(trees: list[ast.Module]) -> set[str]:
    """Return every text that has the form of a reference and starts with the name of a room of errors."""
    rooms = {room_of(reference) for tree in trees for _, reference in raised(tree)}
    texts = {text for tree in trees for text in constants(tree) if REFERENCE.fullmatch(text)}
    return {text for text in texts if room_of(text) in rooms and not text.endswith(FILE_NAMES)}


def room_of(reference: str) -> str:
    """Return the first word of a reference."""
    return reference.partition(".")[0]


def program() -> list[ast.Module]:
    """Return the code of the whole program, the doctor apart: what it finds has names of its own."""
    return [tree for name, tree in modules_of_commands().items() if not name.startswith("taskrunner.doctor")]


def used() -> set[str]:
    """Return the references of the whole program."""
    return references_in(program())


def sections() -> dict[str, list[str]]:
    """Return the references of each section of the page, in their order."""
    parts = re.split(r"^## (\w+)$", PAGE, flags=re.MULTILINE)[1:]
    texts = dict(zip(parts[::2], parts[1::2], strict=True))
    rows = {room: map(ROW.match, text.splitlines()) for room, text in texts.items()}
    return {room: [row["reference"] for row in found if row] for room, found in rows.items()}


def test_each_reference_is_documented() -> None:
    """What the code uses has a row with its meaning and its remedy, and no row is about anything else."""
    documented = [reference for rows in sections().values() for reference in rows]

    assert sorted(used()) == sorted(documented)


def test_references_stand_in_the_section_of_their_room() -> None:
    """A reference is found by its first word, and in a section by its name."""
    for room, references in sections().items():
        assert references == sorted(references)
        assert {room} == {room_of(reference) for reference in references}


def test_references_are_only_named_where_they_exist() -> None:
    """No text on the page speaks of a reference that the code does not have."""
    named = {text for text in re.findall(r"`([^`\n]+)`", PAGE) if REFERENCE.fullmatch(text)}

    assert used() == {text for text in named if not text.endswith(FILE_NAMES)}


def test_exit_codes() -> None:
    """Errors of the engine end with 125 and all others with 2, except where the page says otherwise."""
    mistakes = {"Problem", "UserError", "ConfigError"}
    raised_here = {each for tree in program() for each in raised(tree)}
    exceptions = {
        reference for kind, reference in raised_here if (kind in mistakes) == (room_of(reference) == "engine")
    }
    said = re.findall(r"^\| `([a-z.-]+)` \|.*The exit code is 125\.", PAGE, re.MULTILINE)
    (engine_too,) = re.findall(r"^(`engine\..*) end the command with 2", PAGE, re.MULTILINE)

    assert exceptions == {*said, *re.findall("`([^`]+)`", engine_too)}


@pytest.mark.parametrize(
    "code",
    [
        'raise UserError("cli.no-verb", "Nothing to do.")',
        'Problem("cli.bad", "text")\nself._report("cli.no-verb", "text", event)',
        'BuildError("cli.bad", "text")\nTABLE = {"port": ("cli.no-verb", "text")}',
    ],
)
def test_references_are_found(code: str) -> None:
    """A reference is seen at a raise, behind a helper and in a table; a file's name is none."""
    found = references_in([ast.parse(f'{code}\nopen("cli.json")\nname = "other.thing"')])

    assert "cli.no-verb" in found
    assert found <= {"cli.no-verb", "cli.bad"}
