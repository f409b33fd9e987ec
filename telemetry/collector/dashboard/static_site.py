"""The dashboard as files, for any web server: all pages of one application, without filters."""

import os
from typing import TYPE_CHECKING

from telemetry.collector.dashboard.data import TABLES, query_of
from telemetry.collector.dashboard.rendering import PAGES, Place, template_text
from telemetry.collector.dashboard.views import Views
from telemetry.collector.errors import CollectorError

if TYPE_CHECKING:
    from collections.abc import Awaitable

__all__ = ["write_site"]


async def write_site(views: Views, folder: str, application: str = "") -> int:
    """Write the files, each whole or not at all; return their number. Raises CollectorError."""
    query = {"app": application} if application else {}
    top = Place(root="./", extension=".html", index_file="index.html", home="index.html", filtered=False)
    below = top._replace(root="../")
    made: dict[str, Awaitable[str] | str] = {
        f"{name or 'index'}.html": views.page(name, query, top) for name in PAGES
    }
    made["privacy.html"] = views.privacy(query, top)
    made["data/index.html"] = views.data_index(query, below)
    for table in TABLES:
        made[f"data/{table}.csv"] = views.table(table, "csv", query)
        made[f"data/{table}.json"] = views.table(table, "json", query)
        made[f"data/queries/{table}.sql"] = query_of(table)
    made["style.css"] = template_text("style.css")
    made["icon.svg"] = template_text("icon.svg")
    for name, text in made.items():
        _write(folder, name, text if isinstance(text, str) else await text)
    return len(made)


def _write(folder: str, name: str, text: str) -> None:
    path = os.path.join(folder, name)
    try:
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path + ".new", "w", encoding="utf-8", newline="") as file:
            file.write(text)
        os.replace(path + ".new", path)
    except OSError as error:
        raise CollectorError(
            "publish.not-writable", f"{path} cannot be written: {error.strerror}."
        ) from error
