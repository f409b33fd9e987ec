"""Damaged config files: whatever is wrong with one, loading it ends well or with problems, and soon."""

import json
import random
import shutil
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import yaml

from taskrunner.config.loader import load
from taskrunner.config.model import Project
from taskrunner.config.variables import values
from taskrunner.errors import ConfigError, UserError
from taskrunner.output import task_list
from taskrunner.output.problems import render_error
from taskrunner.plan.make import PlanOptions, make_plan

CONFIGS = Path(__file__).parents[1] / "data" / "configs"
FILES = sorted(CONFIGS.glob("*.yml"))
SEED = 20231014
EACH = 100
"""Mutations of each kind for each file; twice that for ten files is 2,000."""

LONG = 5_000
LIMIT = 5.0
"""Seconds of processor time that one load may take."""

SPLICES = [bytes([one]) for one in b"\0\t\r\n[{}]:~%|'\"\xff\xc3"]
SPLICES += [b"", b"&a ", b"*a", b"<<: ", b"- ", b"? ", b"\n---\n", b"!x ", b"${", b"<{", b"\xe2\x80\xa8"]
TEXTS = ["", " ", "~", "a:b", "${", "<", "'", "\\", "*", "1-0:0", "0:0/x", "../..", "/", "\u2028"]
VALUES: list[Any] = [*TEXTS, "x" * 3000, "9" * 300 + "h", None, True, -1, 0, 1.5, 2**70]
VALUES += [[], {}, [[]], [None], ["a", "a"], {"a": None}, {"<<": "x"}]


def damaged_bytes(data: bytes, chance: random.Random) -> bytes:
    """Return a file with a piece of it replaced, removed, doubled or moved."""
    start = chance.randrange(len(data))
    end = min(len(data), start + chance.choice((0, 1, 1, 2, 5, 40)))
    replacement = chance.choice(
        (chance.choice(SPLICES), bytes([chance.randrange(256)]), data[start:end] * 2, data[end : end + 60])
    )
    return data[:start] + replacement + data[end:]


def places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Yield each list or map of a document with each of its indexes or keys."""
    if isinstance(value, dict | list):
        for key in list(value) if isinstance(value, dict) else range(len(value)):
            yield value, key
            yield from places(value[key])


def damaged_keys(data: bytes, chance: random.Random) -> bytes:
    """Return a file with one key renamed or removed, or one value replaced by another."""
    # The keys that only hold anchors would come back without them, and be refused for that alone.
    document = {key: value for key, value in yaml.safe_load(data).items() if not key.startswith(".")}
    holder, key = chance.choice(list(places(document)))
    action = chance.randrange(4)
    if action == 0:
        del holder[key]
    elif action == 1 and isinstance(holder, dict):
        name = chance.choice(("", "a", "<<", ".x", str(key)[:-1], str(key).upper(), "x" * 500, None, 7))
        holder[name] = holder.pop(key)
    elif action == 2:
        other, name = chance.choice(list(places(document)))
        # A copy that holds itself would have no end when it is written out.
        holder[key] = yaml.safe_load(yaml.safe_dump(other[name]))
    else:
        holder[key] = chance.choice(VALUES)
    return yaml.safe_dump(document, allow_unicode=True, sort_keys=False).encode()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a copy of the example files, in a folder that can name a project."""
    copy = tmp_path_factory.mktemp("mutation") / "configs"
    shutil.copytree(CONFIGS, copy)
    return copy


def check(path: Path, data: bytes) -> bool:
    """Load a damaged file; return whether it was refused. Anything but a problem fails the test."""
    path.write_bytes(data)
    start = time.process_time()
    found = outcome(lambda: load(str(path)))
    assert time.process_time() - start < LIMIT, data
    if isinstance(found, ConfigError):
        assert all(problem.reference.startswith("config.") for problem in found.problems), data
        return True
    assert isinstance(found, Project), data
    use(found)
    assert time.process_time() - start < 2 * LIMIT, data
    return False


def outcome(action: Callable[[], Any]) -> Any:
    """Return what comes of something: its result, or the mistake, which can be told to a person."""
    try:
        return action()
    except UserError as error:
        render_error(error, colour=True, cwd="/")
        return error


def use(project: Project) -> None:
    """List what was loaded, and plan each of its tasks: what cannot be done is a mistake of the person's."""
    for text in (task_list.human(project), task_list.machine(project)):
        assert "\x1b" not in text
    json.loads(task_list.as_json(project))
    variables = values(project, {}, None)
    for name in project.tasks:
        outcome(partial(make_plan, project, PlanOptions(name), {"HOME": "/home/sam"}, variables))


def run(path: Path, folder: Path, damage: Callable[[bytes, random.Random], bytes], times: int) -> int:
    """Load a file that many times, damaged each time; return how often it was refused."""
    chance = random.Random(f"{SEED} {path.name} {damage.__name__}")
    data = path.read_bytes()
    copy = folder / path.name
    try:
        return sum(check(copy, damage(data, chance)) for _ in range(times))
    finally:
        copy.write_bytes(data)


@pytest.mark.parametrize("damage", [damaged_bytes, damaged_keys])
@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.name))
def test_damaged_files(path: Path, folder: Path, damage: Callable[[bytes, random.Random], bytes]) -> None:
    """Bytes and keys are damaged at random; each load ends with a project or with problems."""
    refused = run(path, folder, damage, EACH)

    assert EACH // 10 < refused < EACH


@pytest.mark.long
@pytest.mark.timeout(6 * 3600)
@pytest.mark.parametrize("damage", [damaged_bytes, damaged_keys])
@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.name))
def test_damaged_files_at_length(
    path: Path, folder: Path, damage: Callable[[bytes, random.Random], bytes]
) -> None:
    """The same, fifty times as often."""
    assert run(path, folder, damage, LONG) > LONG // 10


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.name))
def test_every_prefix(path: Path, folder: Path) -> None:
    """A file that is cut off anywhere is read or refused like any other."""
    data = path.read_bytes()
    copy = folder / path.name
    step = max(len(data) // 100, 1)

    refused = [check(copy, data[:end]) for end in range(0, len(data), step)]

    copy.write_bytes(data)
    assert refused[0]
    assert not check(copy, data)
