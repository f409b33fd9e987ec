"""A timeline as a page of its own: no script, style, font or image comes from anywhere else."""

import os
import time
from collections.abc import Iterable, Iterator, Sequence
from html import escape
from typing import Final

from taskrunner._version import VERSION
from taskrunner.output.humanise import amount, duration
from taskrunner.output.slowest import described
from taskrunner.output.text import one_line
from taskrunner.timeline.model import Bar, Row, TaskRow, Timeline

__all__ = ["as_page"]

_POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'"
"""What keeps a browser from loading anything, whatever a name in the page looks like."""

_TICKS: Final = (0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600)
_MOST_TICKS: Final = 8

_KINDS: Final = {
    "PullImage": ("pull", "pull"),
    "BuildImage": ("build", "build"),
    "BuildStep": ("build", ""),
    "CreateNetwork": ("prepare", "create"),
    "CreateContainer": ("prepare", "create"),
    "StartContainer": ("prepare", "start"),
    "WaitForHealth": ("health", "health"),
    "SetupCommand": ("setup", ""),
    "RunContainer": ("run", "run"),
    "OpenShell": ("run", "shell"),
    "StopContainer": ("clean", "stop"),
    "RemoveContainer": ("clean", "remove"),
    "RemoveNetwork": ("clean", "remove"),
}
"""How a span looks, and what stands on its bar; "" is the command."""

_LEGEND: Final = {
    "pull": "pulling an image",
    "build": "building an image",
    "prepare": "creating and starting",
    "health": "waiting for health",
    "setup": "set-up command",
    "run": "running",
    "clean": "cleaning up",
}


def as_page(timeline: Timeline) -> str:
    """Return the page as HTML."""
    title = f"{one_line(timeline.tasks[-1].name if timeline.tasks else 'run')} · {one_line(timeline.project)}"
    parts = [
        "<!doctype html>",
        '<html lang="en"><head><meta charset="utf-8">',
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f"<title>{escape(title)}</title><style>{_asset('page.css')}</style></head><body><main>",
        _header(timeline),
        *map(_waited_for, timeline.tasks),
        _chart(timeline),
        _table(timeline),
        f"</main><div id=tip role=status hidden></div><script>{_asset('page.js')}</script></body></html>",
    ]
    return "\n".join(parts) + "\n"


def _asset(name: str) -> str:
    with open(os.path.join(os.path.dirname(__file__), name), encoding="utf-8") as file:
        return file.read()


def _header(timeline: Timeline) -> str:
    names = ", ".join(one_line(task.name) for task in timeline.tasks[-1:]) or "run"
    began = time.strftime("%d %B %Y, %H:%M:%S", time.localtime(timeline.began))
    well = timeline.exit_code == 0
    facts = [
        ("took", _time(timeline.seconds)),
        ("exit code", str(timeline.exit_code)),
        ("tasks", str(len(timeline.tasks))),
        ("containers", str(sum(len(task.rows) for task in timeline.tasks) - _networks(timeline))),
    ]
    tiles = "".join(f"<div><dt>{name}</dt><dd>{value}</dd></div>" for name, value in facts)
    return (
        f'<header><div><h1>{escape(names)} <span class="state {"well" if well else "bad"}">'
        f"{'finished' if well else 'failed'}</span></h1>"
        f"<p>{escape(one_line(timeline.project))} · {began} · taskrunner {VERSION}</p></div>"
        f"<dl>{tiles}</dl></header>"
    )


def _networks(timeline: Timeline) -> int:
    return sum(row.name == "network" for task in timeline.tasks for row in task.rows)


def _waited_for(task: TaskRow) -> str:
    """Return the chain of steps that decided how long a task took, as one bar and as a list."""
    if task.saved is not None:
        return (
            f"<section><h2>What {escape(one_line(task.name))} waited for</h2>"
            f"<p>Nothing: it is up to date, which saves {_time(task.saved)}.</p></section>"
        )
    if not task.waited_for:
        return ""
    whole = max(task.end - task.start, 1e-9)
    shares = list(_shares(task))
    bar = "".join(
        f'<i class="{_look(part)}" style="width:{_part(took, whole)}"></i>' for part, took in shares
    )
    longest = sorted(shares, key=lambda share: -share[1])
    items = "".join(_share(part, took, whole) for part, took in longest if took >= whole / 100)
    return (
        f"<section><h2>What {escape(one_line(task.name))} waited for</h2>"
        f"<div class=stack aria-hidden=true>{bar}</div><ol class=shares>{items}</ol></section>"
    )


def _piece(part: Bar | None, took: float, whole: float) -> str:
    return f'<i class="{_look(part)}" style="width:{_part(took, whole)}"></i>'


def _share(part: Bar | None, took: float, whole: float) -> str:
    name = escape(described(part.span) if part else "in between")
    return (
        f'<li><i class="{_look(part)}"></i><span title="{name}">{name}</span>'
        f"<b>{_time(took)}</b><small>{100 * took / whole:.0f}%</small></li>"
    )


def _shares(task: TaskRow) -> Iterator[tuple[Bar | None, float]]:
    """Give each step of the chain with the time that it alone took, and None for the time in between."""
    at = task.start
    between = 0.0
    for bar in task.waited_for:
        between += max(0.0, bar.start - at)
        yield bar, max(0.0, bar.end - max(at, bar.start))
        at = max(at, bar.end)
    yield None, between + max(0.0, task.end - at)


def _look(bar: Bar | None) -> str:
    return _KINDS[bar.span.kind][0] if bar else "gap"


def _chart(timeline: Timeline) -> str:
    whole = max(timeline.seconds, 1e-9)
    legend = "".join(f'<li><i class="{look}"></i>{text}</li>' for look, text in _LEGEND.items())
    several = len(timeline.tasks) > 1
    tasks = "".join(_task(task, whole, named=several) for task in timeline.tasks)
    return (
        "<section><h2>Step by step</h2>"
        f'<ul class=legend>{legend}<li><i class="solid"></i>solid: the run waited for it</li></ul>'
        f'<div class=chart role=group aria-label="Timeline">{_axis(whole)}{tasks}</div>'
        "<p class=hint>Point at a bar, or press Tab and then the arrow keys, to see what it was.</p>"
        "</section>"
    )


def _axis(whole: float) -> str:
    step = next((tick for tick in _TICKS if whole / tick <= _MOST_TICKS), whole / _MOST_TICKS)
    marks = [number * step for number in range(int(whole / step) + 1) if number * step <= 0.94 * whole]
    labels = "".join(f'<span style="left:{_part(mark, whole)}">{_tick(mark)}</span>' for mark in marks)
    step_width = f'style="--step:{_part(step, whole)}"'
    return f"<div class=axis><b></b><div>{labels}</div></div><div class=grid {step_width}></div>"


def _tick(seconds: float) -> str:
    return _time(seconds).replace(".0s", "s") if seconds else "0"


def _task(task: TaskRow, whole: float, *, named: bool) -> str:
    if task.saved is not None:
        return ""
    heading = f"<h3>{escape(one_line(task.name))}</h3>" if named else ""
    return heading + "".join(_row(row, whole) for row in task.rows)


def _row(row: Row, whole: float) -> str:
    lanes = _lanes(row.bars)
    # What comes first is drawn below what comes after it.
    drawn = "".join(_life(bar, whole) for bar in row.bars if _is_life(bar))
    drawn += "".join(_bar(bar, lane, whole) for lane, bars in enumerate(lanes) for bar in bars)
    return (
        f'<div class=row><b title="{escape(one_line(row.name))}">{escape(one_line(row.name))}</b>'
        f'<div class=track style="--lanes:{max(1, len(lanes))}">{drawn}</div></div>'
    )


def _is_life(bar: Bar) -> bool:
    """Return whether a bar is a dependency's running, which nobody waits for the end of."""
    return bar.span.kind == "RunContainer" and not bar.critical


def _lanes(bars: Sequence[Bar]) -> list[list[Bar]]:
    """Spread bars over lanes, so that none hides another; what belongs to a build goes below it."""
    lanes: list[list[Bar]] = []
    for bar in sorted(bars, key=lambda bar: (bar.span.kind == "BuildStep", bar.start)):
        if _is_life(bar):
            continue
        first = 1 if bar.span.kind == "BuildStep" else 0
        while len(lanes) <= first:
            lanes.append([])
        free = (lane for lane in lanes[first:] if not lane or lane[-1].end <= bar.start + 0.002)
        lane = next(free, None)
        if lane is None:
            lane = []
            lanes.append(lane)
        lane.append(bar)
    return lanes


def _bar(bar: Bar, lane: int, whole: float) -> str:
    look, label = _KINDS[bar.span.kind]
    classes = " ".join(
        ["bar", look, *(["solid"] if bar.critical else []), *(["failed"] if bar.span.failed else [])]
    )
    took = bar.end - bar.start
    name = escape(described(bar.span))
    facts = f"{_time(took)}, from {_time(bar.start)} to {_time(bar.end)}"
    facts += "; it failed" if bar.span.failed else "; the run waited for it" if bar.critical else ""
    place = f"left:{_part(bar.start, whole)};width:{_part(took, whole)};--lane:{lane}"
    return (
        f'<button type=button class="{classes}" style="{place}" data-name="{name}" data-facts="{facts}" '
        f'title="{name}&#10;{facts}" aria-label="{name}: {facts}">'
        f"<span>{escape(label or one_line(bar.span.detail))}</span></button>"
    )


def _life(bar: Bar, whole: float) -> str:
    place = f"left:{_part(bar.start, whole)};width:{_part(bar.end - bar.start, whole)}"
    return f'<i class=life style="{place}"></i>'


def _part(seconds: float, whole: float) -> str:
    return f"{100 * seconds / whole:.3f}%"


def _table(timeline: Timeline) -> str:
    rows = "".join(
        f"<tr{' class=solid' if bar.critical else ''}><td><i class={_look(bar)}></i>"
        f"{escape(described(bar.span))}{' (failed)' if bar.span.failed else ''}</td>"
        f"<td>{escape(one_line(task.name))}</td><td>{_time(bar.start)}</td>"
        f"<td>{_time(bar.end - bar.start)}</td><td>{'yes' if bar.critical else ''}</td></tr>"
        for task in timeline.tasks
        for bar in _each_once(task.rows)
    )
    steps = sum(len(_each_once(task.rows)) for task in timeline.tasks)
    return (
        f"<section><details><summary>All of it as a table ({amount(steps, 'step')})</summary><div class=wide>"
        "<table><thead><tr><th>Step</th><th>Task</th><th>Began at</th><th>Took</th><th>Waited for</th></tr>"
        f"</thead><tbody>{rows}</tbody></table></div></details></section>"
    )


def _each_once(rows: Iterable[Row]) -> list[Bar]:
    return sorted({bar for row in rows for bar in row.bars}, key=lambda bar: (bar.start, -bar.end))


def _time(seconds: float) -> str:
    if seconds < 0.0005:
        return "0 ms"
    return f"{seconds * 1000:.0f} ms" if seconds < 0.9995 else duration(seconds)
