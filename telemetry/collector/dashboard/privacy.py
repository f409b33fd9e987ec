"""The page that tells people what is collected of them, what becomes of it, and what is published."""

from collections.abc import Iterable
from html import escape
from importlib.metadata import entry_points
from typing import Any, Final

from telemetry.catalog import Catalog
from telemetry.collector.dashboard.markdown import html_of
from telemetry.document import what_is_collected

__all__ = ["policy_of", "privacy_html"]

_GROUP: Final = "telemetry.policies"
_PUBLISHED: Final = """\
## What this collector publishes

- One data point for each person, day and field: a thousand runs say no more than one.
- No number stands for fewer than 10 people. What is too small is pooled with others until it is large
  enough; where it stays too small, nothing is said.
- People are counted by ids within one week. CI systems and coding agents are counted apart: they are no
  people.
- A table is divided by version or not, never both ways, and groups that overlap are given in whole tens. So
  no sum or difference of published numbers leaves a smaller group.
- A published week is frozen: it never changes, so that two editions cannot be compared. If something turns
  out to be a mistake, it can only be taken out, with a [public note](#taken-out).
- Raw sessions are deleted after {raw_days} days, logs after {log_days}. What is published stays.
- Whoever holds the secret of an id can have everything deleted that carries it, at any time:
  `POST /v1/me/delete`. What is not yet published then leaves it out.
"""


def policy_of(application: str) -> str | None:
    """Return an application's policy in Markdown, as its installation publishes it beside the catalogue."""
    for point in entry_points(group=_GROUP, name=application):
        try:
            found: Any = point.load()()
        except (ImportError, AttributeError, ValueError, OSError):
            continue
        if isinstance(found, str):
            return found
    return None


def privacy_html(
    catalog: Catalog | None,
    policy: str | None,
    notes: Iterable[tuple[str, str]],
    *,
    raw_days: int,
    log_days: int,
) -> str:
    """Return the page's HTML: the policy, the rules of publication, redactions, and the whole catalogue."""
    parts = [html_of(policy)] if policy else ["<h1>Privacy</h1>"]
    parts.append(html_of(_PUBLISHED.format(raw_days=raw_days, log_days=log_days)))
    taken = "".join(f"<li><code>{escape(cell)}</code>: {escape(reason)}</li>" for cell, reason in notes)
    parts.append('<h2 id="taken-out">What was taken out</h2>')
    parts.append(f"<ul>{taken}</ul>" if taken else "<p>Nothing so far.</p>")
    if catalog is not None:
        text = what_is_collected(catalog, title=f"Everything that {catalog.application_id} can report")
        parts.append(html_of(_deeper(text)))
    return "\n".join(parts)


def _deeper(markdown: str) -> str:
    """Return a document as a part of another: each heading one level lower."""
    return "\n".join(f"#{line}" if line.startswith("#") else line for line in markdown.splitlines())
