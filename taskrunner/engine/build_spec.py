"""What a build is made of, and what it tells on its way."""

from collections.abc import Callable, Mapping

from taskrunner.errors import EngineError
from taskrunner.records import NamedTuple

__all__ = ["BuildError", "BuildNews", "BuildSpec", "SecretSource", "SshSource"]


class BuildError(EngineError):
    """An image could not be built; `output` is everything that the build printed."""

    def __init__(self, reference: str, message: str, hint: str | None = None, *, output: str) -> None:
        super().__init__(reference, message, hint)
        self.output = output


class SecretSource(NamedTuple):
    """Where a build's secret comes from: exactly one of the two is given."""

    id: str
    variable: str | None
    """A variable of this process's environment."""
    path: str | None
    """An absolute path on this host."""


class SshSource(NamedTuple):
    """An SSH agent that a build may use: this person's where there are no paths, else one with these keys."""

    id: str
    paths: tuple[str, ...]


class BuildSpec(NamedTuple):
    """An image to build."""

    directory: str
    """What the build may copy from."""
    dockerfile: str = "Dockerfile"
    """Relative to the directory, and within it."""
    args: Mapping[str, str] = {}
    target: str | None = None
    """The stage to stop at; the last where None."""
    pull: bool = False
    """Pull base images even if the engine has them."""
    tags: tuple[str, ...] = ()
    labels: Mapping[str, str] = {}
    secrets: tuple[SecretSource, ...] = ()
    """BuildKit only, as is `ssh`."""
    ssh: tuple[SshSource, ...] = ()
    platform: str | None = None


class BuildNews(NamedTuple):
    """Whom a build tells what happens."""

    step: Callable[[int, int, str, str], None]
    """Gets the number of a step, how many there are, its instruction and its stage."""
    output: Callable[[str], None]
    """Gets all that the build prints, line ends included."""
    download: Callable[[int, int], None]
    """Gets how many bytes of base images are here, of how many."""
