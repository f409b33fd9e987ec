"""What the program runs on."""

from telemetry.catalog import Catalog
from telemetry.collector.dashboard.blocks import Page, sections
from telemetry.collector.dashboard.figures import Figures
from telemetry.collector.dashboard.shares import features, field_bars
from telemetry.collector.dashboard.topics import environment as topics_of

__all__ = ["environment"]


async def environment(figures: Figures, catalog: Catalog) -> Page:
    """Return the page."""
    sums = {**(await figures.sums("sessions")), **(await figures.sums("people"))}
    ci = catalog.field("ciSystem")
    on_ci = (await figures.sums("sessions", ["ciSystem"], who="ci", version="")).get("ciSystem", {})
    on_ci = {value: sizes for value, sizes in on_ci.items() if value not in ("", "none")}
    systems = field_bars(ci, on_ci, figures) if ci is not None else None
    shown = {"ciSystem", "onCi"}
    return Page(
        "Environment",
        "Systems, versions and machines. A version counts as X.Y; who has several counts with the last.",
        sections(
            *(
                (
                    topic.title,
                    "",
                    [
                        *(
                            field_bars(field, sums.get(field.name), figures)
                            for field in topic.values
                            if field.name not in shown
                        ),
                        features(f"{topic.title}: yes or no", flags, sums)
                        if (flags := tuple(flag for flag in topic.flags if flag.name not in shown))
                        else None,
                        systems if any(field.name == "ciSystem" for field in topic.fields) else None,
                    ],
                )
                for topic in topics_of(catalog)
            )
        ),
    )
