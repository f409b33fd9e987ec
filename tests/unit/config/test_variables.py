"""The values of config variables."""

from pathlib import Path

import pytest

from taskrunner.config.model import Project
from taskrunner.config.variables import values
from taskrunner.errors import ConfigError
from tests.unit.config.projects import load_text, write


def project_in(folder: Path) -> Project:
    """Load a project with three config variables."""
    return load_text(
        folder,
        "project_name: x\nconfig_variables: {a: {default: from-default}, b: {default: 010}, region: {}}",
    )


def test_precedence(tmp_path: Path) -> None:
    """The command line wins over the file, and that over the default; without any there is no value."""
    project = project_in(tmp_path)
    file = write(tmp_path, "a: from-file\nb: 1.10", "vars.yml")

    found = values(project, {"a": "from-command-line"}, file)

    assert found == {
        "a": "from-command-line",
        "b": "1.10",
        "region": None,
        "batect.project_directory": str(tmp_path),
        "taskrunner.project_directory": str(tmp_path),
    }
    assert values(project, {}, None)["a"] == "from-default"
    assert values(project, {}, None)["b"] == "010"


def test_an_empty_value_is_a_value(tmp_path: Path) -> None:
    """Empty text wins over the default."""
    file = write(tmp_path, "a: ''", "vars.yml")

    assert values(project_in(tmp_path), {"b": ""}, file)["a"] == ""
    assert values(project_in(tmp_path), {"b": ""}, file)["b"] == ""


def test_unknown_names(tmp_path: Path) -> None:
    """Unknown names are all reported: those of the file with their place, all with a suggestion."""
    file = write(tmp_path, "a: b\nregoin: c\n", "vars.yml")

    with pytest.raises(ConfigError) as caught:
        values(project_in(tmp_path), {"Region": "x", "batect.project_directory": "/"}, file)

    found = [(p.reference, p.where and p.where[1:], p.hint) for p in caught.value.problems]
    assert found == [
        ("config.unknown-variable", (2, 1, 6), "Did you mean 'region'?"),
        ("config.unknown-variable", None, "Did you mean 'region'?"),
        ("config.unknown-variable", None, "Choose another name for one of your own."),
    ]
    assert "built in" in caught.value.problems[2].message


def test_a_far_name_lists_what_there_is(tmp_path: Path) -> None:
    """Where nothing is near, the hint lists the variables, or says where to define one."""
    with pytest.raises(ConfigError) as some:
        values(project_in(tmp_path), {"xyz": ""}, None)
    with pytest.raises(ConfigError) as none:
        values(load_text(tmp_path, "project_name: x"), {"xyz": ""}, None)

    assert some.value.hint == "It has a, b, region."
    assert none.value.hint == "Define it under `config_variables` in the config file."


@pytest.mark.parametrize(
    ("text", "reference"),
    [
        ("", "config.empty-file"),
        ("# nothing\n", "config.empty-file"),
        ("- a", "config.expected-map"),
        ("a: ~", "config.no-value"),
        ("a: [b]", "config.expected-text"),
        ("a: b\na: c", "config.duplicate-key"),
        ("a: b: c", "config.yaml-syntax"),
    ],
)
def test_bad_files(tmp_path: Path, text: str, reference: str) -> None:
    """A file that is no flat map is reported with its place."""
    file = write(tmp_path, text, "vars.yml")

    with pytest.raises(ConfigError) as caught:
        values(project_in(tmp_path), {}, file)

    [problem] = caught.value.problems
    assert problem.reference == reference
    assert problem.where is not None
    assert problem.where.file == file


def test_a_missing_file(tmp_path: Path) -> None:
    """A file that is gone by now is a problem, not a traceback."""
    with pytest.raises(ConfigError) as caught:
        values(project_in(tmp_path), {}, str(tmp_path / "gone.yml"))

    assert caught.value.reference == "config.file-not-found"
