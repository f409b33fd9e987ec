"""`NamedTuple` as `typing` has it, made in a quarter of the time.

Frozen values are this code base's way to hand things on, and the modules of a run define about a hundred
kinds of them. `typing.NamedTuple` compiles a constructor for each of them and checks each annotation: 10 ms
at every start. Here a constructor is compiled when the first value is made, which for most kinds never
happens, and nothing else is done that an import does not need. To a type checker, it is `typing`'s own.
"""

from _collections import _tuplegetter  # type: ignore[import-not-found]  # as namedtuple itself uses it

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any, NamedTuple, Self

__all__ = ["NamedTuple"]


class _Kind(type):
    """Makes a class of tuples from the annotations in a class's body."""

    def __new__(cls, name: str, bases: "tuple[type, ...]", body: "dict[str, Any]") -> type:
        if not bases:
            return super().__new__(cls, name, bases, body)
        fields = tuple(body.get("__annotations__", ()))
        defaults = {field: body.pop(field) for field in fields if field in body}
        if fields[len(fields) - len(defaults) :] != tuple(defaults):
            raise TypeError(f"{name}: a field with a default is followed by one without")
        for place, field in enumerate(fields):
            body[field] = _tuplegetter(place, f"Field {place}")
        body.setdefault("__slots__", ())
        body.update(_fields=fields, _field_defaults=defaults, __match_args__=fields)
        return type.__new__(_Made, name, (_Record,), body)


class _Made(type):
    """The class of the classes that are made: these are tuples like any others."""


class _Record(tuple, metaclass=_Made):  # type: ignore[type-arg]
    """What all named tuples can do."""

    __slots__ = ()
    _fields: "tuple[str, ...]" = ()
    _field_defaults: "dict[str, Any]" = {}  # noqa: RUF012 - as typing has it

    def __new__(cls, *values: "Any", **named: "Any") -> "Self":
        made: Self = _constructor(cls)(cls, *values, **named)
        return made

    def __repr__(self) -> str:
        shown = ", ".join(f"{field}={value!r}" for field, value in zip(self._fields, self, strict=True))
        return f"{type(self).__name__}({shown})"

    def __getnewargs__(self) -> "tuple[Any, ...]":
        return tuple(self)

    @classmethod
    def _make(cls, values: "Iterable[Any]") -> "Self":
        made = tuple.__new__(cls, values)
        if len(made) != len(cls._fields):
            raise TypeError(f"Expected {len(cls._fields)} arguments, got {len(made)}")
        return made

    def _replace(self, **changes: "Any") -> "Self":
        made = self._make(map(changes.pop, self._fields, self))
        if changes:
            raise ValueError(f"Got unexpected field names: {list(changes)!r}")
        return made

    def _asdict(self) -> "dict[str, Any]":
        return dict(zip(self._fields, self, strict=True))


def _constructor(cls: "type[_Record]") -> "Callable[..., Any]":
    """Compile a class's constructor, and give it to the class for all that follow."""
    names = ", ".join(cls._fields)
    source = f"lambda _cls, {names}: _new(_cls, ({names}{',' if names else ''}))"
    made: Callable[..., Any] = eval(source, {"_new": tuple.__new__})  # noqa: S307 - of names of fields alone
    made.__name__, made.__qualname__ = "__new__", f"{cls.__name__}.__new__"
    made.__defaults__ = tuple(cls._field_defaults.values()) or None
    cls.__new__ = staticmethod(made)  # type: ignore[method-assign]
    return made


if not TYPE_CHECKING:

    class NamedTuple(metaclass=_Kind):
        """What a class of named tuples derives from."""
