"""The `json` style: one JSON object a line for each event, and nothing else on standard output.

The format is documented in docs/reference/json-output.md. Lines are pure ASCII, so that no control
character of a name reaches a terminal and no reader has to know an encoding.
"""

import json
import time
from binascii import b2a_base64
from typing import Any, Final

from taskrunner.errors import ConfigError, Problem, TaskrunnerError
from taskrunner.execution import events as e
from taskrunner.execution import steps
from taskrunner.output.console import Console
from taskrunner.output.lines import ends_output, unfinished

__all__ = ["JsonLines", "error_line", "event_line", "note_line"]

# The backslash comes first, so that those of the others stay as they are. Source: RFC 8259, section 7.
_ESCAPES: Final = {
    ord("\\"): rb"\\",
    ord('"'): rb"\"",
    ord("\n"): rb"\n",
    ord("\r"): rb"\r",
    ord("\t"): rb"\t",
    0x1B: rb"\u001b",
}
_PLAIN: Final = bytes(code for code in range(0x20, 0x7F) if code not in _ESCAPES)


class JsonLines:
    """Writes every event as a line of JSON."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._held: dict[tuple[str, e.Stream], bytes] = {}

    def on_event(self, event: e.Event, at: float) -> None:  # noqa: ARG002 - lines carry the time of day
        """Write an event."""
        if ends_output(event):
            self._release(getattr(event, "container", None))
        self._console.print_out(event_line(event))

    def on_output(self, container: str, stream: e.Stream, data: bytes) -> None:
        """Write a chunk of output; a character that it cuts in two waits for its other half."""
        data = self._held.pop((container, stream), b"") + data
        cut = len(data) - unfinished(data)
        if cut < len(data):
            self._held[container, stream] = data[cut:]
        if cut:
            self._write_output(container, stream, data[:cut])

    def _release(self, container: str | None) -> None:
        for name, stream in list(self._held):
            if container in {None, name}:
                self._write_output(name, stream, self._held.pop((name, stream)))

    def _write_output(self, container: str, stream: e.Stream, data: bytes) -> None:
        fields: dict[str, Any] = {"container": container, "stream": stream}
        if (escaped := _escaped(data)) is not None:
            line = _line("ContainerOutput", {**fields, "text": ""})
            self._console.print_block(b'%b%b"}\n' % (line.encode().removesuffix(b'"}'), escaped))
            return
        try:
            fields["text"] = data.decode()
        except UnicodeDecodeError:
            fields["base64"] = b2a_base64(data, newline=False).decode()
        self._console.print_out(_line("ContainerOutput", fields))


def event_line(event: e.Event) -> str:
    """Return the line, without its line break, for an event."""
    return _line(type(event).__name__, _fields(event))


def note_line(text: str) -> str:
    """Return the line, without its line break, for something that is no event of the run."""
    return _line("Note", {"text": text})


def error_line(error: TaskrunnerError) -> str:
    """Return the line, without its line break, for an error that ends the whole command."""
    problems = error.problems if isinstance(error, ConfigError) else ()
    fields = {
        "reference": error.reference,
        "message": error.message,
        "hint": error.hint,
        "exit_code": error.exit_code,
        "problems": [_problem(problem) for problem in problems],
    }
    return _line("Error", fields)


def _line(name: str, fields: dict[str, Any]) -> str:
    seconds, milliseconds = divmod(time.time_ns() // 1_000_000, 1000)
    stamp = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds))
    return json.dumps({"event": name, "time": f"{stamp}.{milliseconds:03d}Z", **fields})


def _fields(event: e.Event) -> dict[str, Any]:
    fields: dict[str, Any] = event._asdict()
    if isinstance(event, e.StepStarted | e.StepFinished | e.StepCrashed):
        fields["step"] = _step(event.step)
    elif isinstance(event, e.ResourcesKept):
        fields["containers"] = [{"container": label, "name": name} for label, name in event.containers]
    return fields


def _step(step: steps.Step) -> dict[str, Any]:
    """Return a step by what it works on: a build's arguments may be secrets, and stay out."""
    fields: dict[str, Any] = {"step": type(step).__name__}
    match step:
        case steps.PullImage(source=source):
            fields["image"] = source.reference
        case steps.BuildImage(source=source):
            fields["container"] = source.container
        case steps.CreateNetwork() | steps.RemoveNetwork():
            pass
        case _:
            fields["container"] = step.container
    return fields


def _problem(problem: Problem) -> dict[str, Any]:
    fields: dict[str, Any] = {
        "reference": problem.reference,
        "message": problem.message,
        "hint": problem.hint,
    }
    if problem.where is not None:
        fields.update(problem.where._asdict())
    return fields


def _escaped(data: bytes) -> bytes | None:
    """Return ASCII text as it stands in a JSON string; None for what has to be looked at more closely.

    A few passes over the whole in C, where the encoder of the standard library looks at each character.
    """
    special = data.translate(None, _PLAIN)
    if not special:
        return data
    found = set(special)
    if not found <= _ESCAPES.keys():
        return None
    for byte, escape in _ESCAPES.items():
        if byte in found:
            data = data.replace(bytes((byte,)), escape)
    return data
