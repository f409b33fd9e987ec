"""Sentences that several styles share."""

from taskrunner.execution import events as e
from taskrunner.output.humanise import amount, duration
from taskrunner.output.text import Colours, one_line

__all__ = ["cleaned_up", "finished", "nothing_to_run", "running"]


def running(task: str, colours: Colours) -> str:
    """Return what is said when a task begins."""
    return f"Running {colours.bold(one_line(task))}..."


def nothing_to_run(task: str, colours: Colours) -> str:
    """Return what is said about a task without a container of its own."""
    return f"{colours.bold(one_line(task))} has prerequisites only, and they are done."


def finished(event: e.TaskFinished, colours: Colours) -> str:
    """Return the line about how a task ended and how long it took."""
    paint = colours.green if event.exit_code == 0 else colours.red
    code = paint(str(event.exit_code))
    return (
        f"{colours.bold(one_line(event.task))} finished with exit code {code} in {duration(event.seconds)}."
    )


def cleaned_up(containers: int, seconds: float, *, network: bool) -> str:
    """Return the line about what was removed; how long it took where that was felt."""
    what = amount(containers, "container") + (" and the network" if network else "")
    took = f" in {duration(seconds)}" if seconds >= 1.0 else ""
    return f"Cleaned up {what}{took}."
