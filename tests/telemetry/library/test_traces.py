"""Sanitised traces: no word of the user's gets out, and what is left is of use."""

import os
import subprocess
import sys
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telemetry.manifest import Manifest, Module, from_source
from telemetry.traces import FAILED, describe
from telemetry.values import TRACE_BYTES, is_trace
from tests.support.leaks import CANARY, LEAKS
from tests.support.shop import installed, line

WRAPPERS = ("call", "in_lambda", "in_comprehension", "in_closure", "wrap", "hide", "stumble")
ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ModuleType]:
    """Give the module of a small application that is installed below a folder with a canary in its name."""
    with installed(tmp_path_factory.mktemp(CANARY)) as module:
        yield module


@pytest.fixture(scope="module")
def manifest(shop: ModuleType) -> Manifest:
    """Give its symbols."""
    return from_source(os.path.dirname(str(shop.__file__)))


def missing() -> None:
    """Fail for lack of a key."""
    raise KeyError


def caught(action: Callable[[], object]) -> BaseException:
    """Return what an action raises."""
    try:
        action()
    except BaseException as error:  # noqa: BLE001 - SystemExit is among the cases
        return error
    raise AssertionError("It did not fail.")


def traced(manifest: Manifest, action: Callable[[], object]) -> str:
    """Return the trace of what an action raises; it always has the form that the collector takes."""
    trace = describe(caught(action), manifest)
    assert is_trace(trace), trace
    return trace


@pytest.mark.parametrize("leak", LEAKS)
@pytest.mark.parametrize("wrapper", WRAPPERS)
def test_no_canary_gets_out(
    leak: Callable[[], None], wrapper: str, shop: ModuleType, manifest: Manifest
) -> None:
    """Whatever carries the canary, and however it was wrapped, it is not in the trace."""
    trace = traced(manifest, lambda: getattr(shop, wrapper)(leak))

    assert CANARY.lower() not in trace.lower()
    assert not any(word in trace for word in ("acme", "home", "tmp", "password", "<sanitiser-error>"))


@pytest.mark.parametrize("leak", LEAKS)
def test_the_search_would_find_one(leak: Callable[[], None], shop: ModuleType) -> None:
    """What Python itself tells of each case, locals included, holds the canary: the cases do carry it."""
    error = caught(lambda: shop.call(leak))
    try:
        told = "".join(traceback.TracebackException.from_exception(error, capture_locals=True).format())
    except (AssertionError, RuntimeError) as refused:  # the hostile cases carry it in their refusal
        told = str(refused)

    assert CANARY.lower() in told.lower()


def test_own_frames_are_named(shop: ModuleType, manifest: Manifest) -> None:
    """Frames of the application are told with module, function and line, those of others are not."""
    trace = traced(manifest, lambda: shop.Till().open(lambda: shop.in_closure([].pop)))

    method, outer, inner = line("return", "def open"), line("return inner()"), line("return", "def inner")
    assert (
        f"builtins:IndexError at <external> x2 > shop.core:Till.open:{method} > <external> > "
        f"shop.core:in_closure:{outer} > shop.core:in_closure.<locals>.inner:{inner}"
    ) == trace


def test_chains_are_told(shop: ModuleType, manifest: Manifest) -> None:
    """A cause and a context follow their error; one that was hidden stays hidden."""
    place = line("from error", "def wrap")
    own = f"shop.core:ShopError at <external> x2 > shop.core:wrap:{place}"

    assert f"{own} <- builtins:KeyError at" in traced(manifest, lambda: shop.wrap(missing))
    assert " <- " not in traced(manifest, lambda: shop.hide(missing))
    assert " <- builtins:KeyError" in traced(manifest, lambda: shop.stumble(missing))


def test_nested_classes_are_named(shop: ModuleType, manifest: Manifest) -> None:
    """A class within a class is told by its whole name."""
    assert traced(manifest, lambda: shop.stumble(missing)).startswith("shop.core:Till.Jammed at")


def test_types_of_others_are_told_by_their_base(shop: ModuleType, manifest: Manifest) -> None:
    """A class that is neither Python's nor the application's is told by the nearest base that is."""

    class FromShopError(shop.ShopError):  # type: ignore[misc, name-defined]
        pass

    class FromPythonError(FileNotFoundError):
        pass

    def fail(error: BaseException) -> None:
        raise error

    assert traced(manifest, lambda: fail(FromShopError())).startswith("<external:shop.core:ShopError> at")
    assert traced(manifest, lambda: fail(FromPythonError(2, "x"))).startswith(
        "<external:builtins:FileNotFoundError>[ENOENT] at"
    )


@pytest.mark.parametrize(
    ("leak", "expected"),
    [
        ("missing_file", "builtins:FileNotFoundError[ENOENT] at"),
        ("bad_json", "json.decoder:JSONDecodeError at"),
        ("failed_command", "subprocess:CalledProcessError at"),
        ("empty_queue", "_queue:Empty at"),
        ("system_exit", "builtins:SystemExit at"),
        ("lying_class", "<external:builtins:LookupError> at"),
        ("hostile_instance", "<external:builtins:OSError>[ENOENT] at"),
        ("false_name", "<external:builtins:RuntimeError> at"),
        ("grouped", "builtins:ExceptionGroup group:2 at"),
    ],
)
def test_types_are_told(leak: str, expected: str, shop: ModuleType, manifest: Manifest) -> None:
    """Types that say something are told, with the few facts that are numbers or constants."""
    action = next(each for each in LEAKS if each.__name__ == leak)

    assert traced(manifest, lambda: shop.call(action)).startswith(expected)


def test_exit_statuses_are_told(manifest: Manifest) -> None:
    """The status of an exit is a number, and is told."""
    assert traced(manifest, lambda: sys.exit(3)).startswith("builtins:SystemExit[3] at")


def test_groups_are_told_in_braces(manifest: Manifest) -> None:
    """A group's members follow it in braces, at most eight of them, and at most three levels deep."""

    def fail() -> None:
        raise ExceptionGroup("g", [KeyError(), ExceptionGroup("h", [OSError(2, "x")])])

    def fail_deep() -> None:
        error: Exception = ValueError()
        for _ in range(6):
            error = ExceptionGroup("g", [error])
        raise error

    def fail_wide() -> None:
        raise ExceptionGroup("g", [ValueError() for _ in range(30)])

    kept = "{ builtins:KeyError | builtins:ExceptionGroup group:1 { builtins:FileNotFoundError[ENOENT] } }"
    assert traced(manifest, fail).endswith(kept)
    assert (4, 1) == (
        traced(manifest, fail_deep).count("group:1"),
        traced(manifest, fail_deep).count("<more>"),
    )
    assert (8, 1) == (
        traced(manifest, fail_wide).count("builtins:ValueError"),
        traced(manifest, fail_wide).count("<more>"),
    )


def test_repeats_are_counted(shop: ModuleType, manifest: Manifest) -> None:
    """A recursion is told by its number."""
    trace = traced(manifest, lambda: shop.recurse(missing, 300))

    assert f"shop.core:recurse:{line('return', 'def recurse')} x301" in trace


def test_long_traces_are_cut_in_the_middle(shop: ModuleType, manifest: Manifest) -> None:
    """Of more than 32 different frames the 16 oldest and the 16 newest are told."""
    trace = traced(manifest, lambda: shop.alternate(missing, 300))

    frames = trace.split(" > ")
    assert (33, "<cut:271>") == (len(frames), frames[16])


def test_endless_recursion_is_described(manifest: Manifest) -> None:
    """An error that ran out of stack is described like any other."""

    def endless() -> None:
        endless()

    assert traced(manifest, endless).startswith("builtins:RecursionError at")


def test_long_chains_end(manifest: Manifest) -> None:
    """Of a chain of twenty the first five are told."""
    error: BaseException = ValueError()
    for _ in range(20):
        following = ValueError()
        following.__cause__ = error
        error = following

    assert "builtins:ValueError <- " * 5 + "<more>" == describe(error, manifest)


def test_a_failure_of_the_sanitiser_tells_nothing(manifest: Manifest) -> None:
    """Where describing fails, a constant stands in its place, never the error's text."""
    broken = manifest._replace(modules=None)  # type: ignore[arg-type]

    assert FAILED == describe(type(f"{CANARY}Error", (ValueError,), {})(CANARY), broken)


def test_a_release_may_differ_from_its_list(shop: ModuleType, manifest: Manifest) -> None:
    """A function or a line that the list does not hold is the application's, and unknown."""
    known = manifest.modules["shop.core"]
    fewer = manifest._replace(modules={"shop.core": known._replace(symbols=known.symbols - {"call"})})
    shorter = manifest._replace(modules={"shop.core": Module(3, known.symbols, known.classes)})

    for changed in (fewer, shorter):
        trace = traced(changed, lambda: shop.call(missing))
        assert "builtins:KeyError at <external> x2 > <own:unknown> > <external>" == trace


def test_linked_packages_are_known(tmp_path: Path) -> None:
    """An application that is reached through a symbolic link is still known by its own names."""
    with installed(tmp_path / "real" / CANARY, "linked"):
        pass
    (tmp_path / "link").symlink_to(tmp_path / "real" / CANARY)
    script = (
        "import sys; sys.path[:0] = sys.argv[1:]\n"
        "import linked\n"
        "from linked.core import call\n"
        "from telemetry.manifest import manifest_of\n"
        "from telemetry.traces import describe\n"
        "try: call(lambda: {}['x'])\n"
        "except KeyError as error: print(describe(error, manifest_of(linked)))\n"
    )

    done = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path / "link"), str(ROOT)],
        capture_output=True,
        text=True,
        check=True,
    )

    place = line("return", "def call")
    assert f"builtins:KeyError at <external> > linked.core:call:{place} > <external>\n" == done.stdout


WORDS = st.text(min_size=1, max_size=30)


@given(WORDS, WORDS, WORDS)
def test_names_of_the_users_never_show(name: str, module: str, file: str) -> None:
    """For any names of classes, modules and files, only constants are told."""
    empty = Manifest("shop", "/nowhere", {})
    code = compile("raise error", file.replace("\0", " "), "exec")
    error = type(name.replace("\0", " "), (LookupError,), {"__module__": module})()

    trace = describe(caught(lambda: exec(code, {"error": error, "__name__": module})), empty)  # noqa: S102

    assert "<external:builtins:LookupError> at <external> x3" == trace


@given(st.recursive(st.integers(0, 3), lambda inner: st.lists(inner, min_size=1, max_size=4), max_leaves=12))
def test_no_shape_of_errors_is_too_strange(shape: object) -> None:
    """Chains, groups, repeats and circles of errors, in any order: describing them never fails."""
    empty = Manifest("shop", "/nowhere", {})
    seen: list[BaseException] = []

    def made(shape: object) -> BaseException:
        if isinstance(shape, list):
            parts = [made(each) for each in shape]
            error: BaseException = BaseExceptionGroup("g", parts) if len(parts) % 2 else parts[0]
            error.__cause__, error.__context__ = parts[-1], parts[0]
        else:
            error = seen[-1] if shape == 3 and seen else caught(lambda: again(int(str(shape))))
        seen.append(error)
        return error

    def again(times: int) -> None:
        return again(times - 1) if times else missing()

    trace = describe(made(shape), empty)

    assert is_trace(trace)
    assert trace != FAILED


def test_traces_have_a_limit(manifest: Manifest) -> None:
    """Groups of groups of chains fit into 4096 characters too."""

    def tree(depth: int) -> Exception:
        if depth == 0:
            return caught(lambda: int("x"))  # type: ignore[return-value]
        group = ExceptionGroup("g", [tree(depth - 1) for _ in range(9)])
        group.__cause__ = ValueError()
        return group

    trace = describe(tree(3), manifest)

    assert is_trace(trace)
    assert 3000 < len(trace) <= TRACE_BYTES
