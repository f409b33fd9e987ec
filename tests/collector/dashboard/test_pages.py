"""The dashboard's answers: what they say to browsers, proxies and programs."""

import csv
import io
import json
import re
import sqlite3
from pathlib import Path

import pytest

from tests.support.collector import Collector, collecting

PAGES = ("/", "/adoption", "/environment", "/performance", "/crashes", "/quality", "/data/", "/privacy")
TABLES = (
    "active", "versions", "fields", "durations", "events", "leaving", "quality", "publications", "notes",
)  # fmt: skip


@pytest.mark.parametrize("path", [*PAGES, "/data/fields.csv", "/data/fields.json", "/style.css"])
def test_headers(dashboard: Collector, path: str) -> None:
    """Each answer forbids scripts and everything from elsewhere, and can be kept and asked for again."""
    answer = dashboard.get(path)

    assert answer.status == 200
    assert answer.headers["content-security-policy"].startswith("default-src 'none'; style-src 'self'")
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["cache-control"] == "public, max-age=300"
    assert "set-cookie" not in answer.headers
    again = dashboard.request("GET", path, headers={"If-None-Match": answer.headers["etag"]})
    assert (again.status, again.body) == (304, b"")


@pytest.mark.parametrize("table", TABLES)
def test_tables(dashboard: Collector, sums: Path, table: str) -> None:
    """CSV and JSON hold the same, and it is what the published query gives on a copy of the sums."""
    written = list(csv.reader(io.StringIO(dashboard.get(f"/data/{table}.csv").body.decode())))
    objects = dashboard.get(f"/data/{table}.json").json
    query = dashboard.get(f"/data/queries/{table}.sql").body.decode()
    with sqlite3.connect(f"file:{sums / 'aggregates.db'}?mode=ro", uri=True) as copy:
        found = copy.execute(query, {"application": "taskrunner", "site": "production"})
        columns = [column[0] for column in found.description]
        rows = found.fetchall()

    assert written[0] == columns
    assert written[1:] == [["" if value is None else str(value) for value in row] for row in rows]
    assert objects == [dict(zip(columns, row, strict=True)) for row in rows]
    assert rows or table in ("notes", "events", "leaving")


def test_no_small_number(dashboard: Collector) -> None:
    """No number of people anywhere in the public data is below ten, but for none."""
    for table in ("active", "versions", "fields", "durations", "events", "leaving"):
        for row in dashboard.get(f"/data/{table}.json").json:
            people = row.get("people")
            assert people is None or people >= 10, row


def test_opens_the_sums_alone(dashboard: Collector) -> None:
    """The role of the dashboard has no store of sessions and takes none."""
    assert not (dashboard.log.parent / "store").exists()
    assert dashboard.put(b"{}").status == 404


def test_unknown_choices(dashboard: Collector) -> None:
    """What an address asks for and is not there is as usual, and never shown."""
    canary = "zz<script>alert(1)</script>"
    answer = dashboard.get(
        f"/adoption?app={canary.replace('<', '%3C')}&version={'9' * 50}&weeks=-1&who=all&site=x"
    )

    assert answer.status == 200
    assert b"zz" not in answer.body
    assert b'<option value="people" selected>' in answer.body


def test_unknown_pages(dashboard: Collector) -> None:
    """Paths that are no pages are not found, whatever they try."""
    for path in ("/nothing", "/data/../settings", "/data/sessions.csv", "/data/queries/..%2f..%2fdata.py"):
        assert dashboard.get(path).status == 404


def test_nothing_yet(tmp_path: Path) -> None:
    """A collector without sums shows pages that say when there will be some."""
    with collecting(tmp_path) as fresh:
        for path in PAGES:
            answer = fresh.get(path)
            assert answer.status == 200
        assert b"There is nothing to show here yet" in fresh.get("/").body
        assert fresh.get("/data/active.json").json == []


def test_privacy(dashboard: Collector) -> None:
    """The page about privacy has the application's policy, the rules, and every field of the catalogue."""
    text = dashboard.get("/privacy").body.decode()

    for part in ("What is never collected", "What this collector publishes", "osName", "UnhandledException"):
        assert part in text
    assert not re.findall(r"href=\"(?!/|#|https?://)", text)


def test_own_policy(sums: Path, tmp_path: Path) -> None:
    """An operator's policy takes the place of the application's, and no HTML in it passes through."""
    policy = tmp_path / "policy.md"
    policy.write_text("# Our rules\n\nWrite to **us** <script>x</script>.\n")
    with collecting(tmp_path / "own", "--aggregates", str(sums), "--privacy", str(policy)) as started:
        text = started.get("/privacy").body.decode()

    assert '<h1 id="our-rules">Our rules</h1>' in text
    assert "<strong>us</strong> &lt;script&gt;" in text
    assert "What is never collected" not in text


def test_store_away(sums: Path, tmp_path: Path) -> None:
    """While the sums cannot be read the answer is 503, and pages are back with the store."""
    place = tmp_path / "sums"
    place.mkdir()
    (place / "aggregates.db").write_bytes(b"this is no database, it only looks like a file" * 100)
    with collecting(tmp_path / "away", "--role", "dashboard", "--aggregates", str(place)) as started:
        away = started.get("/")
        (place / "aggregates.db").write_bytes((sums / "aggregates.db").read_bytes())
        back = started.get("/")

    assert (away.status, away.headers["retry-after"]) == (503, "60")
    assert back.status == 200


def test_json_is_json(dashboard: Collector) -> None:
    """Numbers are numbers, and what is not known is null."""
    rows = json.loads(dashboard.get("/data/durations.json").body)

    assert rows
    assert all(isinstance(row["median"], int) for row in rows)
    assert any(row["failed"] is None for row in rows)
