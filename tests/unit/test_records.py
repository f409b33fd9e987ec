"""Named tuples of our own behave as those of `typing`, wherever somebody could tell."""

import copy
import pickle
import subprocess
import sys
import typing
from collections.abc import Callable
from typing import Any

import pytest

from taskrunner.records import NamedTuple as Own

BODY = '''
class Point(NamedTuple):
    """A place."""

    x: int
    y: int = 2
    label: str = "none"

    @property
    def total(self) -> int:
        """The sum."""
        return self.x + self.y


class Nothing(NamedTuple):
    """Holds nothing."""
'''


def kinds(base: object) -> dict[str, Any]:
    """Return the classes that a body defines with a base."""
    scope: dict[str, Any] = {"NamedTuple": base, "__name__": __name__}
    exec(BODY, scope)  # noqa: S102 - the same text for both
    return scope


OURS, THEIRS = kinds(Own), kinds(typing.NamedTuple)
Point = OURS["Point"]

USES: dict[str, Callable[[dict[str, Any]], object]] = {
    "positions": lambda k: tuple(k["Point"](1, 3)),
    "keywords": lambda k: tuple(k["Point"](y=5, x=1)),
    "defaults": lambda k: tuple(k["Point"](1)),
    "nothing": lambda k: (tuple(k["Nothing"]()), repr(k["Nothing"]())),
    "repr": lambda k: repr(k["Point"](1, label="a")),
    "attributes": lambda k: (k["Point"](7).x, k["Point"](7).label, k["Point"](7).total),
    "equality": lambda k: (k["Point"](1) == (1, 2, "none"), k["Point"](1) == k["Point"](2)),
    "hash": lambda k: hash(k["Point"](1)) == hash((1, 2, "none")),
    "order": lambda k: min(k["Point"](3), k["Point"](1)).x,
    "unpacking": lambda k: [*k["Point"](1)],
    "replace": lambda k: tuple(k["Point"](1)._replace(y=9)),
    "make": lambda k: tuple(k["Point"]._make([1, 2, 3])),
    "as a dictionary": lambda k: k["Point"](1)._asdict(),
    "fields": lambda k: (k["Point"]._fields, k["Point"]._field_defaults, k["Point"].__match_args__),
    "docstring": lambda k: (k["Point"].__doc__, k["Point"].__name__, k["Point"].__module__),
    "annotations": lambda k: k["Point"].__annotations__,
    "copies": lambda k: (tuple(copy.copy(k["Point"](1))), tuple(copy.deepcopy(k["Point"](1)))),
    "no dictionary of its own": lambda k: hasattr(k["Point"](1), "__dict__"),
}

MISTAKES: dict[str, Callable[[dict[str, Any]], object]] = {
    "too few": lambda k: k["Point"](),
    "too many": lambda k: k["Point"](1, 2, 3, 4),
    "unknown": lambda k: k["Point"](1, z=3),
    "twice": lambda k: k["Point"](1, x=3),
    "assignment": lambda k: setattr(k["Point"](1), "x", 2),
    "making too few": lambda k: k["Point"]._make([1]),
    "replacing the unknown": lambda k: k["Point"](1)._replace(z=2),
}


@pytest.mark.parametrize("use", USES.values(), ids=USES.keys())
def test_uses(use: Callable[[dict[str, Any]], object]) -> None:
    """What one can do gives what the other gives, the first time and afterwards."""
    fresh = kinds(Own)

    assert use(THEIRS) == use(fresh) == use(fresh)


@pytest.mark.parametrize("mistake", MISTAKES.values(), ids=MISTAKES.keys())
def test_mistakes(mistake: Callable[[dict[str, Any]], object]) -> None:
    """What one refuses, the other refuses with an error of the same kind."""
    with pytest.raises(Exception) as theirs:  # noqa: PT011 - compared below
        mistake(THEIRS)
    with pytest.raises(theirs.type):
        mistake(kinds(Own))


def test_a_wrong_order_is_refused() -> None:
    """A field without a default cannot follow one that has one."""
    with pytest.raises(TypeError, match="followed by one without"):
        exec("class Bad(NamedTuple):\n    a: int = 1\n    b: int", {"NamedTuple": Own, "__name__": "bad"})  # noqa: S102


def test_patterns() -> None:
    """Values match by position and by name."""
    match Point(1):
        case Point(x, label=label):
            assert (1, "none") == (x, label)
        case _:
            pytest.fail("no match")


def test_pickling() -> None:
    """Values travel between processes."""
    from taskrunner.plan.model import PulledImage

    image = PulledImage("a", always=False)

    assert image == pickle.loads(pickle.dumps(image))  # noqa: S301 - its own


def test_it_costs_less() -> None:
    """Defining kinds takes less than half of the instructions' time that typing's take."""
    script = (
        "import time, typing\nfrom taskrunner.records import NamedTuple as Own\n"
        "def cost(base):\n"
        "    body = 'class A(NamedTuple):\\n    a: int\\n    b: str\\n    c: bool = True\\n' * 300\n"
        "    code, start = compile(body, 'x', 'exec'), time.process_time()\n"
        "    exec(code, {'NamedTuple': base, '__name__': 'x'})\n"
        "    return time.process_time() - start\n"
        "print(min(cost(Own) for _ in range(5)) / min(cost(typing.NamedTuple) for _ in range(5)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=60
    )

    assert float(done.stdout) < 0.5
