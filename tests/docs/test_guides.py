"""The guides: their configs load, their commands do what is shown, and no link leads nowhere.

A block of a guide whose first comment is a path, such as `# taskrunner.yml`, is a file of the project
that the guide builds up; a later one of the same name replaces it. A `console` block shows commands
after `$` and what they print, where `…` stands for any text, on a line of its own for any lines, and a
number of seconds for any other. No registry is needed: each image that a guide names is replaced by the
tests' own busybox before the commands are run, in files and in what they print.
"""

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from taskrunner.config.loader import load
from tests.support.images import BUSYBOX
from tests.support.journey import Journey, program
from tests.support.running import Result

ROOT = Path(__file__).parents[2]
GUIDES = sorted((ROOT / "docs" / "guide").glob("*.md"))
PAGES = sorted([ROOT / "README.md", *(ROOT / "docs").rglob("*.md")])
FENCE = re.compile(r"^```(?P<kind>\w*)\n(?P<text>.*?)^```$", re.DOTALL | re.MULTILINE)
PATH = re.compile(r"(#!.*\n)?# (?P<path>[\w./-]+)\n")
LINK = re.compile(r"(?<!!)\[[^\]]*\]\((?P<target>[^)\s]+)\)")
NOTHING_TO_RUN = {
    "ci.md",
    "wrapper.md",
}  # what it shows needs a wheel: tests/journeys/test_wrapper.py runs it
IMAGE = re.compile(r"\b(busybox|alpine|postgres|node|golang|redis):[\w.-]+")
# Other tests kill runs on the same engine, and whichever run comes next cleans up after them.
SWEPT = re.compile(r"^Removed .+ that killed runs had left\.\n", re.MULTILINE)
# What is only told where something takes long, which depends on what else the machine does.
SLOW = re.compile(r"^(?:\w+ing .+, step \d+ of .+|The run took .+|  [0-9.]+s  .+)\n", re.MULTILINE)
REMOVAL = re.compile(r"^  (docker (?:rm|network rm) .+)$", re.MULTILINE)
SECONDS = re.compile(r"\d+(\\\.\d+)?s\\?\.")


class Block(NamedTuple):
    """A fenced block of a page."""

    kind: str
    text: str
    line: int

    @property
    def path(self) -> str | None:
        """The file that the block is, where it says so."""
        found = PATH.match(self.text)
        return found["path"] if found else None

    @property
    def is_config(self) -> bool:
        """Whether the block is a whole config."""
        return self.kind == "yaml" and re.search("^(containers|tasks):", self.text, re.MULTILINE) is not None


def blocks(page: Path) -> list[Block]:
    """Return the fenced blocks of a page."""
    text = page.read_text(encoding="utf-8")
    return [Block(m["kind"], m["text"], text.count("\n", 0, m.start()) + 1) for m in FENCE.finditer(text)]


def name_of(page: Path) -> str:
    """Return the path of a page from the project's folder, as the name of a test's case."""
    return str(page.relative_to(ROOT))


def examples(text: str) -> Iterator[tuple[str, str]]:
    """Give each command of a console block with what is shown of its output."""
    for part in re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]:
        command, _, output = part.partition("\n")
        yield command, output


def pattern(shown: str) -> str:
    """Return the expression that output as shown in a guide stands for."""
    lines = []
    for line in shown.splitlines():
        if line == "…":
            lines.append("(?:.*\n)+?")
        else:
            timed = SECONDS.sub(r"[0-9.]+s\\.", re.escape(line))
            lines.append(timed.replace("…", ".+") + "\n")
    return "".join(lines)


@pytest.mark.parametrize(
    ("page", "block"),
    [
        pytest.param(page, block, id=f"{name_of(page)}:{block.line}")
        for page in PAGES
        for block in blocks(page)
        if block.is_config
    ],
)
def test_configs_load(page: Path, block: Block, tmp_path: Path) -> None:
    """A whole config on a page has no mistakes, next to the other files that the page shows."""
    folder = tmp_path / "shop"
    folder.mkdir()
    for other in blocks(page):
        if other.path and not other.is_config:
            (folder / other.path).parent.mkdir(parents=True, exist_ok=True)
            (folder / other.path).write_text(other.text, encoding="utf-8")
    config = folder / (block.path or "taskrunner.yml")
    config.write_text(block.text, encoding="utf-8")

    project = load(str(config))

    assert project.containers or project.tasks


@pytest.mark.engine
@pytest.mark.parametrize("guide", GUIDES, ids=name_of)
def test_commands(guide: Path, journey: Journey) -> None:
    """From its top to its end, a guide's commands print what it shows; what they keep goes as they say."""
    kept: list[str] = []
    ran = 0
    for block in blocks(guide):
        if block.path:
            text = IMAGE.sub(BUSYBOX, block.text)
            journey.file(block.path, text, mode=0o755 if text.startswith("#!") else None)
        for command, shown in examples(block.text) if block.kind == "console" else ():
            output = SLOW.sub("", SWEPT.sub("", run(journey, command).stdout))
            wanted = pattern(IMAGE.sub(BUSYBOX, shown))
            assert re.fullmatch(wanted, output), f"$ {command}\n{output}\n--- shown\n{shown}"
            kept += REMOVAL.findall(output)
            ran += 1
    assert ran >= 2 or guide.name in NOTHING_TO_RUN
    for command in kept:
        # `docker rm --force` of what another run had removed would only say so, with exit code 0.
        removed = run(journey, command)
        if "already in progress" not in removed.stdout:  # by somebody who cleans up on the same engine
            assert (0, False) == (removed.exit_code, "No such" in removed.stdout), removed.stdout


def run(journey: Journey, command: str) -> Result:
    """Run a command as a person types it, with the program on the path and both streams in one."""
    path = f"{os.path.dirname(program())}:{journey.environment['PATH']}"
    return journey.run("-c", f"{command} 2>&1", command="/bin/sh", env={"PATH": path})


def test_output_is_compared() -> None:
    """Only seconds and what is left out may differ from what a guide shows."""
    shown = "hello\nended in 1.2s.\nname …\n…\nlast\n"

    assert re.fullmatch(pattern(shown), "hello\nended in 13s.\nname x-1\none\ntwo\nlast\n")
    assert not re.fullmatch(pattern(shown), "hello\nended in 13s.\nname x-1\nlast\n")
    assert not re.fullmatch(pattern(shown), "hallo\nended in 13s.\nname x-1\none\nlast\n")


def headings(page: Path) -> set[str]:
    """Return the anchors of a page's headings, as GitHub makes them."""
    text = FENCE.sub("", page.read_text(encoding="utf-8"))
    titles = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_links(page: Path) -> None:
    """Each relative link leads to a file that exists, and to a heading in it."""
    for match in LINK.finditer(FENCE.sub("", page.read_text(encoding="utf-8"))):
        target, _, anchor = match["target"].partition("#")
        if "://" in target:
            continue
        there = (page.parent / target).resolve() if target else page
        assert there.exists(), f"{match[0]} leads to nothing"
        assert ROOT in there.parents, f"{match[0]} leaves the project"
        if anchor:
            assert anchor in headings(there), f"{match[0]} names no heading of {name_of(there)}"


def linked(page: Path) -> set[Path]:
    """Return the files that a page's relative links lead to."""
    targets = (m["target"].partition("#")[0] for m in LINK.finditer(page.read_text(encoding="utf-8")))
    return {(page.parent / target).resolve() for target in targets if target and "://" not in target}


def test_every_page_can_be_found() -> None:
    """From the table of contents, links lead to each page, in one step or several."""
    contents = ROOT / "docs" / "README.md"
    found: set[Path] = set()
    waiting = [contents]
    while waiting:
        page = waiting.pop()
        if page in PAGES and page not in found:
            found.add(page)
            waiting += linked(page)

    assert {page for page in PAGES if ROOT / "docs" in page.parents} == found - {ROOT / "README.md"}
