"""Sentences that several styles share."""

from taskrunner.execution import events as e
from taskrunner.output.humanise import amount, duration
from taskrunner.output.text import Colours, one_line, several_lines

__all__ = ["cleaned_up", "finished", "nothing_to_run", "of_loop", "refused", "running", "shell", "skipped"]


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


def skipped(event: e.TaskSkipped, colours: Colours) -> str:
    """Return what is said about a task that need not run."""
    return f"{colours.bold(one_line(event.task))} is up to date, which saves {duration(event.seconds)}."


def _waiting(event: e.WatchWaiting, colours: Colours) -> str:
    """Return what is said while a watched run waits."""
    files = amount(event.files, "file")
    return f"Waiting for {files} of {colours.bold(one_line(event.task))} to change. Ctrl-C ends it."


def _triggered(event: e.WatchTriggered) -> str:
    """Return why a watched run begins again."""
    names = ", ".join(map(one_line, event.names))
    more = f" and {event.total - len(event.names)} more" if event.total > len(event.names) else ""
    return f"{names}{more} changed."


def of_loop(event: e.TaskDue | e.WatchWaiting | e.WatchTriggered, colours: Colours) -> str:
    """Return what is said of an event that is about running again or not at all."""
    match event:
        case e.TaskDue():
            return _due(event, colours)
        case e.WatchWaiting():
            return _waiting(event, colours)
        case e.WatchTriggered():
            return _triggered(event)


def refused(event: e.ConfigRefused, colours: Colours) -> str:
    """Return why a watched run waits with a config that was changed."""
    task = colours.bold(one_line(event.task))
    head = colours.red("The config cannot be used as it is now:")
    rest = f"{task} runs again once that is mended. Ctrl-C ends it."
    return f"{head}\n\n{several_lines(event.message)}\n\n{rest}"


def _due(event: e.TaskDue, colours: Colours) -> str:
    """Return why a task runs."""
    why = "; ".join(one_line(reason) for reason in event.reasons)
    return f"{colours.bold(one_line(event.task))} runs because {why}."


def shell(event: e.Event, colours: Colours) -> str | None:
    """Return what is said about a shell where a task failed; None for an event that is about none."""
    match event:
        case e.ShellOpened(container=container, exit_code=code):
            how = "The task failed." if code is None else f"The task failed with exit code {code}."
            return (
                f"{colours.red(how)} This is a shell in {colours.bold(one_line(container))}, as the failure "
                "left it. Leave it with `exit`; then everything is cleaned up."
            )
        case e.ShellFailed(container=container, message=message):
            where = colours.bold(one_line(container))
            return f"{colours.red(f'No shell could be opened in {where}:')} {one_line(message)}"
        case _:
            return None


def cleaned_up(containers: int, seconds: float, *, network: bool) -> str:
    """Return the line about what was removed; how long it took where that was felt."""
    what = amount(containers, "container") + (" and the network" if network else "")
    took = f" in {duration(seconds)}" if seconds >= 1.0 else ""
    return f"Cleaned up {what}{took}."
