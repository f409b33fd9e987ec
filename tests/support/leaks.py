"""Errors that carry a canary, one way each; a trace of any of them must not let it out."""

import asyncio
import json
import os
import queue
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import Any, NoReturn

CANARY = "Canary7c31"
SECRET = f"/home/{CANARY}/acme"


def name_error() -> None:
    """Name a variable of the user's, for which Python then suggests others."""
    exec(f"{CANARY}_value = 1\n{CANARY}_valve")  # noqa: S102


def attribute_error() -> None:
    """Name an attribute."""
    getattr(object(), CANARY)


def import_error() -> None:
    """Name a module."""
    __import__(CANARY)


def missing_file() -> None:
    """Name two paths."""
    os.rename(SECRET, SECRET + "2")


def key_error() -> None:
    """Carry a key."""
    raise KeyError(SECRET)


def bad_bytes() -> None:
    """Carry what was decoded."""
    (CANARY.encode() + b"\xff").decode()


def bad_json() -> None:
    """Carry a whole document."""
    json.loads(f"[{CANARY}")


def failed_command() -> None:
    """Carry arguments and output."""
    subprocess.run([sys.executable, "-c", "raise SystemExit(3)", f"--password={CANARY}"], check=True)


def slow_command() -> None:
    """Carry arguments and what was printed so far."""
    raise subprocess.TimeoutExpired([CANARY], 1, output=CANARY.encode())


def syntax_error() -> None:
    """Carry a file name and a line of source."""
    compile(f"x = = {CANARY}", f"{SECRET}.py", "exec")


def noted() -> None:
    """Carry a note (PEP 678)."""
    error = ValueError("nothing")
    error.add_note(CANARY)
    raise error


def grouped() -> None:
    """Carry messages in a group, in a group within it, and in what caused a member."""
    inner = ExceptionGroup(CANARY, [KeyError(CANARY), OSError(2, CANARY, SECRET)])
    inner.exceptions[0].__cause__ = ValueError(CANARY)
    raise ExceptionGroup(CANARY, [inner, TypeError(CANARY)])


def cycle() -> None:
    """Cause one another."""
    first, second = ValueError(CANARY), KeyError(CANARY)
    first.__cause__, second.__cause__ = second, first
    raise first


def run_time_class() -> None:
    """Be of a class whose three names are texts of the user's, one of them the application's own."""
    kind = type(f"{CANARY} <a@acme.example>", (ValueError,), {"__module__": "shop.core"})
    kind.__qualname__ = f"ShopError.{CANARY}"
    raise kind(CANARY)


def false_name() -> None:
    """Be of a class that names itself after one of the application's."""
    raise type("ShopError", (RuntimeError,), {"__module__": "shop.core"})(CANARY)


class Lying(type):
    """A metaclass that answers everything with a canary and harms whoever compares."""

    def __getattribute__(cls, name: str) -> Any:
        """Answer."""
        return CANARY

    def __eq__(cls, other: object) -> bool:
        raise AssertionError(CANARY)

    def __hash__(cls) -> int:
        raise AssertionError(CANARY)

    def __instancecheck__(cls, instance: object) -> bool:
        raise AssertionError(CANARY)


def lying_class() -> None:
    """Be of a class that lies about itself."""
    raise Lying(f"{CANARY}Error", (LookupError,), {})(CANARY)


def hostile_instance() -> None:
    """Raise when asked for a text, an attribute or an errno."""

    def refuse(*_arguments: object) -> NoReturn:
        raise RuntimeError(CANARY)

    names = ("__str__", "__repr__", "__getattribute__", "errno", "exceptions")
    raise type(f"{CANARY}Error", (OSError,), dict.fromkeys(names, refuse))(2, CANARY)


def false_file() -> None:
    """Run code that says that it is a file of the user's."""
    exec(compile(f"def {CANARY}(): raise ValueError\n{CANARY}()", f"{SECRET}.py", "exec"), {})  # noqa: S102


def own_false_file() -> None:
    """Run code that says that it is the application's own file, with a function and a line of its own."""
    own = sys.modules["shop.core"].__file__
    code = compile("\n" * 9000 + f"def {CANARY}(): raise ValueError\n{CANARY}()", str(own), "exec")
    exec(code, {"__name__": CANARY})  # noqa: S102


def generated_code() -> None:
    """Run code whose file is a sentence, as generators of classes and templates write it."""
    exec(compile("raise ValueError", f"<generated methods {CANARY}.Model>", "exec"), {})  # noqa: S102


def windows_file() -> None:
    """Run code from a path of another system."""
    exec(compile("raise ValueError", f"C:\\Users\\{CANARY}\\app.py", "exec"), {"__name__": CANARY})  # noqa: S102


def template_file() -> None:
    """Run code of a file that is no Python."""
    exec(compile("raise ValueError", f"{SECRET}/page.html", "exec"), {})  # noqa: S102


def local_variable() -> None:
    """Fail beside a local variable that is a secret."""
    password = CANARY  # noqa: F841
    raise ValueError


def system_exit() -> None:
    """End with a sentence in place of a number."""
    raise SystemExit(CANARY)


def false_errno() -> None:
    """Carry a text where the number of an error is expected."""
    error = OSError()
    error.errno = CANARY  # type: ignore[assignment]
    raise error


def empty_queue() -> None:
    """Be of a class of the standard library."""
    raise queue.Empty(CANARY)


def task_error() -> None:
    """Fail in a task that has a name."""

    async def work() -> None:
        raise ValueError(CANARY)

    async def all_work() -> None:
        await asyncio.create_task(work(), name=CANARY)

    asyncio.run(all_work())


def _in_process() -> None:
    raise ValueError(CANARY)


def remote_traceback() -> None:
    """Fail in another process, whose traceback arrives as text."""
    with ProcessPoolExecutor(1, mp_context=get_context("fork")) as pool:
        pool.submit(_in_process).result()


LEAKS: tuple[Callable[[], None], ...] = (
    name_error,
    attribute_error,
    import_error,
    missing_file,
    key_error,
    bad_bytes,
    bad_json,
    failed_command,
    slow_command,
    syntax_error,
    noted,
    grouped,
    cycle,
    run_time_class,
    false_name,
    lying_class,
    hostile_instance,
    false_file,
    own_false_file,
    generated_code,
    windows_file,
    template_file,
    local_variable,
    system_exit,
    false_errno,
    empty_queue,
    task_error,
    remote_traceback,
)
