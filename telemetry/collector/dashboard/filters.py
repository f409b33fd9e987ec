"""What a reader chose: application, site, who, version and period, as they stand in a page's address."""

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple
from urllib.parse import urlencode

from telemetry.collector.summary.scan import PRODUCTION

__all__ = ["PERIODS", "SITES", "WHO", "Choice", "Filters", "Options", "chosen"]

PERIODS: Final = (4, 8, 13, 26, 52)
"""Weeks."""
STANDARD_PERIOD: Final = 13
WHO: Final = {"people": "People", "agents": "Coding agents", "ci": "CI systems"}
SITES: Final = {"production": "Releases", "development": "Development versions"}


class Options(NamedTuple):
    """What there is to choose from."""

    applications: tuple[str, ...]
    versions: tuple[str, ...]
    """Newest first."""


class Filters(NamedTuple):
    """What was chosen."""

    application: str
    site: str = PRODUCTION
    who: str = "people"
    version: str = ""
    """X.Y; empty for all."""
    weeks: int = STANDARD_PERIOD

    def query(self, **changes: str | int) -> str:
        """Return the query of an address with these filters, `?` included; what is usual is left out."""
        wanted = self._replace(**changes)  # type: ignore[arg-type]
        usual = Filters(self.application)
        names = {"application": "app", "site": "site", "who": "who", "version": "version", "weeks": "weeks"}
        given = {
            names[name]: value
            for name, value in wanted._asdict().items()
            if name == "application" or value != getattr(usual, name)
        }
        return f"?{urlencode(given)}"


class Choice(NamedTuple):
    """One filter as a form shows it."""

    name: str
    label: str
    options: tuple[tuple[str, str], ...]
    """Values and the words for them."""
    value: str


def chosen(query: Mapping[str, str], options: Options) -> Filters:
    """Return what an address asks for; what it does not know is as usual."""
    application = query.get("app", "")
    if application not in options.applications:
        application = options.applications[0] if options.applications else ""
    weeks = query.get("weeks", "")
    return Filters(
        application,
        query.get("site", "") if query.get("site") in SITES else PRODUCTION,
        query.get("who", "") if query.get("who") in WHO else "people",
        query.get("version", "") if query.get("version") in options.versions else "",
        int(weeks) if weeks in map(str, PERIODS) else STANDARD_PERIOD,
    )


def choices(filters: Filters, options: Options) -> Sequence[Choice]:
    """Return the filters for a form; one that has nothing to choose is left out."""
    found = [
        Choice(
            "app", "Application", tuple((name, name) for name in options.applications), filters.application
        ),
        Choice(
            "weeks",
            "Period",
            tuple((str(weeks), f"{weeks} weeks") for weeks in PERIODS),
            str(filters.weeks),
        ),
        Choice(
            "version",
            "Version",
            (("", "All"), *_same(options.versions)),
            filters.version,
        ),
        Choice("who", "Who", tuple(WHO.items()), filters.who),
        Choice("site", "Versions", tuple(SITES.items()), filters.site),
    ]
    return [each for each in found if len(each.options) > 1]


def _same(names: Sequence[str]) -> tuple[tuple[str, str], ...]:
    return tuple((name, name) for name in names)
