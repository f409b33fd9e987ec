"""The wheel and the source distribution: what is in them, and that they install and run."""

import os
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

from taskrunner._version import VERSION
from tests.support.interpreters import interpreters
from tests.support.journey import program
from tests.support.modules import uncovered
from tests.support.wheels import Built, build

CARRIED = (
    "taskrunner/py.typed",
    "telemetry/py.typed",
    "taskrunner/config.schema.json",
    "taskrunner/catalogue.json",
    "taskrunner/symbols.json",
    "taskrunner/privacy-policy.md",
    "taskrunner/wrapper/script.sh",
    "taskrunner/cli/completion/taskrunner.bash",
    "taskrunner/cli/completion/taskrunner.zsh",
    "taskrunner/cli/completion/taskrunner.fish",
)


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    """Give the wheel and the source distribution."""
    base = tmp_path_factory.getbasetemp()
    shared = base.parent if os.environ.get("PYTEST_XDIST_WORKER") else base
    return build(shared / "built")


def run(*command: str, folder: Path, env: dict[str, str] | None = None) -> str:
    """Run a command and return what it prints."""
    done = subprocess.run(
        command,
        cwd=folder,
        env={**uncovered(), "HOME": str(folder), **(env or {})},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=170,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_wheel_carries_everything(built: Built) -> None:
    """Types, schema, manifest, policy, scripts and templates are in it, and no tests are."""
    names = zipfile.ZipFile(built.wheel).namelist()
    root = Path(__file__).parents[2]
    data = [
        str(path.relative_to(root))
        for package in ("taskrunner", "telemetry")
        for path in (root / package).rglob("*")
        if path.is_file() and path.suffix not in (".pyc", ".py") and "__pycache__" not in path.parts
    ]

    assert set(CARRIED) <= set(names)
    assert set(data) <= set(names)
    assert not [name for name in names if name.startswith(("tests/", "docs/", ".ci/"))]


def test_the_source_distribution_builds(built: Built, tmp_path: Path) -> None:
    """A wheel that is built from it has the same files."""
    with tarfile.open(built.source) as archive:
        archive.extractall(tmp_path, filter="data")
    (unpacked,) = tmp_path.iterdir()
    run(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path), folder=unpacked)

    (again,) = tmp_path.glob("*.whl")
    assert zipfile.ZipFile(built.wheel).namelist() == zipfile.ZipFile(again).namelist()


def test_the_source_distribution_can_be_tried(built: Built) -> None:
    """What the README says to run is in it, with the scripts that this needs."""
    with tarfile.open(built.source) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}

    assert {"docs/quickstart.sh", "tests/run.sh", ".ci/lib.sh", ".ci/engine", ".ci/hello_image.py"} <= names
    assert {".ci/locked/tests.txt", ".ci/newer-engine", "docs/LICENSE"} <= names
    assert not [name for name in names if "__pycache__" in name or name.startswith(".cache")]


def looks_around(command: str, folder: Path) -> None:
    """Try an installed program: its version, its policy, its schema, and a config."""
    (folder / "taskrunner.yml").write_text(
        "project_name: p\ncontainers: {c: {image: x:1}}\ntasks: {hello: {run: {container: c}}}\n",
        encoding="utf-8",
    )
    assert f"taskrunner {VERSION}\n" == run(command, "--version", folder=folder)
    assert "hello\n" == run(command, "list", "-o", "quiet", folder=folder)
    assert "privacy" in run(command, "telemetry", "policy", folder=folder).lower()
    assert "2020-12" in run(command, "schema", folder=folder)


@pytest.mark.parametrize("python", interpreters())
@pytest.mark.parametrize("kind", ["wheel", pytest.param("source", marks=pytest.mark.long)])
def test_a_clean_environment(built: Built, python: str, kind: str, tmp_path: Path) -> None:
    """Each kind installs with pip into an environment with nothing in it, and the program works."""
    environment = tmp_path / "environment"
    run(python, "-m", "venv", str(environment), folder=tmp_path)
    pip = (str(environment / "bin" / "python"), "-m", "pip", "install", "--quiet")
    run(*pip, str(getattr(built, kind)), folder=tmp_path)

    looks_around(str(environment / "bin" / "taskrunner"), tmp_path)
    code = "import taskrunner, telemetry; print(taskrunner.__file__)"
    where = run(str(environment / "bin" / "python"), "-c", code, folder=tmp_path)
    assert where.startswith(str(environment))


@pytest.mark.long
@pytest.mark.parametrize("installer", ["uv", "pipx"])
def test_installers_of_tools(built: Built, installer: str, tmp_path: Path) -> None:
    """`uv tool install` and `pipx install` make the command of the wheel."""
    folders = {
        "UV_TOOL_DIR": str(tmp_path / "tools"),
        "UV_TOOL_BIN_DIR": str(tmp_path / "bin"),
        "PIPX_HOME": str(tmp_path / "tools"),
        "PIPX_BIN_DIR": str(tmp_path / "bin"),
    }
    verb = ("tool", "install") if installer == "uv" else ("install",)
    python = ("--python", sys.executable)
    run(program(installer), *verb, *python, str(built.wheel), folder=tmp_path, env=folders)

    looks_around(str(tmp_path / "bin" / "taskrunner"), tmp_path)
