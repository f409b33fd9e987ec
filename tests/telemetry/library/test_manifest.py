"""The list of an application's symbols agrees with what Python itself compiles."""

import importlib
import json
import subprocess
import sys
import tomllib
import types
import zipfile
from collections.abc import Iterator
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from taskrunner._version import VERSION
from taskrunner.usage_catalog import CATALOG, symbols
from telemetry.manifest import FILE, Manifest, from_source, manifest_of

ROOT = Path(__file__).parents[3]

SOURCE = """
import functools

@functools.cache
def outer(given=lambda: 1, *, named=[each for each in range(3)]):
    class Inner:
        values = {each: (lambda: each) for each in range(3)}
        async def method(self):
            return (number async for number in self)
    return sorted([lambda: {1 for _ in given()} for _ in range(2)], key=lambda each: each())
"""


def names(code: types.CodeType) -> Iterator[str]:
    """Give the qualified name of each piece of code in a module."""
    yield code.co_qualname
    for each in code.co_consts:
        if isinstance(each, types.CodeType):
            yield from names(each)


@pytest.mark.parametrize("package", ["taskrunner", "telemetry"])
def test_every_function_is_listed(package: str) -> None:
    """Each name that can stand in a frame of the program is in its list, so its traces are complete."""
    manifest = from_source(str(ROOT / package))
    for path in (ROOT / package).rglob("*.py"):
        name = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        text = path.read_bytes()
        compiled = set(names(compile(text, str(path), "exec")))

        assert set() == compiled - manifest.modules[name].symbols
        assert text.count(b"\n") < manifest.modules[name].lines


def test_nested_scopes_are_listed(tmp_path: Path) -> None:
    """Lambdas, comprehensions and classes within functions have the names that Python gives them."""
    package = tmp_path / "deep"
    package.mkdir()
    (package / "__init__.py").write_text(SOURCE, encoding="utf-8")

    module = from_source(str(package)).modules["deep"]

    assert set() == set(names(compile(SOURCE, "x.py", "exec"))) - module.symbols
    assert {"outer.<locals>.Inner"} == module.classes


def test_a_release_brings_its_list(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The list of a release is taken as it is, and only where there is none the source is read."""
    package = tmp_path / "deep"
    package.mkdir()
    (package / "__init__.py").write_text("", encoding="utf-8")
    (package / "inner.py").write_text(SOURCE, encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    deep = importlib.import_module("deep")
    monkeypatch.delitem(sys.modules, "deep")
    source = manifest_of(deep)
    (package / FILE).write_text(source.to_json(), encoding="utf-8")
    (package / "inner.py").write_text("broken = (", encoding="utf-8")

    assert source == manifest_of(deep)
    assert "outer.<locals>.Inner" in manifest_of(deep).modules["deep.inner"].classes
    assert type(manifest_of(deep).modules) is dict


@pytest.mark.parametrize("text", ["", "{}", "[]"])
def test_a_damaged_list_gives_way_to_the_source(
    tmp_path: Path, text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Describing a crash never fails for the sake of its list."""
    package = tmp_path / "torn"
    package.mkdir()
    (package / "__init__.py").write_text(SOURCE, encoding="utf-8")
    (package / FILE).write_text(text, encoding="utf-8")
    monkeypatch.setitem(sys.modules, "torn", torn := types.ModuleType("torn"))
    torn.__path__ = [str(package)]

    assert "outer" in manifest_of(torn).modules["torn"].symbols


def test_no_path_is_in_the_list(tmp_path: Path) -> None:
    """What a release publishes says nothing about the machine that built it."""
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "__init__.py").write_text(SOURCE, encoding="utf-8")

    text = from_source(str(tmp_path / "deep")).to_json()

    assert str(tmp_path) not in text
    assert ["applicationId", "applicationVersion", "package", "modules"] == list(json.loads(text))


def test_the_wheel_brings_what_a_collector_reads(tmp_path: Path) -> None:
    """A built wheel holds the catalogue and the symbols of exactly the source that it was built from."""
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(build, cwd=ROOT, capture_output=True, check=True)

    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        text = archive.read(f"taskrunner/{FILE}").decode()
        catalogue = archive.read("taskrunner/catalogue.json").decode()

    assert CATALOG.to_json() == catalogue
    assert symbols().to_json() == text
    assert from_source(str(ROOT / "taskrunner")).modules == Manifest.from_json(text).modules
    assert ("taskrunner", VERSION) == (
        Manifest.from_json(text).application_id,
        Manifest.from_json(text).version,
    )


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"package":"a","modules":{"a":{}}}', '{"package":"a","modules":5}', "null"]
)
def test_what_is_no_list_is_refused(text: str) -> None:
    """A collector that is given another file says so, and does not fail later."""
    with pytest.raises(ValueError, match=r"symbols|Expecting"):
        Manifest.from_json(text)


@pytest.mark.parametrize(
    ("group", "expected"), [("telemetry.catalogues", CATALOG), ("telemetry.symbols", symbols())]
)
def test_an_installed_collector_finds_both(group: str, expected: object) -> None:
    """The entry points lead to functions that return the catalogue and the symbols."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    place = project["entry-points"][group]["taskrunner"]

    assert expected == EntryPoint("taskrunner", place, group).load()()
