"""Everything that taskrunner may record, with the reasons why: its catalogue.

Each topic declares its part in `usage_collectors`. A new field needs a proposal below
`docs/telemetry/metrics/`, a higher `VERSION`, and that version as its `since`; without that it is
recorded from people who never agreed to it.
"""

from typing import TYPE_CHECKING, Final

from taskrunner._version import VERSION
from taskrunner.usage_collectors import (
    ci,
    command,
    engine,
    failures,
    git,
    host,
    program,
    project,
    steps,
    terminal,
)
from taskrunner.usage_collectors.answers import OWNER
from taskrunner.usage_consent import CATALOG_VERSION
from telemetry.catalog import Catalog
from telemetry.standard import standard_events, standard_fields

if TYPE_CHECKING:
    from telemetry.manifest import Manifest

__all__ = ["APPLICATION_ID", "CATALOG", "COLLECTORS", "catalog", "symbols"]

APPLICATION_ID: Final = "taskrunner"

COLLECTORS: Final = {
    "host": host.FIELDS,
    "terminal": terminal.FIELDS,
    "ci": ci.FIELDS,
    "git": git.FIELDS,
    "engine": engine.FIELDS,
    "command": command.FIELDS,
    "project": project.FIELDS,
    "program": program.FIELDS,
}
"""The fields of each collector, by the name that switches it off."""

_RECORD: Final = "0001-record"

CATALOG: Final = Catalog(
    APPLICATION_ID,
    CATALOG_VERSION,
    (*standard_fields(OWNER, _RECORD), *(field for fields in COLLECTORS.values() for field in fields)),
    (*standard_events(OWNER, "0012-failures"), *failures.EVENTS),
    steps.SPANS,
    checked=True,  # by tests/telemetry/usage/test_catalog.py
)


def catalog() -> Catalog:
    """Return the catalogue: the entry point of the group `telemetry.catalogues`."""
    return CATALOG


def symbols() -> "Manifest":
    """Return what a trace of this release may name: the entry point of the group `telemetry.symbols`."""
    import taskrunner
    from telemetry.manifest import manifest_of

    found = manifest_of(taskrunner)
    return found._replace(application_id=APPLICATION_ID, version=VERSION)
