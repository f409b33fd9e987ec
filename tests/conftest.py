"""What every test may use, and the rules that hold for all of them."""

import signal
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import hypothesis
import pytest

from tests.support.engine import engine_problem
from tests.support.images import ensure_busybox
from tests.support.journey import Journey
from tests.support.turns import turn

if TYPE_CHECKING:
    from docker import DockerClient


# Tests that several files inherit say what they compared, as the files' own do.
pytest.register_assert_rewrite("tests.support.common_project")

# No property has a deadline: machines of CI pause. What each run decides otherwise, as CI systems do, stays.
hypothesis.settings.register_profile(
    "any machine",
    hypothesis.settings.default,
    deadline=None,
    suppress_health_check=[hypothesis.HealthCheck.too_slow],
)
hypothesis.settings.load_profile("any machine")


def pytest_configure() -> None:
    """Let programs under test begin as a person's do, also where the tests run in the background.

    A shell without job control starts background commands with SIGINT ignored, nohup with SIGHUP, and
    what is ignored is handed down.
    """
    for number, usual in ((signal.SIGINT, signal.default_int_handler), (signal.SIGHUP, signal.SIG_DFL)):
        if signal.getsignal(number) is signal.SIG_IGN:
            signal.signal(number, usual)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option that includes the tests marked `long`."""
    parser.addoption("--long", action="store_true", help="also run soak, long fuzzing and load")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave the long tests out unless they were asked for, and say so in the summary."""
    if config.getoption("--long"):
        return
    long = [item for item in items if item.get_closest_marker("long")]
    config.hook.pytest_deselected(items=long)
    items[:] = [item for item in items if not item.get_closest_marker("long")]


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Fail a test that needs an engine where none answers: a skip would hide what was not tested."""
    if item.get_closest_marker("engine") and (problem := engine_problem()):
        pytest.fail(problem, pytrace=False)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Let a test that needs the engine wait for its turn, before its time begins to run."""
    alone = item.get_closest_marker("alone") is not None
    if not alone and item.get_closest_marker("engine") is None:
        return (yield)
    with turn(alone=alone):
        return (yield)


@pytest.fixture(scope="session")
def engine() -> "Iterator[DockerClient]":
    """Give docker-py's client of the engine: the oracle against which our own is checked."""
    import docker

    if problem := engine_problem():
        pytest.fail(problem, pytrace=False)
    client = docker.from_env()
    yield client
    client.close()


@pytest.fixture(scope="session")
def busybox(engine: "DockerClient") -> str:
    """Give the reference of a small image that is on the engine."""
    del engine  # asked for first, so that a missing engine is reported in one sentence
    return ensure_busybox()


@pytest.fixture
def journey(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Journey]:
    """Give a project of its own; at the end nothing of it may be left.

    A test that is marked `engine` gets the image `taskrunner-test/busybox:1` with it;
    any other gets an engine address at which nobody answers.
    """
    marked = request.node.get_closest_marker("engine") is not None
    if marked:
        request.getfixturevalue("busybox")
    made = Journey(tmp_path, (lambda: request.getfixturevalue("engine")) if marked else None)
    yield made
    made.close()


@pytest.fixture
def show(record_property: Callable[[str, object], None]) -> Callable[[str, str], None]:
    """Give a function that has figures, with a title, printed at the end of the whole run."""
    return lambda title, figures: record_property(f"show: {title}", figures)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print what tests have to show, and why some of them were made again."""
    _print_shown(terminalreporter)
    _print_made_again(terminalreporter)


def _print_shown(terminalreporter: pytest.TerminalReporter) -> None:
    """Print figures of tests, from whichever process they ran in; sorted, by title."""
    shown: dict[str, list[str]] = {}
    for report in (*terminalreporter.getreports("passed"), *terminalreporter.getreports("failed")):
        for name, value in report.user_properties:
            if name.startswith("show: "):
                shown.setdefault(name.removeprefix("show: "), []).append(str(value))
    for title, lines in shown.items():
        terminalreporter.section(title)
        terminalreporter.write_line("\n".join(sorted(lines)))


def _print_made_again(terminalreporter: pytest.TerminalReporter) -> None:
    """Print how each test failed that may have passed when it was made again: chance is no excuse."""
    for report in terminalreporter.getreports("rerun"):
        terminalreporter.section(f"FLAKY: {report.nodeid}")
        terminalreporter.write_line(report.longreprtext)
