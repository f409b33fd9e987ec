"""Traces of an application that is no folder of files: in an archive, or frozen into a program."""

import importlib.abc
import importlib.machinery
import importlib.util
import subprocess
import sys
import textwrap
import types
import zipapp
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from telemetry.manifest import FILE, from_source, manifest_of
from telemetry.traces import describe
from tests.support.interpreters import interpreters
from tests.support.leaks import CANARY, LEAKS
from tests.support.shop import CORE, installed, line

ROOT = Path(__file__).parents[3]

MAIN = """\
import sys
sys.path.append(sys.argv[1])
import shop, shop.core
from telemetry.manifest import manifest_of
from telemetry.traces import describe
try:
    shop.core.call(lambda: {}["canary7c31"])
except KeyError as error:
    print(describe(error, manifest_of(shop)))
"""


@pytest.fixture
def release(tmp_path: Path) -> Path:
    """Give the folder of a release: the package, with its list of symbols."""
    folder = tmp_path / CANARY
    with installed(folder):
        text = from_source(str(folder / "shop")).to_json()
    (folder / "shop" / FILE).write_text(text, encoding="utf-8")
    (folder / "__main__.py").write_text(MAIN, encoding="utf-8")
    for cache in folder.rglob("__pycache__"):
        for file in cache.iterdir():
            file.unlink()
        cache.rmdir()
    return folder


def printed(*arguments: str, python: str = sys.executable) -> str:
    """Run a program and return what it printed."""
    done = subprocess.run(
        [python, *arguments], capture_output=True, text=True, check=True, timeout=60, cwd="/"
    )
    return done.stdout.strip()


@pytest.mark.parametrize("python", interpreters())
def test_an_application_in_one_file(release: Path, tmp_path: Path, python: str) -> None:
    """In an archive that Python runs (zipapp), frames have the same names as in a folder."""
    archive = tmp_path / "shop.pyz"
    zipapp.create_archive(release, archive)
    named = f"shop.core:call:{line('return', 'def call')}"

    assert f"builtins:KeyError at <external> > {named} > <external>" == printed(
        str(archive), str(ROOT), python=python
    )


def test_an_archive_without_a_list(release: Path, tmp_path: Path) -> None:
    """Where no list came along, no frame is named, and the kind of the error still is."""
    (release / "shop" / FILE).unlink()
    archive = tmp_path / "shop.pyz"
    zipapp.create_archive(release, archive)

    assert "builtins:KeyError at <external> > <own:unknown> > <external>" == printed(str(archive), str(ROOT))


def test_compiled_modules_alone(release: Path, tmp_path: Path) -> None:
    """An archive of compiled modules names no file of the machine that built it."""
    subprocess.run([sys.executable, "-m", "compileall", "-q", "-b", str(release)], check=True, timeout=60)
    archive = tmp_path / "shop.zip"
    with zipfile.ZipFile(archive, "w") as packed:
        for path in [*release.rglob("*.pyc"), release / "shop" / FILE]:
            packed.write(path, path.relative_to(release))

    assert "builtins:KeyError at <external> x3" == printed(str(archive), str(ROOT))


class Frozen(importlib.abc.Loader, importlib.abc.MetaPathFinder):
    """Loads the package from memory, as programs that freeze packages do."""

    def __init__(self, text: str, name_of_file: str) -> None:
        self._data = text.encode()
        self._file = name_of_file

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: types.ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        """Find the package and its module `core`."""
        if name not in {"shop", "shop.core"}:
            return None
        return importlib.util.spec_from_loader(name, self, is_package=name == "shop")

    def exec_module(self, module: types.ModuleType) -> None:
        """Run a module that was compiled under a name of the freezer's choice."""
        text = textwrap.dedent(CORE) if module.__name__ == "shop.core" else ""
        name = module.__name__
        exec(compile(text, self._file.format(name, name.replace(".", "/")), "exec"), vars(module))  # noqa: S102

    def get_data(self, path: str) -> bytes:
        """Read a file of the package."""
        if path.rpartition("/")[2] != FILE:
            raise FileNotFoundError(path)
        return self._data


@pytest.fixture(params=["{1}.py", "<frozen {0}>"])
def frozen(request: pytest.FixtureRequest, release: Path) -> Iterator[types.ModuleType]:
    """Give the module of the frozen application, for each way to call its files."""
    finder = Frozen((release / "shop" / FILE).read_text(encoding="utf-8"), request.param)
    sys.meta_path.insert(0, finder)
    try:
        yield importlib.import_module("shop.core")
    finally:
        sys.meta_path.remove(finder)
        for name in ("shop", "shop.core"):
            sys.modules.pop(name, None)


def test_a_frozen_application(frozen: types.ModuleType) -> None:
    """Frames and classes have the same names as in a folder."""
    manifest = manifest_of(sys.modules["shop"])
    try:
        frozen.stumble(lambda: {}["x"])
    except frozen.Till.Jammed as error:
        trace = describe(error, manifest)

    raised, called = line("raise Till"), line("action()", "def stumble")
    assert trace.startswith(f"shop.core:Till.Jammed at <external> > shop.core:stumble:{raised} <- ")
    assert trace.endswith(f"builtins:KeyError at shop.core:stumble:{called} > <external>")


@pytest.mark.parametrize("leak", LEAKS, ids=lambda leak: leak.__name__)
def test_nothing_leaks_from_a_frozen_application(
    leak: "types.FunctionType", frozen: types.ModuleType
) -> None:
    """Whatever carries the canary, it is not in the trace."""
    manifest = manifest_of(sys.modules["shop"])
    try:
        frozen.wrap(leak)
    except BaseException as error:  # noqa: BLE001 - some leaks are interrupts
        trace = describe(error, manifest)

    assert "shop.core:" in trace
    assert not any(word in trace.lower() for word in (CANARY.lower(), "acme", "/home", "/tmp"))


@pytest.mark.parametrize("name", ["shop/core.py", "<frozen shop.core>", "shop.core", "shop\\core.py"])
def test_a_made_up_file_gets_no_further_than_the_list(release: Path, name: str) -> None:
    """Code that claims to be the application's is told by names of the application, or not at all."""
    manifest = from_source(str(release / "shop"))
    code = compile(f"def {CANARY}():\n    raise ValueError\n{CANARY}()", name, "exec")
    try:
        exec(code, {"__name__": CANARY})  # noqa: S102
    except ValueError as error:
        trace = describe(error, manifest)

    assert CANARY not in trace
    assert set(trace.partition(" at ")[2].split(" > ")) <= {
        "<external>",
        "<external> x2",
        "<external> x3",
        "<own:unknown>",
        "shop.core:<module>:3",
    }
