"""The symbols of an application: what a sanitised trace may name.

A release carries them as `symbols.json`, which the build writes from the source (for taskrunner,
`.ci/published.py`); in a checkout, where there is no such file, they are read from the source when they
are needed. A committed file would have to change with almost every change of the code, and a forgotten
one would make a trace say less than it could.
"""

import ast
import json
import os
import types
from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple

__all__ = ["FILE", "STANDARD_ERRORS", "Manifest", "Module", "from_source", "manifest_of"]

FILE: Final = "symbols.json"
"""Its name within the application's package."""

STANDARD_ERRORS: Final = (
    ("json.decoder", "JSONDecodeError"),
    ("subprocess", "CalledProcessError"),
    ("subprocess", "TimeoutExpired"),
    ("ssl", "SSLError"),
    ("ssl", "SSLCertVerificationError"),
    ("socket", "gaierror"),
    ("http.client", "HTTPException"),
    ("zlib", "error"),
    ("_queue", "Empty"),
)
"""Exceptions of the standard library that a trace may name, beside the built-in ones."""

_COMPREHENSIONS: Final = {
    ast.ListComp: "<listcomp>",
    ast.SetComp: "<setcomp>",
    ast.DictComp: "<dictcomp>",
    ast.GeneratorExp: "<genexpr>",
}


class Module(NamedTuple):
    """What one module of an application defines."""

    lines: int
    symbols: frozenset[str]
    """Qualified names of functions, classes, lambdas and comprehensions, as Python writes them."""
    classes: frozenset[str]


class Manifest(NamedTuple):
    """All symbols of one release of an application."""

    package: str
    """The import name of its top package."""
    root: str
    """The real path of the folder that holds that package."""
    modules: Mapping[str, Module]
    application_id: str = ""
    """Whose release it is; empty in a list that was not published."""
    version: str = ""
    """The release's version, as sessions carry it."""

    def holds(self, module: str, symbol: str, line: int) -> bool:
        """Return whether a trace may name this place."""
        known = self.modules.get(module)
        return known is not None and symbol in known.symbols and 1 <= line <= known.lines

    def to_json(self) -> str:
        """Return the symbols as JSON; where they are installed is left out."""
        modules = {
            name: {
                "lines": module.lines,
                "symbols": sorted(module.symbols),
                "classes": sorted(module.classes),
            }
            for name, module in sorted(self.modules.items())
        }
        document = {
            "applicationId": self.application_id,
            "applicationVersion": self.version,
            "package": self.package,
            "modules": modules,
        }
        return json.dumps(document, indent=1) + "\n"

    @staticmethod
    def from_json(text: str | bytes, root: str = "") -> "Manifest":
        """Return what `to_json` wrote. Raises ValueError for anything else.

        `root` is the folder that the package lies in; a collector, which only looks names up, has none.
        """
        try:
            plain = json.loads(text)
            modules = {
                name: Module(each["lines"], frozenset(each["symbols"]), frozenset(each["classes"]))
                for name, each in plain["modules"].items()
            }
            return Manifest(
                plain["package"], root, modules, plain["applicationId"], plain["applicationVersion"]
            )
        except (KeyError, TypeError, AttributeError) as error:
            raise ValueError(f"This is no list of symbols: {type(error).__name__}.") from error


def manifest_of(package: types.ModuleType) -> Manifest:
    """Return the manifest of an application's package: the release's, or in a checkout the source's.

    The release's is read by whatever loaded the package, so also from a zip archive or from a program that
    a package was frozen into. Where there is neither, it is empty: a trace then names no frame of ours.
    """
    name = package.__name__
    folder = next(iter(package.__path__), "")
    root = _root(folder)
    try:
        data = package.__spec__.loader.get_data(os.path.join(folder, FILE))  # type: ignore[union-attr]
        return Manifest.from_json(data, root)
    except (OSError, ValueError, AttributeError):
        return Manifest(name, root, _Sources(folder) if os.path.isdir(folder) else {})


def from_source(folder: str) -> Manifest:
    """Read the symbols from a package's source files. Raises OSError or SyntaxError."""
    return Manifest(os.path.basename(os.path.realpath(folder)), _root(folder), dict(_Sources(folder)))


class _Sources(Mapping[str, Module]):
    """The modules of a package, each read when it is asked for: a trace needs few, and all take a second."""

    def __init__(self, folder: str) -> None:
        root = _root(folder)
        paths = {
            os.path.relpath(path, root)[: -len(".py")]: path for path in _sources(os.path.realpath(folder))
        }
        self._paths = {name.replace(os.sep, ".").removesuffix(".__init__"): paths[name] for name in paths}
        self._read: dict[str, Module] = {}

    def __getitem__(self, name: str) -> Module:
        if name not in self._read:
            with open(self._paths[name], "rb") as file:
                self._read[name] = _module(file.read())
        return self._read[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._paths)

    def __len__(self) -> int:
        return len(self._paths)


def _root(folder: str) -> str:
    return os.path.dirname(os.path.realpath(folder))


def _sources(folder: str) -> Iterator[str]:
    for where, folders, files in os.walk(folder):
        folders.sort()
        yield from (os.path.join(where, file) for file in sorted(files) if file.endswith(".py"))


def _module(text: bytes) -> Module:
    finder = _Finder()
    finder.visit(ast.parse(text))
    return Module(text.count(b"\n") + 1, frozenset(finder.symbols), frozenset(finder.classes))


class _Finder(ast.NodeVisitor):
    """Collects qualified names as PEP 3155 defines them, comprehensions among them.

    From Python 3.12 most comprehensions have no frame of their own any more (PEP 709). What is in
    them is listed under both names, so that one list serves every version.
    """

    def __init__(self) -> None:
        self.symbols = {"<module>"}
        self.classes: set[str] = set()
        self._prefix = ""

    def visit_FunctionDef(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        # Decorators, defaults and annotations run outside the function.
        outside = [*node.decorator_list, *node.args.defaults, *filter(None, node.args.kw_defaults)]
        for each in outside:
            self.visit(each)
        self._inside(node.name, ".<locals>.", node.body)

    visit_AsyncFunctionDef = visit_FunctionDef  # noqa: N815 - the name that ast looks for

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        for each in (*node.decorator_list, *node.bases, *node.keywords):
            self.visit(each)
        self.classes.add(self._prefix + node.name)
        self._inside(node.name, ".", node.body)

    def visit_Lambda(self, node: ast.Lambda) -> None:
        for each in (*node.args.defaults, *filter(None, node.args.kw_defaults)):
            self.visit(each)
        self._inside("<lambda>", ".<locals>.", [node.body])

    def generic_visit(self, node: ast.AST) -> None:
        name = _COMPREHENSIONS.get(type(node))
        if name is not None:
            self._inside(name, ".", list(ast.iter_child_nodes(node)))
        super().generic_visit(node)

    def _inside(self, name: str, joint: str, body: "list[ast.stmt] | list[ast.expr] | list[ast.AST]") -> None:
        outer = self._prefix
        self.symbols.add(outer + name)
        self._prefix = outer + name + joint
        for each in body:
            self.visit(each)
        self._prefix = outer
