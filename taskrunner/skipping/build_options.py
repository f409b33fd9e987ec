"""How the images of a run are built."""

from collections.abc import Mapping

from taskrunner.records import NamedTuple

__all__ = ["BuildOptions"]


class BuildOptions(NamedTuple):
    """What holds for every build of a run."""

    directory: str
    """Of the project, whose builds are remembered."""
    labels: Mapping[str, str]
    """What each image is marked with."""
    buildkit: bool | None = None
    """Whether BuildKit is wanted; None where the person has not said."""
    rebuild: bool = False
    """Build even what is current."""
