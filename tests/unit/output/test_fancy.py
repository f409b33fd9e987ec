"""The `fancy` style, driven by recorded runs and looked at through a terminal."""

from collections.abc import Iterable

import pytest

from taskrunner.execution import events as e
from taskrunner.host.terminal import Terminal
from taskrunner.output.failures import Explainer
from taskrunner.output.fancy import Fancy
from taskrunner.output.painter import Painter
from tests.unit.output import recordings as r
from tests.unit.output.emulator import Emulator
from tests.unit.output.screen import Screen

UTF8 = {"LANG": "C.UTF-8"}


def seen(
    screen: Screen,
    recording: Iterable[r.Record],
    *,
    columns: int = 80,
    rows: int = 24,
    keeps_failed: bool = False,
    terminal: Terminal | None = None,
) -> list[str]:
    """Return what a person sees of a recorded run."""
    emulator = Emulator(screen, rows=rows, columns=columns)
    painter = Painter(screen.console, wraps=False, size=lambda: emulator.size, now=lambda: 0.0)
    explainer = Explainer(keeps_failed=keeps_failed)
    style = Fancy(screen.console, explainer, painter, terminal=terminal, environment=UTF8)
    screen.play(style, recording)
    return emulator.look()


def test_success(screen: Screen) -> None:
    """A run that succeeds is a block, the task's own output, a line of clean-up and one of result."""
    assert seen(screen, r.SUCCESS) == [
        "Running test...",
        "✓ database  ready",
        "• app       running ./test.sh --all",
        "",
        "1 passed",
        "",
        "✓ Cleaned up 2 containers and the network in 5.0s.",
        "test finished with exit code 0 in 1.2s.",
    ]
    assert screen.err == "a warning\n"


@pytest.mark.parametrize("columns", [20, 40, 200])
def test_every_width(screen: Screen, columns: int) -> None:
    """Neither a narrow nor a wide terminal loses or doubles a line."""
    lines = seen(screen, r.SUCCESS, columns=columns)

    assert [line.split()[0] for line in lines[:3]] == ["Running", "✓", "•"]
    assert sum("passed" in line for line in lines) == 1
    assert sum("Cleaned" in line for line in lines) == 1


def test_a_failure_leaves_the_block_as_it_was(screen: Screen) -> None:
    """Where a run fails, the block shows what each container was about, and clean-up follows."""
    assert seen(screen, r.BUILD_FAILURE) == [
        "Running test...",
        "· database  ready to start",
        "✗ app       could not be built",
        "",
        "✓ Cleaned up 1 container and the network in 3.0s.",
    ]
    assert screen.err.startswith("\nError: Could not build the image of container app.\n")
    assert screen.err.endswith("\nThe task test failed. See above for details.\n")


def test_unhealthy(screen: Screen) -> None:
    """A container that does not become healthy is marked, and explained with its probe and its output."""
    lines = seen(screen, r.UNHEALTHY)

    assert lines[1:3] == ["✗ database  did not become healthy", "· app       waiting for database"]
    assert "The last health check printed:\nno response\n" in screen.err
    assert "The container's last output:\nstarting\nFATAL: no password given\n" in screen.err


def test_interrupted(screen: Screen) -> None:
    """An interrupt is explained on lines of its own, and the rest is cleaned up."""
    lines = seen(screen, r.INTERRUPTED)

    assert lines[3:] == ["", "half a li", "", "✓ Cleaned up 2 containers and the network in 5.0s."]
    assert screen.err.startswith("\nInterrupted: ")


def test_kept(screen: Screen) -> None:
    """Containers that were kept are listed, with what looks into them and what removes them."""
    seen(screen, r.KEPT, keeps_failed=True)

    assert "\nTo look into container app:\n  docker logs shop-app-ab12cd\n" in screen.err
    assert "\nWhen they are no longer needed, remove them with:\n" in screen.err


def test_cleanup_failed(screen: Screen) -> None:
    """What could not be removed is named below the line that says what was being done."""
    lines = seen(screen, r.CLEANUP_FAILED)

    assert lines[-1] == "• Cleaning up: 1 container left (database)"
    assert "Error: Could not stop or remove container database." in screen.err
    assert "\n  docker network rm 6f0e\n" in screen.err


def test_prerequisites_only(screen: Screen) -> None:
    """A task without a container of its own says so."""
    assert seen(screen, r.PREREQUISITES_ONLY) == ["all has prerequisites only, and they are done."]


def test_two_tasks(screen: Screen) -> None:
    """Each task has a block of its own."""
    assert seen(screen, r.TWO_TASKS) == [
        "Running build...",
        "• app  running",
        "",
        "built",
        "",
        "✓ Cleaned up 1 container in 2.0s.",
        "build finished with exit code 0 in 1m 5s.",
        "",
        "Running lint...",
        "• tool  running lint",
        "",
        "1 fault",
        "",
        "✓ Cleaned up 1 container in 2.0s.",
        "lint finished with exit code 4 in 0.3s.",
    ]


def test_more_containers_than_rows(screen: Screen) -> None:
    """In a low terminal the block shows what is under way, and in the end all containers."""
    names = tuple(f"service-{number}" for number in range(12))
    start = e.TaskStarted("test", names[-1], names, ("",) * 12, last=True)
    lines = seen(screen, (start, e.ContainerStarting(names[-1], None)), rows=6)

    assert [line.split()[1] for line in lines[1:]] == list(names)


def test_output_passes_untouched(screen: Screen) -> None:
    """Bytes of the main container that are neither text nor harmless arrive as they are."""
    data = bytes(range(256)) + b"\x1b]0;title\x07"
    seen(screen, (r.START, *r.APP_RUNS, r.Output("app", "stdout", data)))

    assert screen.raw_out.endswith(data)


def test_colours_that_a_container_leaves_on_end(colour_screen: Screen) -> None:
    """Our own lines are not in the colours of the task."""
    red = (r.START, *r.APP_RUNS, r.Output("app", "stdout", b"\x1b[31mred"), r.CLEANED[0])
    seen(colour_screen, (*red, e.CleanupFinished()))

    assert b"\x1b[31mred\x1b[0m\n\n" in colour_screen.raw_out


class Keyboard(Terminal):
    """A terminal that notes what is asked of it."""

    def __init__(self) -> None:
        super().__init__(-1)
        self.story: list[str] = []

    def hush(self, away: "object") -> None:
        """Note that keys are not to be echoed."""
        self.story.append("hush")

    def leave(self) -> None:
        """Note that all is as it was."""
        self.story.append("leave")


def test_keys_are_not_echoed_into_the_block(screen: Screen) -> None:
    """While a block is drawn the keyboard is silent, and has its echo back before anything else."""
    keyboard = Keyboard()
    seen(screen, r.SUCCESS, terminal=keyboard)

    assert keyboard.story == ["hush", "leave", "hush", "leave"]
