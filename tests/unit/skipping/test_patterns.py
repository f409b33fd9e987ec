"""Which files a task's patterns name."""

from pathlib import Path

import pytest

from taskrunner.config.model import FilePatterns
from taskrunner.errors import Position
from taskrunner.skipping.patterns import named_files, unmatched

FILES = (
    "a.py", "src/b.py", "src/b.md", "src/deep/c.py", "src/gen/d.py", "out/x.o", ".git/config", "[odd]/e f.py",
    "other/.hidden",
)  # fmt: skip


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Give a folder with files, in a folder whose name is a pattern."""
    folder = tmp_path / "we*ird[1]" / "project"
    for name in FILES:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
    (folder.parent / "beside").mkdir()
    (folder.parent / "beside" / "lib.py").touch()
    (folder / "link").symlink_to("src")
    return folder


def patterns(root: Path, *texts: str) -> FilePatterns:
    """Return patterns that start in a folder."""
    return FilePatterns(str(root), texts, Position("taskrunner.yml", 1, 1))


@pytest.mark.parametrize(
    ("texts", "names"),
    [
        (["src"], {"src/b.py", "src/b.md", "src/deep/c.py", "src/gen/d.py"}),
        (["src/"], {"src/b.py", "src/b.md", "src/deep/c.py", "src/gen/d.py"}),
        (["./src/*.py"], {"src/b.py"}),
        (["src/**/*.py", "!src/gen"], {"src/b.py", "src/deep/c.py"}),
        (["src", "!**/*.md", "!src/gen", "src/gen/d.py"], {"src/b.py", "src/deep/c.py", "src/gen/d.py"}),
        (["*.py"], {"a.py"}),
        (["?.py", "a.py"], {"a.py"}),
        (["**/*.py"], {"a.py", "src/b.py", "src/deep/c.py", "src/gen/d.py", "[odd]/e f.py"}),
        (["\\[odd\\]"], {"[odd]/e f.py"}),
        (["../beside"], {"../beside/lib.py"}),
        (["link"], {"link"}),
        (["other"], {"other/.hidden"}),
        (["nothing", "src/none-*"], set()),
        ([".", "!src", "!\\[odd\\]", "!other", "!link"], {"a.py", "out/x.o"}),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_names(root: Path, texts: list[str], names: set[str]) -> None:
    """The last pattern that applies decides, and folders stand for all in them but git's files."""
    found = list(named_files(patterns(root, *texts)))

    assert {name for name, _ in found} == names
    assert len(found) == len(names)
    assert all(Path(path).is_symlink() or Path(path).is_file() for _, path in found)


def test_what_a_task_writes_is_left_out(root: Path) -> None:
    """Outputs below an input are no inputs."""
    found = named_files(patterns(root, "src", "out"), patterns(root, "out/*.o", "src/gen"))

    assert {name for name, _ in found} == {"src/b.py", "src/b.md", "src/deep/c.py"}


def test_a_pattern_without_files_is_found(root: Path) -> None:
    """Each pattern has to name something; what is left out need not exist."""
    assert unmatched(patterns(root, "src/*.py", "!nothing")) is None
    assert unmatched(patterns(root, "src/*.py", "dist/**")) == "dist/**"
