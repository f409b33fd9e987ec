"""The published tables for programs: each is one query, which is published too."""

import csv
import io
import json
import re
from functools import cache
from html import escape
from importlib.resources import files
from typing import Any, Final, NamedTuple

from telemetry.collector.aggregates.model import AggregateStore
from telemetry.collector.dashboard.filters import SITES, Filters

__all__ = ["TABLES", "Found", "as_csv", "as_json", "index_html", "query_of", "read"]

TABLES: Final = (
    "active",
    "versions",
    "fields",
    "durations",
    "events",
    "leaving",
    "quality",
    "publications",
    "notes",
)


class Found(NamedTuple):
    """The rows of a table."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]


@cache
def query_of(table: str) -> str:
    """Return the SQL of a table, with what it holds in its first lines."""
    return files(__package__).joinpath("queries", f"{table}.sql").read_text("utf-8")


async def read(store: AggregateStore, table: str, filters: Filters) -> Found:
    """Return a table of one application and site."""
    rows = await store.query(query_of(table), {"application": filters.application, "site": filters.site})
    return Found(_columns(table), tuple(tuple(row) for row in rows))


def as_csv(found: Found) -> str:
    """Return a table as CSV (RFC 4180): names first, nothing where there is no number."""
    written = io.StringIO(newline="")
    writer = csv.writer(written)
    writer.writerow(found.columns)
    writer.writerows(found.rows)
    return written.getvalue()


def as_json(found: Found) -> str:
    """Return a table as a list of objects."""
    return json.dumps(
        [dict(zip(found.columns, row, strict=True)) for row in found.rows], separators=(",", ":")
    )


def index_html(applications: tuple[str, ...], *, filtered: bool) -> str:
    """Return the page that says which tables there are."""
    parts = [
        "<h1>Data</h1>",
        (
            "<p>Everything that is published, as tables. They are made from the sums alone, change at most "
            "once a day, and carry an <code>ETag</code>. The query of each says exactly what is in it. "
        ),
        "In all of them <code>~</code> stands for what is too small to stand alone.</p>",
    ]
    if filtered:
        sites = " or ".join(f"<code>{site}</code>" for site in SITES)
        names = ", ".join(f"<code>{escape(name)}</code>" for name in applications) or "none yet"
        parts.append(
            f"<p><code>?app=NAME</code> chooses the application ({names}), "
            f"<code>?site=NAME</code> {sites}.</p>"
        )
    parts.append(
        '<table class="tables"><thead><tr><th scope="col">Table</th><th scope="col">What is in it</th>'
    )
    parts.append('<th scope="col">As</th></tr></thead><tbody>')
    for table in TABLES:
        links = ", ".join(
            f'<a href="{href}">{name}</a>'
            for href, name in (
                (f"{table}.csv", "CSV"), (f"{table}.json", "JSON"), (f"queries/{table}.sql", "SQL"),
            )
        )  # fmt: skip
        parts.append(f'<tr><th scope="row">{table}</th><td>{escape(_about(table))}</td><td>{links}</td></tr>')
    return "".join([*parts, "</tbody></table>"])


def _about(table: str) -> str:
    comments = re.findall(r"^-- (.*)$", query_of(table), re.MULTILINE)
    return " ".join(comments)


@cache
def _columns(table: str) -> tuple[str, ...]:
    """Return the names that a query gives its columns, each once, in the order of its first SELECT."""
    selected = query_of(table).partition("SELECT")[2].partition("FROM cells")[0]
    selected = selected.partition("FROM publications")[0].partition("FROM notes")[0]
    return tuple(re.findall(r"\bAS ([a-zA-Z0-9]+)", selected))
