"""Sessions written to files and taken from them: example, export, import, audits."""

import gzip
import json
import time
from pathlib import Path

import pytest

from taskrunner.usage_catalog import CATALOG
from telemetry.collector import transfer
from telemetry.record import faults
from tests.support.collector import Collector, a_session, collecting
from tests.support.verbs import collector_verb

_REASON = ("--reason", "a fault that only version 1.2 shows")
_DAY = 24 * 3600 * 1000


def _lines(data: bytes) -> list[bytes]:
    return data.splitlines(keepends=True)


def test_example_into_a_store(place: str) -> None:
    """Example sessions are valid and of the last weeks; import takes each once; all days are filled."""
    made = collector_verb("example", "-n", "300")
    first, *rest = _lines(made.stdout)
    assert transfer.read_head(first) is not None
    assert all(faults(CATALOG, json.loads(line)["session"]) == () for line in rest)

    once = collector_verb("import", "--store", place, stdin=made.stdout)
    again = collector_verb("import", "--store", place, stdin=gzip.compress(made.stdout))

    assert (once.exit_code, once.stdout) == (0, b"300 stored\n"), once.stderr
    assert (again.exit_code, again.stdout) == (0, b"0 stored\n300 were here already\n")


def test_example_is_repeatable() -> None:
    """The same seed gives the same people; another gives others."""
    one, same, other = (
        {json.loads(line)["session"]["userId"] for line in _lines(made.stdout)[1:]}
        for made in (collector_verb("example", "-n", "40", "--seed", seed) for seed in ("3", "3", "4"))
    )
    assert one == same
    assert not one & other


def test_export_and_back(place: str, tmp_path: Path) -> None:
    """What was exported from one store is the same in another that imports it, with the times of arrival."""
    made = collector_verb("example", "-n", "50")
    collector_verb("import", "--store", place, stdin=made.stdout)
    file = tmp_path / "out.jsonl.gz"

    done = collector_verb("export", "--store", place, *_REASON, "--output", str(file))
    assert (done.exit_code, done.stderr) == (0, "50 sessions were exported.\n")
    assert file.stat().st_mode & 0o777 == 0o600
    other = str(tmp_path / "other")
    assert collector_verb("import", "--store", other, str(file)).stdout == b"50 stored\n"

    second = collector_verb("export", "--store", other, *_REASON)
    assert sorted(_lines(second.stdout)) == sorted(_lines(gzip.decompress(file.read_bytes())))
    assert sorted(_lines(second.stdout)[1:]) == sorted(_lines(made.stdout)[1:])


def test_reason_is_kept(tmp_path: Path) -> None:
    """Looking at single sessions needs a reason; it is kept with its time, and shown."""
    place = str(tmp_path / "store")
    assert collector_verb("export", "--store", place).exit_code == 2
    short = collector_verb("export", "--store", place, "--reason", "why")
    assert (short.exit_code, "export.no-reason" in short.stderr) == (2, True)

    collector_verb("import", "--store", place, stdin=collector_verb("example", "-n", "3").stdout)
    assert collector_verb("export", "--store", place, *_REASON).exit_code == 0

    shown = collector_verb("audits", "--store", place).stdout.decode().splitlines()
    assert len(shown) == 2
    assert shown[0].endswith(f"export: {_REASON[1]}")
    assert shown[1].endswith(f"exported: 3 sessions: {_REASON[1]}")


def test_export_of_some_days(tmp_path: Path) -> None:
    """Days and applications can be chosen."""
    store = str(tmp_path / "store")
    now = int(time.time() * 1000)
    made = b"".join(
        transfer.line(now - days * _DAY, now + _DAY, json.dumps(_at(days)).encode()) for days in (1, 2, 3)
    )
    (tmp_path / "catalogues").mkdir()
    from tests.support.catalogs import a_catalog

    (tmp_path / "catalogues" / "a.json").write_text(a_catalog().to_json())
    catalog = ("--catalog", str(tmp_path / "catalogues"))
    assert collector_verb("import", "--store", store, *catalog, stdin=made).stdout == b"3 stored\n"
    day = time.strftime("%Y-%m-%d", time.gmtime(now / 1000 - 2 * 24 * 3600))

    one = collector_verb("export", "--store", store, *_REASON, "--from", day, "--to", day)
    none = collector_verb("export", "--store", store, *_REASON, "--application", "taskrunner")

    assert len(_lines(one.stdout)) == 2
    assert len(_lines(none.stdout)) == 1
    assert collector_verb("export", "--store", store, *_REASON, "--from", "yesterday").exit_code == 2


def _at(days: int) -> dict[str, object]:
    """Return a session that was recorded so many days ago."""
    at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() - days * 24 * 3600 - 60))
    return a_session(sessionStartTime=at, sessionEndTime=at, events=[], spans=[])


def test_expired_is_not_taken(tmp_path: Path) -> None:
    """What expired since it was exported, or would be deleted at once, stays out."""
    now = int(time.time() * 1000)
    body = json.dumps(a_session()).encode()
    lines = transfer.line(now - _DAY, now - 1, body) + transfer.line(now - 70 * _DAY, now + _DAY, body)

    done = collector_verb("import", "--store", str(tmp_path / "store"), stdin=transfer.head(now) + lines)

    assert (done.exit_code, done.stdout) == (0, b"0 stored\n2 have expired\n")


@pytest.mark.parametrize(
    ("line", "told"),
    [
        (b"nonsense\n", b"1 lines are no sessions\n"),
        (transfer.line(1, 2**41, b"{}").replace(b"1970", b"9999"), b"1 are not valid\n"),
        (transfer.line(int(time.time() * 1000), 2**41, b'{"applicationId":"x"}'), b"1 are not valid\n"),
    ],
)
def test_judged(tmp_path: Path, line: bytes, told: bytes) -> None:
    """What is not valid is not taken from a file either, and the exit code says so."""
    done = collector_verb("import", "--store", str(tmp_path / "store"), stdin=line)

    assert (done.exit_code, done.stdout) == (1, b"0 stored\n" + told)


def test_while_serving(tmp_path: Path) -> None:
    """Sessions can be taken in and written out while a collector serves the same store."""
    with collecting(tmp_path, "--rate-address", "0") as collector:
        _exchange(collector, str(tmp_path / "store"))


def _exchange(collector: Collector, store: str) -> None:
    assert collector.put(a_session()).status == 201
    made = collector_verb("example", "-n", "100")
    assert collector_verb("import", "--store", store, stdin=made.stdout).stdout == b"100 stored\n"
    assert collector.put(a_session()).status == 201
    exported = collector_verb("export", "--store", store, *_REASON)
    assert len(_lines(exported.stdout)) == 1 + 102
