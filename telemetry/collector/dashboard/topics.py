"""On which page a field of a catalogue belongs, and in which group: so that any application has pages."""

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from telemetry.catalog import Catalog, Field
from telemetry.standard import standard_fields

__all__ = ["Topic", "environment", "record_fields", "spoken", "use"]

_RECORD = frozenset(field.name for field in standard_fields("", ""))
_MOSTLY = 2 / 3


class Topic(NamedTuple):
    """Fields that were proposed together."""

    title: str
    fields: tuple[Field, ...]

    @property
    def flags(self) -> tuple[Field, ...]:
        """What is used or not."""
        return tuple(field for field in self.fields if field.kind == "flag")

    @property
    def values(self) -> tuple[Field, ...]:
        """What has one of several values."""
        return tuple(field for field in self.fields if field.kind in ("enum", "bucket", "version"))


def environment(catalog: Catalog) -> Sequence[Topic]:
    """Return the topics about what the application runs on."""
    return [topic for topic in _topics(catalog) if not _is_use(topic) and not _takes_time(topic)]


def use(catalog: Catalog) -> Sequence[Topic]:
    """Return the topics about how the application is used, and for what."""
    return [topic for topic in _topics(catalog) if _is_use(topic) and not _takes_time(topic)]


def record_fields(catalog: Catalog) -> Sequence[Field]:
    """Return the fields that tell how good the data itself is."""
    return [field for field in catalog.attributes if field.name in _RECORD]


def spoken(name: str) -> str:
    """Return `uses build secrets` for `usesBuildSecrets`."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", name).lower()


def _topics(catalog: Catalog) -> Iterable[Topic]:
    found: dict[str, list[Field]] = {}
    for field in catalog.attributes:
        if field.name not in _RECORD:
            found.setdefault(field.proposal, []).append(field)
    return [Topic(_title(proposal), tuple(fields)) for proposal, fields in found.items()]


def _title(proposal: str) -> str:
    words = re.sub(r"^[0-9]+-", "", proposal).replace("-", " ")
    return words.upper() if len(words) < 3 else words.capitalize()


def _is_use(topic: Topic) -> bool:
    full = any(field.level == "full" for field in topic.fields)
    return full or len(topic.flags) > _MOSTLY * len(topic.fields)


def _takes_time(topic: Topic) -> bool:
    return any(field.kind == "duration" for field in topic.fields)
