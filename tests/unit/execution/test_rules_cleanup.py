"""The rules of a task's second stage."""

import pytest

from taskrunner.execution import events as e
from taskrunner.execution import steps
from taskrunner.execution.history import History
from taskrunner.execution.rules import split_ready
from taskrunner.execution.rules_cleanup import cleanup_rules
from taskrunner.plan.model import TaskPlan
from tests.support.plans import container, task

SECOND = 1_000_000_000


def happened(*events: e.Event) -> History:
    """Return a history of these events."""
    history = History()
    for event in events:
        history.add(event)
    return history


def running(*names: str) -> list[e.Event]:
    """Return the events of containers that were created and started."""
    return [
        event
        for name in names
        for event in (e.ContainerCreated(name, f"id-{name}", name), e.ContainerStarted(name))
    ]


def order(plan: TaskPlan, history: History) -> list[set[str]]:
    """Return the steps in the waves in which they become ready, each wave going well."""
    rules = cleanup_rules(plan, history)
    waves = []
    while rules:
        ready, rules = split_ready(rules, history)
        if not ready:
            break
        waves.append({repr(step) for step in ready})
        for step in ready:
            match step:
                case steps.StopContainer(container=name):
                    history.add(e.ContainerStopped(name))
                case steps.RemoveContainer(container=name):
                    history.add(e.ContainerRemoved(name))
                case _:
                    history.add(e.NetworkRemoved())
    assert rules == []
    return waves


def test_everything_goes_in_parallel_and_the_network_last() -> None:
    """Nobody waits for anybody unless a container asks for time."""
    plan = task(container("db"), container("app", "db"))
    history = happened(e.NetworkCreated("net", "n"), *running("db", "app"), e.ContainerExited("app", 0))

    expected = [
        {repr(steps.RemoveContainer("db")), repr(steps.RemoveContainer("app"))},
        {repr(steps.RemoveNetwork())},
    ]
    assert expected == order(plan, history)


def test_the_network_goes_when_everybody_has_left_it() -> None:
    """It need not wait for the removal of those; whoever was never in it is removed before."""
    plan = task(container("db"), container("queue"), container("app", "db", "queue"))
    history = happened(e.NetworkCreated("net", "n"), *running("db", "app"))
    history.add(e.ContainerCreated("queue", "id-queue", "queue"))
    _, rules = split_ready(cleanup_rules(plan, history), history)

    history.left.add("id-db")
    history.add(e.ContainerRemoved("queue"))
    assert split_ready(rules, history)[0] == []
    history.left.add("id-app")
    assert split_ready(rules, history)[0] == [steps.RemoveNetwork()]


def test_a_container_with_a_grace_period_outlives_its_dependants() -> None:
    """It is stopped once nobody uses it any more, and removed once it has stopped."""
    plan = task(container("db", stop_grace_period=SECOND), container("app", "db"))
    history = happened(e.NetworkCreated("net", "n"), *running("db", "app"))

    expected = [
        {repr(steps.RemoveContainer("app"))},
        {repr(steps.StopContainer("db"))},
        {repr(steps.RemoveContainer("db"))},
        {repr(steps.RemoveNetwork())},
    ]
    assert expected == order(plan, history)


def test_what_a_stopping_container_depends_on_stays_until_it_has_stopped() -> None:
    """A worker that drains its queue on SIGTERM still finds the queue."""
    plan = task(container("queue"), container("worker", "queue", stop_grace_period=SECOND))
    history = happened(*running("queue", "worker"))

    waves = order(plan, history)
    assert waves[0] == {repr(steps.StopContainer("worker"))}
    assert repr(steps.RemoveContainer("queue")) in waves[1]


def test_a_container_that_has_exited_needs_no_grace() -> None:
    """There is nothing left to stop."""
    plan = task(container("app", stop_grace_period=SECOND))
    history = happened(*running("app"), e.ContainerExited("app", 0))

    assert order(plan, history) == [{repr(steps.RemoveContainer("app"))}]


def test_only_what_was_created_is_removed() -> None:
    """A run that failed early leaves nothing to clean but what it had made."""
    plan = task(container("db"), container("app", "db"))

    assert order(plan, happened(e.NetworkCreated("net", "n"))) == [{repr(steps.RemoveNetwork())}]
    assert order(plan, happened()) == []


def test_a_network_that_the_person_named_stays() -> None:
    """What we did not create we do not remove."""
    plan = task(container("app"))

    waves = order(plan, happened(e.NetworkFound("net", "theirs"), *running("app")))
    assert waves == [{repr(steps.RemoveContainer("app"))}]


def test_on_an_engine_that_blocks_itself_nobody_goes_while_the_main_container_leaves() -> None:
    """It has ended by itself, and the engine is taking it off the network."""
    plan = task(container("db"), container("app", "db"))
    history = happened(e.NetworkCreated("net", "n"), *running("db", "app"), e.ContainerExited("app", 0))

    ready, rules = split_ready(cleanup_rules(plan, history, in_turn=True), history)
    assert ready == [steps.RemoveContainer("app")]
    assert split_ready(rules, history)[0] == []
    history.left.add("id-app")
    assert split_ready(rules, history)[0] == [steps.RemoveContainer("db")]


@pytest.mark.parametrize("event", [e.ContainerRemoved("app"), e.CleanupFailed("app", "no")])
def test_where_departures_are_not_told_its_removal_is_waited_for_however_it_ends(event: e.Event) -> None:
    """What cannot be removed must not keep the others."""
    plan = task(container("db"), container("app", "db"))
    history = happened(e.NetworkCreated("net", "n"), *running("db", "app"), e.ContainerExited("app", 0))
    _, rules = split_ready(cleanup_rules(plan, history, in_turn=True), history)

    history.add(event)
    assert split_ready(rules, history)[0] == [steps.RemoveContainer("db")]


def test_a_main_container_that_still_runs_is_not_waited_for() -> None:
    """As after Ctrl-C: it takes its turn as the others do."""
    plan = task(container("db"), container("app", "db"))
    history = happened(e.NetworkCreated("net", "n"), *running("db", "app"))

    ready, _ = split_ready(cleanup_rules(plan, history, in_turn=True), history)
    assert ready == [steps.RemoveContainer("db"), steps.RemoveContainer("app")]
