"""A timeline as a page and as a trace."""

import json
import re
from html.parser import HTMLParser

from taskrunner.execution import events as e
from taskrunner.timeline.page import as_page
from taskrunner.timeline.trace import as_trace
from tests.unit.timeline.runs import recorded, timeline, whole_run


class Seen(HTMLParser):
    """Reads a page's elements."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep an element."""
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        """Keep text."""
        self.words.append(data)


def test_nothing_comes_from_outside() -> None:
    """The page has no address in it, and forbids the browser to load anything."""
    text = as_page(timeline())
    elements = Seen(text).elements

    assert not re.search(r"https?:|//[a-z]|url\(|@import|<link|<img|src=", text)
    policies = [attrs["content"] for tag, attrs in elements if attrs.get("http-equiv")]
    assert policies == ["default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'"]


def test_bars() -> None:
    """Each step is a bar with its name and its times; those that the run waited for are solid."""
    bars = [attrs for tag, attrs in Seen(as_page(timeline())).elements if tag == "button"]
    solid = [bar["data-name"] for bar in bars if "solid" in (bar["class"] or "").split()]

    assert "running ./test.sh <all> & more in app" in solid
    assert "building app: RUN make | tee log" in [bar["data-name"] for bar in bars]
    facts = {bar["data-name"]: bar["data-facts"] for bar in bars}
    assert facts["building app"] == "3.0s, from 0 ms to 3.0s"
    assert facts["starting db"] == "500 ms, from 700 ms to 1.2s; the run waited for it"
    assert all(bar["aria-label"] for bar in bars)


def test_names_cannot_become_markup() -> None:
    """Names come from configs and registries, and stay text."""
    bad = "<script>alert(1)</script>\"'&\x1b"
    events = [
        (e.RunStarted("r", bad, (bad,)), 0.0),
        (e.TaskStarted(bad, bad, (bad,), (bad,), last=True), 0.0),
        (e.ContainerStarting(bad, bad), 0.1),
        (e.ContainerStarted(bad), 0.2),
        (e.ContainerExited(bad, 1), 0.9),
        (e.TaskFinished(bad, 1, 1.0), 1.0),
        (e.RunFinished(1, 1.0), 1.0),
    ]
    text = as_page(timeline(recorded(events)))

    assert [tag for tag, _ in Seen(text).elements].count("script") == 1
    assert "\x1b" not in text


def test_the_table_has_every_step_once() -> None:
    """A pull that two containers waited for is one step."""
    words = Seen(as_page(timeline())).words

    assert sum(word == "pulling busybox:1" for word in words) == 1


def test_a_run_of_nothing() -> None:
    """A run of prerequisites only has a page, too."""
    events = [
        (e.RunStarted("r", "p", ("t",)), 0.0),
        (e.TaskStarted("t", None, (), (), last=True), 0.0),
        (e.TaskFinished("t", 0, 0.0), 0.0),
        (e.RunFinished(0, 0.0), 0.0),
    ]

    assert "All of it as a table (0 steps)" in as_page(timeline(recorded(events)))


def test_the_trace() -> None:
    """Every event has what the format asks for, and events of one thread never overlap in part."""
    trace = json.loads(as_trace(timeline(whole_run(exit_code=2))))
    assert trace["otherData"] == {"run": "run-1", "project": "shop", "exitCode": 2}
    threads: dict[int, list[tuple[int, int]]] = {}
    for event in trace["traceEvents"]:
        if event["ph"] == "M":
            continue
        assert {"name", "cat", "ts", "dur", "pid", "tid", "args"} <= event.keys()
        if event["cat"] != "BuildStep":
            threads.setdefault(event["tid"], []).append((event["ts"], event["ts"] + event["dur"]))
    for spans in threads.values():
        for begin, end in spans:
            assert not [other for other in spans if begin < other[0] < end < other[1]]
    names = {event["args"]["name"] for event in trace["traceEvents"] if event["ph"] == "M"}
    assert {"test", "app", "app (running)", "network"} <= names
