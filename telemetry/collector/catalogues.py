"""The catalogues and symbol manifests that a collector was given, of every application and release.

They come from the applications that are installed beside it (entry points `telemetry.catalogues` and
`telemetry.symbols`) and from the folders of the setting `catalog`, which are read again when they change.
"""

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from importlib.metadata import entry_points
from typing import Any, Final, NamedTuple

from telemetry.catalog import Catalog
from telemetry.collector.settings import Settings
from telemetry.entries import CatalogError
from telemetry.manifest import Manifest

__all__ = ["Catalogues", "Known", "of_settings"]

_CATALOGUES: Final = "telemetry.catalogues"
_SYMBOLS: Final = "telemetry.symbols"
_LARGEST: Final = 16 * 1024 * 1024


class Known(NamedTuple):
    """What is known of one application."""

    catalogs: Mapping[int, Catalog]
    """By their versions."""
    manifests: Mapping[str, Manifest]
    """By the versions of the releases."""
    foreign: bool = False
    """Whether its clients keep to no catalogue, so that their sessions are cleaned before they are judged."""

    @property
    def newest(self) -> Catalog:
        """The catalogue of the highest version."""
        return self.catalogs[max(self.catalogs)]


class Catalogues:
    """All that is known, kept current. For one thread."""

    def __init__(
        self, folders: Sequence[str] = (), *, foreign: Sequence[Catalog] = (), installed: bool = True
    ) -> None:
        self._foreign = {
            catalog.application_id: Known({catalog.version: catalog}, {}, foreign=True) for catalog in foreign
        }
        self._folders = tuple(folders)
        self._found: list[Catalog | Manifest] = [*_published(_CATALOGUES)] if installed else []
        self._has_symbols = not installed
        self._stamp: object = None
        self.known: Mapping[str, Known] = {}
        """By application id."""
        self.problems: tuple[str, ...] = ()
        """Files that cannot be used, each with the reason, as sentences."""
        self.generation = 0
        """Grows with each change."""
        self.refresh()

    def manifest(self, application: str, version: str) -> Manifest | None:
        """Return the symbols of a release."""
        if not self._has_symbols:
            self.load_symbols()
        known = self.known.get(application)
        return known.manifests.get(version) if known else None

    def load_symbols(self) -> None:
        """Load what the traces of installed applications may name: half a second in a checkout."""
        if not self._has_symbols:
            self._found += _published(_SYMBOLS)
            self._stamp = None
            self.refresh()
            self._has_symbols = True

    def refresh(self) -> bool:
        """Read the folders again if anything in them changed; return whether it did. Never raises."""
        paths = [*_files(self._folders)]
        stamp = tuple(paths)
        if stamp == self._stamp:
            return False
        self._stamp = stamp
        problems: list[str] = []
        found = [*self._found]
        for path, _, _ in paths:
            read = _read(path, problems.append)
            if read is not None:
                found.append(read)
        self.known = {**_by_application(found), **self._foreign}
        self.problems = tuple(problems)
        self.generation += 1
        return True


def of_settings(settings: Settings) -> Catalogues:
    """Return the catalogues that the settings name."""
    foreign = []
    if settings.batect:
        from telemetry.collector.batect import catalog

        foreign.append(catalog())
    return Catalogues(settings.catalog, foreign=foreign)


def _published(group: str) -> Iterator[Catalog | Manifest]:
    """Give what the applications of this environment publish; one that is broken is passed over."""
    for point in entry_points(group=group):
        try:
            found: Any = point.load()()
        except (ImportError, AttributeError, ValueError, OSError):
            continue
        if isinstance(found, Catalog | Manifest):
            yield found


def _files(folders: Iterable[str]) -> Iterator[tuple[str, int, int]]:
    """Give the path, time of change and size of each JSON file."""
    for folder in folders:
        for where, below, names in os.walk(os.path.expanduser(folder)):
            below.sort()
            for name in sorted(names):
                path = os.path.join(where, name)
                try:
                    found = os.stat(path)
                except OSError:
                    continue
                if name.endswith(".json"):
                    yield path, found.st_mtime_ns, found.st_size


def _read(path: str, complain: Callable[[str], None]) -> Catalog | Manifest | None:
    try:
        with open(path, "rb") as file:
            text = file.read(_LARGEST)
        return Catalog.from_json(text) if b'"attributes"' in text else Manifest.from_json(text)
    except OSError as error:
        complain(f"{path} cannot be read: {error.strerror}.")
    except (CatalogError, ValueError, RecursionError) as error:
        complain(f"{path} is neither a catalogue nor a list of symbols: {error}")
    return None


def _by_application(found: Iterable[Catalog | Manifest]) -> Mapping[str, Known]:
    catalogs: dict[str, dict[int, Catalog]] = {}
    manifests: dict[str, dict[str, Manifest]] = {}
    for each in found:
        if isinstance(each, Catalog):
            catalogs.setdefault(each.application_id, {})[each.version] = each
        elif each.application_id:
            manifests.setdefault(each.application_id, {})[each.version] = each
    return {name: Known(versions, manifests.get(name, {})) for name, versions in catalogs.items()}
