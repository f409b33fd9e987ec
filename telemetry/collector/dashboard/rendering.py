"""From a page's figures to HTML, which has no script, no style of its own, and nothing from elsewhere."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import cache
from typing import Any, Final, NamedTuple

import jinja2

from telemetry.collector.dashboard.blocks import Page
from telemetry.collector.dashboard.facts import days_of_week
from telemetry.collector.dashboard.figures import Figures
from telemetry.collector.dashboard.filters import SITES, WHO, Choice, Filters

__all__ = ["PAGES", "Link", "Place", "anchor", "rendered_page", "rendered_text", "template_text"]

PAGES: Final = {
    "": "Overview",
    "adoption": "Adoption",
    "environment": "Environment",
    "performance": "Performance",
    "crashes": "Crashes",
    "quality": "Data quality",
}
"""By their addresses."""
_MORE: Final = {"data/": "Data", "privacy": "Privacy"}

_NONE_YET: Final = (
    "Each week is summed up three days after its end, and published once at least ten people were in it. "
    "The first one appears when the first whole week is over."
)
_NONE_HERE: Final = "Too few were in this choice. Choose all versions, a longer period, or somebody else."


class Place(NamedTuple):
    """How a page's links look: served, or as files in folders."""

    root: str = "/"
    """What leads to the top."""
    extension: str = ""
    index_file: str = ""
    home: str = ""
    filtered: bool = True
    """Whether there are filters to choose."""


class Link(NamedTuple):
    """An entry of the navigation."""

    title: str
    href: str
    current: bool


def rendered_page(name: str, page: Page, figures: Figures, choices: Sequence[Choice], place: Place) -> str:
    """Return a page of figures."""
    last = figures.weeks[-1] if figures.weeks else None
    return (
        _templates()
        .get_template("page.html")
        .render(
            **_around(name, page.title, figures.filters, place),
            page=page,
            subtitle=_subtitle(figures),
            choices=choices if place.filtered else (),
            emptiness=_NONE_HERE if last else _NONE_YET,
            least=last.least if last else 10,
            frozen=_day(last.frozen) if last else "",
            noise=f"{last.noise:g}" if last and last.noise else "",
        )
    )


def rendered_text(name: str, title: str, body: str, filters: Filters, place: Place) -> str:
    """Return a page of text, of which `body` is HTML."""
    return (
        _templates()
        .get_template("text.html")
        .render(**_around(name, title, filters, place), body=body, least=10, frozen="", noise="")
    )


def template_text(name: str) -> str:
    """Return a file that is served as it is."""
    source, _, _ = _loader().get_source(_templates(), name)
    return source


def anchor(words: str) -> str:
    """Return an id for a heading."""
    return re.sub(r"[^a-z0-9]+", "-", words.lower()).strip("-")


@cache
def _loader() -> jinja2.PackageLoader:
    return jinja2.PackageLoader("telemetry.collector.dashboard")


@cache
def _templates() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=_loader(), autoescape=True, trim_blocks=True, undefined=jinja2.StrictUndefined
    )
    environment.filters["anchor"] = anchor
    return environment


def _around(name: str, title: str, filters: Filters, place: Place) -> dict[str, Any]:
    """Return what the frame of every page needs."""
    query = filters.query() if place.filtered and filters.application else ""
    links = [
        Link(
            words, f"{place.root}{_file(address, place)}{query if address in PAGES else ''}", address == name
        )
        for address, words in {**PAGES, **_MORE}.items()
    ]
    return {
        "title": title,
        "application": filters.application,
        "links": links,
        "root": place.root,
        "home": place.home,
        "index": place.index_file,
        "extension": place.extension,
        "query": query,
    }


def _file(address: str, place: Place) -> str:
    if address.endswith("/") or not address:
        return address + (place.index_file or "")
    return address + place.extension


def _subtitle(figures: Figures) -> str:
    filters = figures.filters
    if not figures.weeks:
        return ""
    parts = [
        f"{len(figures.weeks)} weeks to {days_of_week(figures.weeks[-1].first_day).partition(' to ')[2]}"
    ]
    if filters.version:
        parts.insert(0, f"version {filters.version}")
    if filters.who != "people":
        parts.insert(0, WHO[filters.who].lower() if filters.who != "ci" else WHO["ci"])
    if filters.site != "production":
        parts.insert(0, SITES[filters.site].lower())
    return ", ".join(parts)


def _day(milliseconds: int) -> str:
    return datetime.fromtimestamp(milliseconds / 1000, UTC).strftime("%Y-%m-%d %H:%M")
