"""Whole projects: the root file, includes, names over files, and problems in order."""

import os
from pathlib import Path

import pytest

from taskrunner.config.loader import load
from taskrunner.config.model import LocalMount
from taskrunner.errors import ConfigError
from tests.unit.config.projects import load_text, problems, write

CONFIGS = Path(__file__).parents[2] / "data" / "configs"


def test_root_fields(tmp_path: Path) -> None:
    """The fields of the root file arrive."""
    project = load_text(
        tmp_path,
        """\
        project_name: the-name
        forbid_telemetry: true
        .any: &any {image: a}
        containers: {a: *any}
        config_variables:
          one: {}
          two: {description: D, default: 010}
          three: {description: ~, default: ~}
          taskrunnerX: {}
        """,
    )

    path = str(tmp_path / "taskrunner.yml")
    assert (project.name, project.forbid_telemetry) == ("the-name", True)
    assert (project.file, project.directory, project.files) == (path, str(tmp_path), (path,))
    variables = {name: variable[2:] for name, variable in project.variables.items()}
    assert variables == {
        "one": (None, None),
        "two": ("D", "010"),
        "three": (None, None),
        "taskrunnerX": (None, None),
    }


def test_the_name_of_the_folder(tmp_path: Path) -> None:
    """Without a name the project is called as its folder, in lower case."""
    folder = tmp_path / "My-Project"

    assert load(write(folder, "containers: {}")).name == "my-project"
    assert load(write(folder, "project_name: ~")).name == "my-project"


def test_a_folder_that_cannot_name_a_project(tmp_path: Path) -> None:
    """The problem names the key that helps."""
    [problem] = problems(tmp_path / "my project", "containers: {}")

    assert problem.reference == "config.no-project-name"
    assert problem.hint == "Give the project a name with the key 'project_name'."


def test_a_file_in_the_root_folder_has_no_name(monkeypatch: pytest.MonkeyPatch) -> None:
    """The folder / has no name to take over."""
    from taskrunner.config import loader
    from taskrunner.config.nodes import Source

    monkeypatch.setattr(loader, "read_source", lambda path, _: Source(path, "containers: {}"))

    with pytest.raises(ConfigError) as caught:
        load("/taskrunner.yml")

    assert caught.value.reference == "config.no-project-name"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("project_name: A", ["config.bad-name"]),
        ("forbid_telemetry: yes", ["config.bad-value"]),
        ("containers: ~", ["config.no-value"]),
        ("containers: []", ["config.expected-map"]),
        ("containers: {a: ~}", ["config.no-value"]),
        ("tasks: text", ["config.expected-map"]),
        ("contianers: {}", ["config.unknown-key"]),
        (".x: {}", ["config.extension-without-anchor"]),
        ("containers: {a: {.x: &x {}, image: a}}", ["config.unknown-key"]),
        ("config_variables: {a: ~}", ["config.no-value"]),
        ("config_variables: {a: text}", ["config.expected-map"]),
        ("config_variables: {1a: {}}", ["config.bad-name"]),
        ("config_variables: {a: {defualt: x}}", ["config.unknown-key"]),
        ("config_variables: {Batect.x: {}, batect: {}}", ["config.reserved-name"] * 2),
        ("config_variables: {taskrunner.x: {}}", ["config.reserved-name"]),
        ("include: a.yml", ["config.expected-list"]),
        ("include: ['']", ["config.empty-text"]),
        ("include: [nothing.yml]", ["config.file-not-found"]),
        ("include: [.]", ["config.file-is-folder"]),
        ("include: [{path: a.yml}]", ["config.missing-key"]),
        ("include: [{type: file}]", ["config.missing-key"]),
        ("include: [{type: http, path: a}]", ["config.unknown-choice"]),
        ("include: [{type: file, path: taskrunner.yml, ref: x}]", ["config.key-not-permitted"]),
        ("include: [{type: git, repo: a}]", ["config.missing-key"]),
        ("include: [{type: git, ref: a, path: b}]", ["config.missing-key"]),
        ("include: [[]]", ["config.expected-map"]),
        ("text", ["config.expected-map"]),
        ("", ["config.empty-file"]),
        ("a: b: c", ["config.yaml-syntax"]),
    ],
)
def test_root_rules(tmp_path: Path, text: str, expected: list[str]) -> None:
    """Each rule of the outermost map has its problem, and one mistake makes one problem."""
    folder = tmp_path / "good-name"

    assert [problem.reference for problem in problems(folder, text)] == expected


def test_all_problems_in_order(tmp_path: Path) -> None:
    """Nothing stops at the first problem; they come in the order of the lines."""
    found = problems(
        tmp_path,
        """\
        project_name: Bad Name
        containers:
          app:
            image: a
            privileged: maybe
            dependencies: [nobody]
          twice: {image: a, build_directory: b}
        tasks:
          go:
            run: {container: ap, command: "'"}
            prerequisites: [og]
          og:
            prerequisites: [go]
        """,
    )

    assert [(problem.reference, problem.where and problem.where.line) for problem in found] == [
        ("config.bad-name", 1),
        ("config.bad-value", 5),
        ("config.unknown-container", 6),
        ("config.image-and-build-directory", 7),
        ("config.unknown-container", 10),
        ("config.bad-command", 10),
        ("config.dependency-cycle", 13),
    ]
    assert found[4].hint == "Did you mean 'app'?"


def test_a_problem_in_an_anchor_is_reported_once(tmp_path: Path) -> None:
    """What several containers merge is decoded several times, but wrong in one place."""
    found = problems(
        tmp_path,
        """\
        .c: &c {image: a, shm_size: big}
        containers:
          a: *c
          b: {<<: *c}
        project_name: x
        """,
    )

    assert [(problem.reference, problem.where and problem.where[1:]) for problem in found] == [
        ("config.bad-value", (1, 29, 3))
    ]


def test_includes(tmp_path: Path) -> None:
    """Files are read level by level, each once, and their paths start at their own folder."""
    write(tmp_path, "include: [deep/b.yml, ../c.yml]\ncontainers: {a: {image: a}}", "parts/a.yml")
    write(tmp_path, "containers: {b: {image: b, volumes: [.:/x]}}", "parts/deep/b.yml")
    write(tmp_path, "include: [root.yml]\ncontainers: {c: {image: c}}\nforbid_telemetry: false", "c.yml")
    root = write(
        tmp_path,
        "project_name: x\ninclude: [parts/a.yml, ./parts/../parts/a.yml, {type: file, path: c.yml}]\n"
        "containers: {r: {image: r, dependencies: [b]}}",
        "root.yml",
    )

    project = load(root)

    assert [os.path.relpath(file, tmp_path) for file in project.files] == [
        "root.yml",
        "parts/a.yml",
        "c.yml",
        "parts/deep/b.yml",
    ]
    assert list(project.containers) == ["r", "a", "c", "b"]
    [mount] = project.containers["b"].volumes
    assert isinstance(mount, LocalMount)
    assert mount.local.base == str(tmp_path / "parts" / "deep")


def test_keys_of_the_root_file_only(tmp_path: Path) -> None:
    """An included file has no project name and does not forbid telemetry."""
    write(tmp_path, "project_name: x\nforbid_telemetry: true", "part.yml")

    found = problems(tmp_path, "project_name: x\ninclude: [part.yml]")

    assert [(p.reference, p.where and p.where[1:]) for p in found] == [
        ("config.key-not-permitted", (1, 1, 12)),
        ("config.key-not-permitted", (2, 1, 16)),
    ]


def test_duplicate_names_over_files(tmp_path: Path) -> None:
    """The problem is at the second definition and names the first."""
    write(
        tmp_path,
        "containers: {a: {image: a}}\ntasks: {t: {run: {container: a}}}\nconfig_variables: {v: {}}",
        "part.yml",
    )
    text = """\
    project_name: x
    include: [part.yml]
    containers: {a: {image: a}}
    tasks: {t: {run: {container: a}}}
    config_variables: {v: {}}
    """

    found = problems(tmp_path, text)

    root = tmp_path / "taskrunner.yml"
    assert [(p.reference, p.where and (Path(p.where.file).name, p.where.line)) for p in found] == [
        ("config.duplicate-definition", ("part.yml", line)) for line in (1, 2, 3)
    ]
    assert found[0].message == f"The container 'a' is defined twice: here and in {root}, line 3."


def test_a_missing_include_is_reported_where_it_is_named(tmp_path: Path) -> None:
    """The place is the path in the including file, and names that it may define are not reported."""
    text = "project_name: x\ninclude:\n  - gone.yml\ntasks: {a: {run: {container: from-gone}}}"

    [problem] = problems(tmp_path, text)

    assert problem.reference == "config.file-not-found"
    assert problem.where is not None
    assert problem.where[1:] == (3, 5, 8)


def test_git_includes_that_are_not_there(tmp_path: Path) -> None:
    """Each has its problem and its place; names that may come from there are not reported."""
    text = """\
    project_name: x
    include:
      - {type: git, repo: "https://git.example.org/a.git", ref: 1.0}
      - {type: git, repo: "https://git.example.org/b.git", ref: 1.0, path: b.yml}
    tasks: {a: {run: {container: from-git}}}
    """

    found = [(p.reference, p.where and p.where.line) for p in problems(tmp_path, text)]

    assert found == [("config.bundle-not-fetched", 3), ("config.bundle-not-fetched", 4)]


def test_a_rejected_container_is_still_defined(tmp_path: Path) -> None:
    """A container that is wrong in itself is not reported as missing wherever it is used."""
    text = "project_name: x\ncontainers: {a: text}\ntasks: {t: {run: {container: a}}}"

    assert [problem.reference for problem in problems(tmp_path, text)] == ["config.expected-map"]


@pytest.mark.parametrize("broken", ["include: [{type: flie, path: x}]", "include: x.yml", "containers: []"])
def test_names_that_a_broken_part_may_define(tmp_path: Path, broken: str) -> None:
    """Where an include or a whole section cannot be read, no name is reported as missing for that."""
    text = f"project_name: x\n{broken}\ntasks: {{t: {{run: {{container: a}}}}}}"

    [problem] = problems(tmp_path, text)

    assert problem.where is not None
    assert problem.where.line == 2


def test_a_missing_root_file(tmp_path: Path) -> None:
    """A path that leads nowhere is one problem without a place."""
    with pytest.raises(ConfigError) as caught:
        load(str(tmp_path / "gone.yml"))

    [problem] = caught.value.problems
    assert (problem.reference, problem.where) == ("config.file-not-found", None)


@pytest.mark.parametrize("path", sorted(CONFIGS.glob("*.yml")), ids=lambda path: str(path.name))
def test_line_ends_do_not_matter(tmp_path: Path, path: Path) -> None:
    """Every example file means the same with CRLF and with a byte order mark, places included."""
    files = {found: found.read_text(encoding="utf-8") for found in CONFIGS.rglob("*.y*ml")}
    for found, text in files.items():
        write(tmp_path, text, str(found.relative_to(CONFIGS)))
    expected = load(str(tmp_path / path.name))

    for found, text in files.items():
        copy = tmp_path / found.relative_to(CONFIGS)
        copy.write_bytes(b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode())

    assert load(str(tmp_path / path.name)) == expected
