"""Words for failures that the styles' recordings do not contain."""

import pytest

from taskrunner.execution import events as e
from taskrunner.execution import steps
from taskrunner.output.failures import Explainer, Explanation, interrupted, render, render_kept
from taskrunner.output.text import Colours
from tests.unit.output import recordings as r

PLAIN = Colours(enabled=False)


def explained(*events: e.Event) -> str:
    """Return what is said about the last of these events."""
    explainer = Explainer()
    explanations = [explainer.explain(event) for event in events]
    last = explanations[-1]
    assert last is not None
    return render(last, PLAIN)


@pytest.mark.parametrize(
    ("exit_code", "command", "expected"),
    [
        (126, "./run.sh", "The command './run.sh' cannot be executed in the container."),
        (127, "mkae", "The command 'mkae' was not found in the container."),
        (127, None, "The image's own command was not found in the container."),
    ],
)
def test_a_command_that_is_to_blame_is_shown(exit_code: int, command: str | None, expected: str) -> None:
    """A container whose command cannot run is explained by that command, not by the engine alone."""
    text = explained(
        e.ContainerStarting("app", command), e.ContainerStartFailed("app", "exec: no", exit_code)
    )
    assert text.splitlines()[:3] == ["Error: Could not run container app.", expected, "exec: no"]
    assert "sh -c" in text.splitlines()[-1]


def test_the_engine_is_quoted() -> None:
    """What the engine said, with what to do about it, stands below the headline, once."""
    text = explained(e.ContainerStartFailed("app", "something odd", 125))
    assert text == "Error: Could not run container app.\nsomething odd"


def test_a_setup_command_without_output() -> None:
    """Silence is said in words."""
    text = explained(e.SetupCommandFailed("app", "false", 1, ""))
    assert text.splitlines()[1] == "It ended with exit code 1 and printed nothing."


def test_nobody_is_told_to_keep_what_is_kept() -> None:
    """Whoever asked for containers to be kept gets no hint to do so."""
    event = e.ContainerUnhealthy("app", "It exited.", "", "")
    explanation = Explainer(keeps_failed=True).explain(event)
    assert explanation == Explanation("Container app did not become healthy.", "It exited.", "")


def test_a_crash_names_its_report() -> None:
    """A fault of our own says which step it ended and where the report is."""
    crash = e.StepCrashed(steps.CreateContainer("app"), "KeyError: 'x'", "/home/u/.taskrunner/crashes/1.txt")
    assert explained(crash) == (
        "Error: A fault in taskrunner itself ended the step CreateContainer.\n"
        "KeyError: 'x'\n\n"
        "A report was written to /home/u/.taskrunner/crashes/1.txt.\n\n"
        "Please report it, with that file."
    )
    assert explained(crash._replace(report=None)).endswith("KeyError: 'x'\n\nPlease report it.")


def test_the_network_that_a_person_named() -> None:
    """A network of the person's own fails under its name, the task's as the task's."""
    assert explained(e.NetworkFailed("shared", "gone")) == "Error: Could not use network shared.\ngone"
    assert explained(e.NetworkFailed(None, "no")) == "Error: Could not create a network for the task.\nno"


@pytest.mark.parametrize("signal", ["SIGINT", "SIGTERM", "SIGHUP", "SIGPIPE"])
def test_each_interrupt_says_something_else(signal: str) -> None:
    """The first, the second and the third signal have different consequences, so different texts."""
    assert len({interrupted(signal, times) for times in (1, 2, 3)}) == 3


def test_only_a_keyboard_is_told_of_ctrl_c() -> None:
    """Advice to press Ctrl-C goes to those who did."""
    advised = {signal for signal in ("SIGINT", "SIGTERM", "SIGHUP") if "Ctrl-C" in interrupted(signal, 1)}
    assert advised == {"SIGINT"}


FAILURES: tuple[e.Event, ...] = (
    e.ImagePullFailed("alpine", "no"),
    e.ImageBuildFailed("app", "no", ""),
    e.NetworkFailed(None, "no"),
    e.ContainerCreateFailed("app", "no"),
    e.ContainerStartFailed("app", "no", 125),
    e.ContainerUnhealthy("app", "no", "", ""),
    e.ContainerNotCompleted("app", 1, ""),
    e.SetupCommandFailed("app", "no", 1, ""),
    e.StepCrashed(steps.CreateNetwork(), "no", None),
    e.Interrupted("SIGINT", 1),
    e.CleanupFailed("app", "no"),
)


def test_every_failure_is_explained() -> None:
    """Each kind of failure that a run has gets words."""
    assert {type(event) for event in FAILURES} == {*e.FAILURES, e.CleanupFailed}
    assert [event for event in FAILURES if Explainer().explain(event) is None] == []


def test_success_needs_no_explanation() -> None:
    """Nothing in a run that succeeds is called a failure."""
    events = [event for event in r.SUCCESS if not isinstance(event, r.Output)]
    assert [event for event in events if Explainer().explain(event)] == []


def test_nothing_kept_is_nothing_said() -> None:
    """Where there is nothing left on the engine, nobody is told how to remove it."""
    event = e.ResourcesKept(wanted=True, option="--no-cleanup", containers=(), commands=())
    assert render_kept(event, PLAIN) == ""
