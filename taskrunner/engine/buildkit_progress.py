"""What a client of BuildKit reports on its standard error, made sense of.

Two forms: `plain` has lines such as `#5 [build 2/4] RUN make` and `#5 0.167 output`; `rawjson` has one
JSON object a line, which buildx 0.13 spreads over several (moby/buildkit, client.SolveStatus). Lines of
neither form say why a build failed.
"""

import base64
import binascii
import json
import re
from collections.abc import Mapping
from typing import Any, Final

from taskrunner.engine.build_spec import BuildNews

__all__ = ["BuildKitLog"]

# `[2/5] RUN make`, `[stage-1 2/5] COPY a b`, `[linux/amd64 builder 1/3] FROM alpine`
_STEP = re.compile(r"\[(?:(?P<stage>.+) )?(?P<number>\d+)/(?P<total>\d+)\] (?P<instruction>.*)", re.DOTALL)
_LINE = re.compile(r"#(\d+) (.*)")
_LOG = re.compile(r"\d+\.\d+ (.*)")
_QUIET = re.compile(
    r"sha256:[0-9a-f]{64}(?: done)?|DONE \d.*|CACHED|\.\.\.|transferring |naming to |writing image |"
    r"exporting (?:layers|manifest|config)|resolve |extracting |preparing |unpacking "
)
_TRANSFER = re.compile(r"(sha256:[0-9a-f]+) (\d+(?:\.\d+)?)([kMGT]?B) / (\d+(?:\.\d+)?)([kMGT]?B)")
_UNITS: Final = {"B": 1, "kB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12}


class BuildKitLog:
    """Takes a build's lines, tells what happens, and keeps what was printed."""

    def __init__(self, news: BuildNews) -> None:
        self._news = news
        self._parts: list[str] = []
        self._names: dict[str, str] = {}
        self._shown: str | None = None
        self._layers: dict[str, tuple[int, int]] = {}
        self._object: list[str] = []
        """The lines of a JSON object whose end has not come yet."""
        self._last_words = ""
        self._failure = ""

    @property
    def text(self) -> str:
        """Everything that the build printed."""
        return "".join(self._parts)

    @property
    def message(self) -> str:
        """Why the build failed, in the words of the client."""
        return (self._failure or self._last_words).removeprefix("ERROR: ")

    def feed(self, line: str) -> None:
        """Take a line, without its end."""
        if self._object or line == "{":
            self._object.append(line)
            if line == "}":
                lines, self._object = self._object, []
                self._take("".join(lines))
        else:
            self._take(line)

    def _take(self, line: str) -> None:
        if line.startswith("{") and (status := _status(line)) is not None:
            self._note_status(status)
        elif (found := _LINE.match(line)) is not None:
            self._note_plain(found[1], found[2])
        elif line.strip():
            self._last_words = line.strip()
            if line.startswith("ERROR: "):
                self._failure = line.strip()
            self._print_line(line)

    def _note_plain(self, vertex: str, text: str) -> None:
        if vertex not in self._names:
            self._begin(vertex, text)
        elif (log := _LOG.match(text)) is not None:
            self._log(vertex, f"{log[1]}\n")
        elif (transfer := _TRANSFER.match(text)) is not None:
            layer, done, unit, total, of = transfer.groups()
            self._transfer(layer, _bytes(done, unit), _bytes(total, of))
        elif text != self._names[vertex] and not _QUIET.match(text):
            self._log(vertex, f"{text}\n")

    def _note_status(self, status: Mapping[str, Any]) -> None:
        for vertex in status.get("vertexes") or ():
            if vertex.get("started") and vertex["digest"] not in self._names:
                self._begin(vertex["digest"], vertex.get("name", ""))
            if vertex.get("error"):
                self._show(vertex["digest"])
                self._print_line(f"ERROR: {vertex['error']}")
        for each in status.get("statuses") or ():
            if str(each.get("id", "")).startswith("sha256:") and each.get("total"):
                self._transfer(each["id"], int(each.get("current", 0)), int(each["total"]))
        for log in status.get("logs") or ():
            self._log(log["vertex"], _decoded(log.get("data", "")))
        for warning in status.get("warnings") or ():
            self._print_line(f"WARNING: {_decoded(warning.get('short', ''))}")

    def _begin(self, vertex: str, name: str) -> None:
        self._names[vertex] = name
        step = _STEP.match(name)
        if step is not None:
            number, total = int(step["number"]), int(step["total"])
            self._news.step(number, total, step["instruction"], step["stage"] or "")
            self._show(vertex)

    def _log(self, vertex: str, text: str) -> None:
        self._show(vertex)
        self._print(text)

    def _show(self, vertex: str) -> None:
        # Stages are built side by side: a line of another one gets its heading again.
        if vertex != self._shown and vertex in self._names:
            self._shown = vertex
            self._print_line(self._names[vertex])

    def _transfer(self, layer: str, done: int, total: int) -> None:
        self._layers[layer] = (done, total)
        layers = self._layers.values()
        self._news.download(sum(each[0] for each in layers), sum(each[1] for each in layers))

    def _print_line(self, line: str) -> None:
        # What a command prints arrives in pieces, which need not end where its lines do.
        begun = self._parts and not self._parts[-1].endswith("\n")
        self._print(f"\n{line}\n" if begun else f"{line}\n")

    def _print(self, text: str) -> None:
        self._parts.append(text)
        self._news.output(text)


def _status(line: str) -> Mapping[str, Any] | None:
    try:
        value = json.loads(line)
    except ValueError:
        return None
    return value if isinstance(value, dict) else None


def _decoded(data: str) -> str:
    try:
        return base64.b64decode(data).decode(errors="replace")
    except (binascii.Error, ValueError):
        return data


def _bytes(number: str, unit: str) -> int:
    return int(float(number) * _UNITS[unit])
