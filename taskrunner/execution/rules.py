"""What a rule is: a step, and when it may happen."""

from collections.abc import Callable

from taskrunner.execution.history import History
from taskrunner.execution.steps import Step
from taskrunner.records import NamedTuple

__all__ = ["Rule", "at_once", "split_ready"]


class Rule(NamedTuple):
    """A step that happens once, as soon as its condition holds."""

    step: Step
    ready: Callable[[History], bool]


def at_once(history: History) -> bool:  # noqa: ARG001
    """Hold always."""
    return True


def split_ready(rules: list[Rule], history: History) -> tuple[list[Step], list[Rule]]:
    """Return the steps that may happen now, and the rules that still wait."""
    steps: list[Step] = []
    waiting: list[Rule] = []
    for rule in rules:
        if rule.ready(history):
            steps.append(rule.step)
        else:
            waiting.append(rule)
    return steps, waiting
