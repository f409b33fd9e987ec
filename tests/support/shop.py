"""A small application, written to disk and imported, whose traces tests look at."""

import importlib
import sys
import textwrap
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType

CORE = """
class ShopError(Exception):
    pass

class Till:
    class Jammed(ShopError):
        pass

    def open(self, action):
        return action()

def call(action):
    return action()

def in_lambda(action):
    return (lambda: action())()

def in_comprehension(action):
    return [action() for _ in range(1)]

def in_closure(action):
    def inner():
        return action()
    return inner()

def recurse(action, times):
    return recurse(action, times - 1) if times else action()

def alternate(action, times):
    return other(action, times - 1) if times else action()

def other(action, times):
    return alternate(action, times - 1) if times else action()

def wrap(action):
    try:
        action()
    except BaseException as error:
        raise ShopError("message") from error

def hide(action):
    try:
        action()
    except BaseException:
        raise ShopError("message") from None

def stumble(action):
    try:
        action()
    except BaseException:
        raise Till.Jammed("message")
"""


def line(text: str, behind: str = "") -> int:
    """Return the number of the first line that holds a text and comes after another text."""
    lines = textwrap.dedent(CORE).splitlines()
    first = next(number for number, each in enumerate(lines, start=1) if behind in each) if behind else 0
    return next(number for number, each in enumerate(lines, start=1) if number > first and text in each)


@contextmanager
def installed(folder: Path, name: str = "shop") -> Iterator[ModuleType]:
    """Write the application below a folder and give its module `core`; forget it afterwards."""
    package = folder / name
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("", encoding="utf-8")
    (package / "core.py").write_text(textwrap.dedent(CORE), encoding="utf-8")
    sys.path.insert(0, str(folder))
    try:
        yield importlib.import_module(f"{name}.core")
    finally:
        sys.path.remove(str(folder))
        for module in [each for each in sys.modules if each.split(".", maxsplit=1)[0] == name]:
            del sys.modules[module]
