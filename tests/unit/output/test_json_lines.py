"""The `json` style."""

import base64
import json
import re
from itertools import pairwise
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from taskrunner.errors import ConfigError, EngineError, Position, Problem
from taskrunner.execution import events as e
from taskrunner.execution import steps
from taskrunner.output.console import Console
from taskrunner.output.json_lines import JsonLines, error_line
from taskrunner.plan.model import BuiltImage
from tests.unit.output import recordings as r
from tests.unit.output.recordings import Output
from tests.unit.output.screen import Screen

TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")


def played(screen: Screen, *records: r.Record) -> list[dict[str, Any]]:
    """Return the objects that a recording is written as, their times checked and taken out."""
    screen.play(JsonLines(screen.console), records)
    objects = [json.loads(line) for line in screen.out.splitlines()]
    assert all(TIME.fullmatch(written.pop("time")) for written in objects)
    return objects


def test_a_run_is_a_line_an_event(screen: Screen) -> None:
    """Each event and each chunk becomes one object with its class's name, and nothing goes to stderr."""
    objects = played(screen, *r.SUCCESS)
    names = ["ContainerOutput" if isinstance(one, Output) else type(one).__name__ for one in r.SUCCESS]
    assert [written["event"] for written in objects] == names
    assert screen.err == ""


def test_fields_are_the_events_fields(screen: Screen) -> None:
    """An event's fields keep their names and values."""
    assert played(screen, e.ImagePullProgress("alpine", "extracting", 5, 0), e.NetworkRemoved()) == [
        {"event": "ImagePullProgress", "image": "alpine", "operation": "extracting", "done": 5, "total": 0},
        {"event": "NetworkRemoved"},
    ]


def test_steps_say_what_they_work_on(screen: Screen) -> None:
    """A step is an object with its kind and its subject; a build's arguments stay out of it."""
    build = BuiltImage("app", "/p", "Dockerfile", {"TOKEN": "hunter2"}, None, False, (), -1)
    kinds: list[steps.Step] = [
        r.PULL_POSTGRES,
        steps.BuildImage(build),
        steps.CreateNetwork(),
        steps.WaitForHealth("app"),
        steps.RemoveNetwork(),
    ]
    objects = played(screen, *(e.StepStarted(step, 1) for step in kinds))
    assert [written["step"] for written in objects] == [
        {"step": "PullImage", "image": "postgres:16"},
        {"step": "BuildImage", "container": "app"},
        {"step": "CreateNetwork"},
        {"step": "WaitForHealth", "container": "app"},
        {"step": "RemoveNetwork"},
    ]
    assert "hunter2" not in screen.out


def test_kept_containers_have_names_for_their_names(screen: Screen) -> None:
    """Pairs become objects, so that nobody has to know their order."""
    event = e.ResourcesKept(wanted=True, option="-", containers=(("app", "shop-app-1"),), commands=("rm",))
    (written,) = played(screen, event)
    assert written["containers"] == [{"container": "app", "name": "shop-app-1"}]


def test_lines_are_ascii(screen: Screen) -> None:
    """No byte of a line is a control character or needs an encoding."""
    played(screen, e.ContainerStarting("app", "é\x1b[2J\u2028\udce9"))
    assert screen.raw_out.rstrip(b"\n").decode("ascii").isprintable()


def test_a_character_cut_in_two_stays_text(screen: Screen) -> None:
    """The first half of a character waits for the second, each stream for its own."""
    objects = played(
        screen,
        Output("app", "stdout", "a漢".encode()[:-1]),
        Output("app", "stderr", b"b"),
        Output("app", "stdout", "漢".encode()[-1:] + b"c"),
    )
    assert [(written["stream"], written["text"]) for written in objects] == [
        ("stdout", "a"),
        ("stderr", "b"),
        ("stdout", "漢c"),
    ]


def test_half_a_character_at_the_end_is_not_lost(screen: Screen) -> None:
    """What still waits when a container ends goes out before the event that says so."""
    first, second = played(screen, Output("app", "stdout", b"\xe6"), e.ContainerExited("app", 0))
    assert first == {"event": "ContainerOutput", "container": "app", "stream": "stdout", "base64": "5g=="}
    assert second["event"] == "ContainerExited"


@given(
    data=st.lists(
        st.sampled_from([b"a", "é".encode(), "漢".encode(), "🚀".encode(), b"\xff", b"\xe2\x82", b"\xc0\xaf"])
    ).map(b"".join),
    cuts=st.lists(st.integers(0, 40)),
)
def test_no_byte_is_lost_wherever_chunks_end(data: bytes, cuts: list[int]) -> None:
    """The texts and bytes of all lines together are what the container printed, and text stays text."""
    console = RecordingConsole()
    style = JsonLines(console)
    places = sorted({0, len(data), *(cut for cut in cuts if cut < len(data))})
    for start, end in pairwise(places):
        style.on_output("app", "stdout", data[start:end])
    style.on_event(e.ContainerExited("app", 0), 0.0)
    parts = [json.loads(line) for line in console.lines[:-1]]
    joined = b"".join(
        part["text"].encode() if "text" in part else base64.b64decode(part["base64"]) for part in parts
    )
    assert joined == data
    if is_text(data):
        assert all("text" in part for part in parts)


@given(st.text(st.characters(codec="ascii"), min_size=1))
def test_text_is_escaped_as_json_has_it(text: str) -> None:
    """The quick way for plain text writes the very characters that the standard library writes."""
    console = RecordingConsole()
    JsonLines(console).on_output("app", "stdout", text.encode())
    (line,) = console.lines
    assert line.endswith(f', "text": {json.dumps(text)}}}')


class RecordingConsole(Console):
    """A console that keeps the lines that it is given."""

    def __init__(self) -> None:
        super().__init__(1, 2, colour_out=False, colour_err=False)
        self.lines: list[str] = []

    def print_out(self, text: str = "") -> None:
        """Keep a line."""
        self.lines.append(text)

    def print_block(self, lines: bytes) -> None:
        """Keep a line that comes as bytes."""
        self.lines.append(lines.decode("ascii").removesuffix("\n"))


def is_text(data: bytes) -> bool:
    """Return whether all of it is UTF-8."""
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


def test_error_lines() -> None:
    """An error that ends the command is an event like others, with all of its problems."""
    error = ConfigError(
        [Problem("config.a", "bad", Position("/p/a.yml", 3, 7, 4), "try"), Problem("config.b", "worse")]
    )
    written = json.loads(error_line(error))
    assert TIME.fullmatch(written.pop("time"))
    assert written == {
        "event": "Error",
        "reference": "config.a",
        "message": "bad",
        "hint": "try",
        "exit_code": 2,
        "problems": [
            {
                "reference": "config.a",
                "message": "bad",
                "hint": "try",
                "file": "/p/a.yml",
                "line": 3,
                "column": 7,
                "width": 4,
            },
            {"reference": "config.b", "message": "worse", "hint": None},
        ],
    }


def test_error_lines_of_the_engine() -> None:
    """Errors without places have no problems, and no line break ends their line."""
    line = error_line(EngineError("engine.down", "No engine."))
    assert (json.loads(line)["problems"], json.loads(line)["exit_code"]) == ([], 125)
    assert "\n" not in line
