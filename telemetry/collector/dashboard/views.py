"""The pages by their addresses, made from the store and the catalogues: for the server and for files."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Final

from telemetry.catalog import Catalog
from telemetry.collector.aggregates.model import AggregateStore
from telemetry.collector.catalogues import Catalogues
from telemetry.collector.dashboard import data
from telemetry.collector.dashboard.blocks import Page
from telemetry.collector.dashboard.figures import Figures, options_of
from telemetry.collector.dashboard.filters import Filters, Options, choices, chosen
from telemetry.collector.dashboard.pages.adoption import adoption
from telemetry.collector.dashboard.pages.crashes import crashes
from telemetry.collector.dashboard.pages.environment import environment
from telemetry.collector.dashboard.pages.overview import overview
from telemetry.collector.dashboard.pages.performance import performance
from telemetry.collector.dashboard.pages.quality import quality
from telemetry.collector.dashboard.privacy import policy_of, privacy_html
from telemetry.collector.dashboard.rendering import Place, rendered_page, rendered_text
from telemetry.collector.settings import Settings

__all__ = ["Views"]

_PAGES: Final[Mapping[str, Callable[[Figures, Catalog], Awaitable[Page]]]] = {
    "": overview,
    "adoption": adoption,
    "environment": environment,
    "performance": performance,
    "crashes": crashes,
}
_NO_CATALOG: Final = Catalog("unknown", 1, (), checked=True)


class Views:
    """Makes pages and files."""

    def __init__(self, store: AggregateStore, catalogues: Catalogues, settings: Settings) -> None:
        self._store = store
        self._catalogues = catalogues
        self._settings = settings

    async def page(self, name: str, query: Mapping[str, str], place: Place) -> str:
        """Return a page of figures."""
        filters, options = await self.filters(query)
        figures = await Figures.of(self._store, filters)
        if name == "quality":
            page = await quality(figures, self._catalog(filters), self._store)
        else:
            page = await _PAGES[name](figures, self._catalog(filters))
        return rendered_page(name, page, figures, choices(filters, options), place)

    async def privacy(self, query: Mapping[str, str], place: Place) -> str:
        """Return the page about privacy."""
        filters, _ = await self.filters(query)
        known = self._catalogues.known.get(filters.application)
        notes = [(note.cell, note.reason) for note in await self._store.notes()]
        body = privacy_html(
            known.newest if known else None,
            self._policy(filters.application),
            notes,
            raw_days=self._settings.raw_days,
            log_days=self._settings.log_days,
        )
        return rendered_text("privacy", "Privacy", body, filters, place)

    async def data_index(self, query: Mapping[str, str], place: Place) -> str:
        """Return the page that lists the tables."""
        filters, options = await self.filters(query)
        body = data.index_html(options.applications, filtered=place.filtered)
        return rendered_text("data/", "Data", body, filters, place)

    async def table(self, table: str, form: str, query: Mapping[str, str]) -> str:
        """Return a table as `csv` or `json`."""
        filters, _ = await self.filters(query)
        found = await data.read(self._store, table, filters)
        return data.as_csv(found) if form == "csv" else data.as_json(found)

    async def filters(self, query: Mapping[str, str]) -> tuple[Filters, Options]:
        """Return what was chosen, and what there is to choose from."""
        options = await options_of(self._store, "", "")
        if not options.applications:
            options = options._replace(applications=tuple(sorted(self._catalogues.known)))
        first = chosen(query, options)
        options = (await options_of(self._store, first.application, first.site))._replace(
            applications=options.applications
        )
        return chosen(query, options), options

    async def stamp(self) -> str:
        """Return a text that changes whenever a page could."""
        return f"{await self._store.generation()}-{self._catalogues.generation}"

    def _catalog(self, filters: Filters) -> Catalog:
        known = self._catalogues.known.get(filters.application)
        return known.newest if known else _NO_CATALOG

    def _policy(self, application: str) -> str | None:
        if self._settings.privacy:
            try:
                with open(self._settings.privacy, encoding="utf-8") as file:
                    return file.read()
            except (OSError, ValueError):
                return None
        return policy_of(application)
