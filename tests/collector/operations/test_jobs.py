"""Daily work: done by one of all collectors on a store, in a process of its own, with the same settings."""

import asyncio
import json
import os
import time
from pathlib import Path

import pytest

from telemetry.collector.catalogues import Catalogues
from telemetry.collector.context import Context
from telemetry.collector.jobs import Job, environment, run_daily, start_of
from telemetry.collector.operations.log import Log
from telemetry.collector.operations.metrics import Metrics
from telemetry.collector.settings import Settings, read
from telemetry.collector.stores import open_raw


async def _work(settings: Settings, jobs: tuple[Job, ...], *, logs: int, seconds: float) -> None:
    """Let two collectors do their daily work until so many lines are logged, or the time is over."""
    contexts = [
        Context(settings, Catalogues(installed=False), Metrics(), Log(settings.log), await open_raw(settings))
        for _ in range(2)
    ]
    work = [asyncio.create_task(run_daily(context, jobs)) for context in contexts]
    end = time.monotonic() + seconds
    done = False
    while not done:
        await asyncio.sleep(0.1)
        done = len(_logged(settings)) >= logs or time.monotonic() > end
    for task, context in zip(work, contexts, strict=True):
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await context.raw.close()
        context.log.close()


def _logged(settings: Settings) -> list[dict[str, object]]:
    texts = [path.read_text() for path in Path(settings.log).glob("*.jsonl")]
    found = [json.loads(line) for line in "".join(texts).splitlines()]
    return [{key: each[key] for key in each if key != "time"} for each in found]


def test_once_over_all(place: str, tmp_path: Path) -> None:
    """Each job runs once, whoever of two comes first, and after it is done not again on that day."""
    settings = Settings(store=place, jobs_at="00:00", log=str(tmp_path / "log"))
    jobs = (Job("look", ("audits",)), Job("fail", ("no-such-verb",)))

    asyncio.run(_work(settings, jobs, logs=2, seconds=60))
    asyncio.run(_work(settings, jobs, logs=3, seconds=3))

    expected = [{"event": "job", "job": "look", "exit": 0}, {"event": "job", "job": "fail", "exit": 2}]
    assert sorted(_logged(settings), key=str) == sorted(expected, key=str)


def test_not_before_its_time(tmp_path: Path) -> None:
    """Before the time of day nothing runs, and with `never` nothing at all."""
    later = time.strftime("%H:%M", time.gmtime(time.time() + 3600))
    times = ["never"] if later < "01:00" else ["never", later]
    for jobs_at in times:
        settings = Settings(store=str(tmp_path / "store"), jobs_at=jobs_at, log=str(tmp_path / "log"))
        asyncio.run(_work(settings, (Job("look", ("audits",)),), logs=1, seconds=1))
        assert _logged(settings) == []


@pytest.mark.parametrize(
    ("text", "start"), [("00:00", 0), ("02:10", 7_800_000), ("never", None), ("25:00", None)]
)
def test_times_of_day(text: str, start: int | None) -> None:
    """A time of day is HH:MM; anything else is never."""
    assert start_of(text) == start


def test_settings_reach_the_job() -> None:
    """A job that reads its settings from its environment finds those of the service."""
    settings = Settings(
        store="/x", catalog=("/a", "/b"), trusted_proxy=("::1", "10.0.0.0/8"), durable=True, raw_days=7
    )

    assert read({}, environment(settings, os.environ)) == settings
