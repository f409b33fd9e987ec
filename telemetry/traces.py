"""Stack traces without a word that the application's authors did not write.

A trace is built from what the interpreter knows of the code that ran: never from the text of an
exception, a path, a source line or a value. Each part is looked up in a set that was fixed with the
release; what is not there becomes a constant. The grammar of the result, which the collector checks
too (`values.is_trace`):

    trace  = link { " <- " link }                 an exception, then what caused it
    link   = type [ "[" fact "]" ] [ " group:" size ] [ " at " frame { " > " frame } ] [ members ]
    type   = "module:Name" | "<external:module:Name>"
    fact   = errno name | exit status
    frame  = "module:qualified.name:line" | "<stdlib>" | "<external>" | "<own:unknown>" | "<cut:n>"
             with " x12" behind it where it repeats; the outermost stands first
    members = " { " trace { " | " trace } " }"
"""

import builtins
import errno
import os
import re
import sys
import types
from collections.abc import Iterator
from itertools import groupby
from typing import Any, Final

from telemetry.manifest import STANDARD_ERRORS, Manifest
from telemetry.values import TRACE_BYTES, is_trace

__all__ = ["FAILED", "describe"]

FAILED: Final = "<sanitiser-error>"
"""What stands for an exception that cannot be described."""
_MORE: Final = "<more>"

_MOST_LINKS: Final = 5
_MOST_MEMBERS: Final = 8
_DEEPEST_GROUP: Final = 3
_MOST_FRAMES: Final = 32
_SLACK: Final = 512
"""Characters kept for the link that is under way when the space is used up, and for what closes groups."""

# Read past whatever the class or its metaclass would answer for itself.
_MRO: Final[Any] = type.__dict__["__mro__"].__get__
_CLASS_DICT: Final[Any] = type.__dict__["__dict__"].__get__
_TRACEBACK: Final[Any] = BaseException.__dict__["__traceback__"].__get__
_CAUSE: Final[Any] = BaseException.__dict__["__cause__"].__get__
_CONTEXT: Final[Any] = BaseException.__dict__["__context__"].__get__
_SUPPRESSED: Final[Any] = BaseException.__dict__["__suppress_context__"].__get__
_MEMBERS: Final[Any] = BaseExceptionGroup.__dict__["exceptions"].__get__
_ERRNO: Final[Any] = OSError.__dict__["errno"].__get__
_EXIT: Final[Any] = SystemExit.__dict__["code"].__get__


def describe(error: BaseException, manifest: Manifest) -> str:
    """Return an exception, its frames, causes and members as one string, at most 4096 characters.

    Frames outside the application's own code are told as `<stdlib>` or `<external>`. Never raises:
    what cannot be described is `<sanitiser-error>`.
    """
    try:
        trace = _Describer(manifest).trace(error)
    except Exception:  # noqa: BLE001 - a hostile exception, or the very lack of stack or memory that it reports
        return FAILED
    return trace if is_trace(trace) else FAILED


class _Describer:
    """Describes one exception; remembers what it saw of files and of exceptions."""

    def __init__(self, manifest: Manifest) -> None:
        self._manifest = manifest
        self._seen: set[int] = set()
        self._modules: dict[str, str] = {}
        self._left = TRACE_BYTES - _SLACK

    def trace(self, error: BaseException, depth: int = 0) -> str:
        links: list[str] = []
        current: BaseException | None = error
        while current is not None and id(current) not in self._seen:
            if len(links) == _MOST_LINKS or self._left < 0:
                links.append(_MORE)
                break
            self._seen.add(id(current))
            links.append(self._link(current, depth))
            current = _cause_of(current)
        return " <- ".join(links) or _MORE

    def _link(self, error: BaseException, depth: int) -> str:
        kind = type(error)
        is_group = _derives(kind, BaseExceptionGroup)
        members = _MEMBERS(error) if is_group else ()
        head = self._type(kind) + self._fact(error) + (f" group:{len(members)}" if is_group else "")
        frames = list(_shortened(self._frames(_TRACEBACK(error))))
        told = head + (" at " + " > ".join(frames) if frames else "")
        if len(told) > self._left:
            told = head
        self._left -= len(told) + len(" <- ")
        return told + self._members(members, depth + 1)

    def _members(self, members: tuple[BaseException, ...], depth: int) -> str:
        if not members:
            return ""
        told: list[str] = []
        for member in members[:_MOST_MEMBERS] if depth <= _DEEPEST_GROUP else ():
            if self._left < 0:
                break
            told.append(self.trace(member, depth))
        if len(told) < len(members):
            told.append(_MORE)
        return " { " + " | ".join(told) + " }"

    def _type(self, kind: type) -> str:
        """Return the class's name, or that of its nearest known base."""
        for base in _MRO(kind):
            name = _known_name(base) or self._own_name(base)
            if name is not None:
                return name if base is kind else f"<external:{name}>"
        return "<external:builtins:BaseException>"

    def _own_name(self, kind: type) -> str | None:
        """Return the name of a class of the application: listed, and found where its name says."""
        said = _CLASS_DICT(kind).get("__module__")  # only where to look; what is found there decides
        known = self._manifest.modules.get(said) if type(said) is str else None
        module = sys.modules.get(said) if type(said) is str else None
        if known is None or type(module) is not types.ModuleType:
            return None
        return next((f"{said}:{name}" for name in known.classes if _found(module, name) is kind), None)

    def _fact(self, error: BaseException) -> str:
        """Return the name of an errno or the number of an exit status, where the interpreter knows it."""
        if _derives(type(error), OSError):
            number = _ERRNO(error)
            return f"[{errno.errorcode[number]}]" if type(number) is int and number in errno.errorcode else ""
        if _derives(type(error), SystemExit):
            status = _EXIT(error)
            return f"[{status}]" if type(status) is int and abs(status) < 100_000 else ""
        return ""

    def _frames(self, traceback: types.TracebackType | None) -> Iterator[str]:
        while traceback is not None:
            yield self._frame(traceback.tb_frame.f_code, traceback.tb_lineno)
            traceback = traceback.tb_next

    def _frame(self, code: types.CodeType, line: int | None) -> str:
        module = self._module(code.co_filename)
        if module.startswith("<"):
            return module
        if type(line) is int and self._manifest.holds(module, code.co_qualname, line):
            return f"{module}:{code.co_qualname}:{line}"
        return "<own:unknown>"

    def _module(self, path: str) -> str:
        found = self._modules.get(path)
        if found is None:
            # Resolving a path asks the disk for each of its folders; a recursion has 1000 frames.
            found = self._modules[path] = _module_at(path, self._manifest)
        return found


def _module_at(path: str, manifest: Manifest) -> str:
    """Return the application's module in a file, or the constant for files of others.

    In a frozen program files have no folders but those of their package, or are called `<frozen name>`.
    Whoever makes up such a name gets no further than the names of the manifest.
    """
    frozen = re.fullmatch(r"<frozen ([a-zA-Z0-9_.]+)>", path)
    name = frozen[1] if frozen else path.removesuffix(".py").replace(os.sep, ".").removesuffix(".__init__")
    if name in manifest.modules:
        return name
    if path.startswith("<") or not path.endswith(".py"):
        return "<external>"
    real = os.path.realpath(path)
    own = os.path.join(manifest.root, manifest.package) + os.sep
    if real.startswith(own):
        name = os.path.relpath(real, manifest.root)[: -len(".py")].replace(os.sep, ".")
        name = name.removesuffix(".__init__")
        return name if name in manifest.modules else "<own:unknown>"
    library = os.path.dirname(os.path.realpath(os.__file__)) + os.sep
    inside = real.startswith(library) and not real.startswith(
        (library + "site-packages", library + "dist-packages")
    )
    return "<stdlib>" if inside else "<external>"


def _cause_of(error: BaseException) -> BaseException | None:
    cause: BaseException | None = _CAUSE(error)
    if cause is not None or _SUPPRESSED(error):
        return cause
    context: BaseException | None = _CONTEXT(error)
    return context


def _known_name(kind: type) -> str | None:
    """Return the name of a built-in exception class, or of a standard one that is loaded."""
    return _BUILTINS.get(id(kind)) or next(
        (
            f"{module}:{name}"
            for module, name in STANDARD_ERRORS
            if kind is _found(sys.modules.get(module), name)
        ),
        None,
    )


def _found(module: types.ModuleType | None, symbol: str) -> object:
    """Return what stands at a qualified name, without running code of the module or its classes."""
    found: object = module
    for part in symbol.split("."):
        if type(found) is types.ModuleType:
            found = vars(found).get(part)
        elif _derives(type(found), type):
            found = _CLASS_DICT(found).get(part)
        else:
            return None
    return found


def _derives(kind: type, base: type) -> bool:
    """Return whether a class has a base; `in` and `issubclass` would ask the class itself."""
    return any(each is base for each in _MRO(kind))


def _shortened(frames: Iterator[str]) -> Iterator[str]:
    """Give frames with repeats told as one, and the middle of a long trace as a number."""
    told = [(frame, len(list(same))) for frame, same in groupby(frames)]
    half = _MOST_FRAMES // 2
    if len(told) <= _MOST_FRAMES:
        yield from (_repeated(*each) for each in told)
        return
    yield from (_repeated(*each) for each in told[:half])
    yield f"<cut:{sum(number for _, number in told[half:-half])}>"
    yield from (_repeated(*each) for each in told[-half:])


def _repeated(frame: str, times: int) -> str:
    return f"{frame} x{times}" if times > 1 else frame


# By identity: a dictionary of classes would ask their metaclasses for hashes.
_BUILTINS: Final = {
    id(value): f"builtins:{name}"
    for name, value in vars(builtins).items()
    if isinstance(value, type) and issubclass(value, BaseException) and value.__name__ == name
}
