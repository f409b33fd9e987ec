"""Words for what went wrong in a run: what it was, what was said about it, and what to try.

The facts that each text carries are those of batect's failure messages; an added hint says what
to do about causes that people meet most.
"""

from taskrunner.execution import events as e
from taskrunner.output.humanise import amount
from taskrunner.output.text import Colours, one_line, plain_output, several_lines
from taskrunner.records import NamedTuple

__all__ = ["Explainer", "Explanation", "interrupted", "render", "render_kept", "task_failed"]


class Explanation(NamedTuple):
    """A failure in words; every part is safe to print."""

    headline: str
    """One sentence with its full stop."""
    body: str = ""
    """What the engine or the program said, on one line or several."""
    hint: str = ""
    """What to try."""
    is_error: bool = True
    """False where somebody asked for it."""


_KEEP_HINT = (
    "To look around in the container, run the task again with --shell-on-failure.\n"
    "To keep the container, run it with --no-cleanup-after-failure."
)

_SIGNALS = {
    "SIGINT": "Interrupted",
    "SIGTERM": "Asked to end (SIGTERM)",
    "SIGHUP": "The terminal is gone (SIGHUP)",
    "SIGPIPE": "Nobody reads the output any more",
}


class Explainer:
    """Explains the failures of a run; it has to see all events, since a failure does not say everything.

    `keeps_failed` says that the person already asked for containers to be kept after a failure, so
    that nobody suggests it.
    """

    def __init__(self, *, keeps_failed: bool = False) -> None:
        self._keep_hint = "" if keeps_failed else _KEEP_HINT
        self._commands: dict[str, str | None] = {}

    def explain(self, event: e.Event) -> Explanation | None:
        """Return a failure in words, or None for an event that is none."""
        match event:
            case e.ContainerStarting(container=container):
                self._commands[container] = event.command
                return None
            case e.ContainerUnhealthy():
                return self._unhealthy(event)
            case e.ContainerNotCompleted():
                return self._not_completed(event)
            case e.SetupCommandFailed():
                return self._setup_command_failed(event)
            case e.ContainerStartFailed():
                return self._start_failed(event)
            case _:
                return _explained(event)

    def _unhealthy(self, event: e.ContainerUnhealthy) -> Explanation:
        parts = [
            several_lines(event.message),
            _quoted("The last health check printed:", event.probe_output),
            _quoted("The container's last output:", event.log),
        ]
        headline = f"Container {one_line(event.container)} did not become healthy."
        return Explanation(headline, _paragraphs(*parts), self._keep_hint)

    def _not_completed(self, event: e.ContainerNotCompleted) -> Explanation:
        body = _paragraphs(
            f"It ended with exit code {event.exit_code}, but it has to end with 0 before others start.",
            _quoted("The container's last output:", event.log),
        )
        return Explanation(f"Container {one_line(event.container)} failed.", body, self._keep_hint)

    def _setup_command_failed(self, event: e.SetupCommandFailed) -> Explanation:
        command, container = one_line(event.command), one_line(event.container)
        if event.exit_code is None:
            headline = f"Could not run set-up command {command} in container {container}."
            return Explanation(headline, plain_output(event.output), self._keep_hint)
        headline = f"Set-up command {command} in container {container} failed."
        lead = f"It ended with exit code {event.exit_code}"
        output = plain_output(event.output)
        body = f"{lead} and printed:\n{output}" if output else f"{lead} and printed nothing."
        return Explanation(headline, body, self._keep_hint)

    def _start_failed(self, event: e.ContainerStartFailed) -> Explanation:
        headline = f"Could not run container {one_line(event.container)}."
        message = several_lines(event.message)
        verdict = {126: "cannot be executed in", 127: "was not found in"}.get(event.exit_code)
        if verdict is None:
            return Explanation(headline, message)
        command = self._commands.get(event.container)
        what = f"The command '{one_line(command)}'" if command else "The image's own command"
        hint = "Check the command, the entrypoint and the PATH of the container. Shell syntax needs a shell: "
        return Explanation(headline, f"{what} {verdict} the container.\n{message}", f"{hint}sh -c '…'.")


def interrupted(signal: str, times: int) -> str:
    """Return what a person is told when a signal asks the run to end for the n-th time."""
    if times == 1:
        ending = " Ctrl-C again kills what still runs." if signal == "SIGINT" else ""
        return f"{_SIGNALS.get(signal, signal)}: ending what is under way, then cleaning up.{ending}"
    if times == 2:
        return "Killing what still runs, then cleaning up. Once more ends this at once and leaves the rest."
    return "Ended at once, without cleaning up."


def render(explanation: Explanation, colours: Colours) -> str:
    """Return a failure as lines for a person."""
    headline = f"Error: {explanation.headline}" if explanation.is_error else explanation.headline
    first = "\n".join(part for part in (colours.red(headline), explanation.body) if part)
    return _paragraphs(first, explanation.hint)


def task_failed(task: str) -> str:
    """Return the last line about a task that something other than its exit code ended."""
    return f"The task {one_line(task)} failed. See above for details."


def leftovers_removed(event: e.LeftoversRemoved) -> str:
    """Return the line about what was cleaned up for runs that could not do it themselves."""
    what = f"{amount(event.containers, 'container')} and {amount(event.networks, 'network')}"
    return f"Removed {what} that killed runs had left."


def render_kept(event: e.ResourcesKept, colours: Colours) -> str:
    """Return what stays on the engine, how to look into it and how to remove it; "" where nothing does."""
    if not event.containers and not event.commands:
        return ""
    if event.wanted:
        headline = f"Nothing was removed, because {one_line(event.option)} was given."
        look = "\n".join(_look_into(one_line(c), one_line(name)) for c, name in sorted(event.containers))
        lead = "When they are no longer needed, remove them with:"
    else:
        headline = "Clean-up failed: some of what the task created is still there."
        look = ""
        lead = "What is left goes with `taskrunner clean --leftovers`, or with:"
    commands = "\n".join(f"  {colours.bold(one_line(command))}" for command in event.commands)
    return _paragraphs(colours.red(headline), look, f"{lead}\n{commands}" if commands else "")


def _look_into(container: str, name: str) -> str:
    # Starting a container that runs does nothing, so the line is right for stopped ones and others.
    return (
        f"To look into container {container}:\n"
        f"  docker logs {name}\n"
        f"  docker start {name}; docker exec -it {name} sh"
    )


def _explained(event: e.Event) -> Explanation | None:
    match event:
        case e.Interrupted(signal=signal, times=times):
            return Explanation(interrupted(signal, times), is_error=False)
        case e.StepCrashed():
            return _step_crashed(event)
        case e.ProxiesOutOfReach():
            return _proxies_out_of_reach(event)
        case e.ImageBuildFailed(message=message, output=output):
            body = _paragraphs(several_lines(message), _quoted("The build printed:", output))
            headline = f"Could not build the image of container {one_line(event.container)}."
            return Explanation(headline, body)
        case _:
            refused = _refused(event)
            if refused is None:
                return None
            message = getattr(event, "message", "")
            return Explanation(refused, several_lines(message))


def _refused(event: e.Event) -> str | None:
    """Return the headline of a failure about which only the engine's message says more."""
    match event:
        case e.ImagePullFailed(image=image):
            return f"Could not pull image {one_line(image)}."
        case e.NetworkFailed(name=name):
            return (
                f"Could not use network {one_line(name)}."
                if name
                else "Could not create a network for the task."
            )
        case e.ContainerCreateFailed(container=container):
            return f"Could not create container {one_line(container)}."
        case e.CleanupFailed(container=None):
            return "Could not remove the task's network."
        case e.CleanupFailed(container=str() as container):
            return f"Could not stop or remove container {one_line(container)}."
        case _:
            return None


def _step_crashed(event: e.StepCrashed) -> Explanation:
    name = type(event.step).__name__
    report = f"A report was written to {one_line(event.report)}." if event.report else ""
    return Explanation(
        f"A fault in taskrunner itself ended the step {name}.",
        _paragraphs(several_lines(event.message), report),
        "Please report it, with that file." if event.report else "Please report it.",
    )


def _proxies_out_of_reach(event: e.ProxiesOutOfReach) -> Explanation:
    # Most are there twice, in small and in capital letters.
    names = " and ".join(dict.fromkeys(name.lower() for name in event.variables))
    return Explanation(
        f"Containers and builds cannot reach the proxy of {names}.",
        f"It is on this machine's localhost, and {several_lines(event.reason)}.",
        "Name it by an address that they can reach, or hand no proxies on: --no-proxy-vars.",
        is_error=False,
    )


def _quoted(lead: str, output: str) -> str:
    text = plain_output(output)
    return f"{lead}\n{text}" if text else ""


def _paragraphs(*parts: str) -> str:
    return "\n\n".join(part for part in parts if part)
