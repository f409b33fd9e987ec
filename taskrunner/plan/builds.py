"""Whether an image can be built from what is on the disk."""

import os
from typing import Literal

from taskrunner.plan.model import BuiltImage
from taskrunner.records import NamedTuple

__all__ = ["BuildProblem", "build_problem"]


class BuildProblem(NamedTuple):
    """Why a build cannot work."""

    message: str
    field: Literal["where", "dockerfile_where", "secrets_where", "ssh_where"]
    """Which place in the config it is about: a field of the config's `Build`."""


def build_problem(image: BuiltImage) -> BuildProblem | None:
    """Return what stands in the way of a build, or None."""
    if not os.path.exists(image.directory):
        return BuildProblem(f"The build directory {image.directory} does not exist.", "where")
    if not os.path.isdir(image.directory):
        return BuildProblem(f"The build directory {image.directory} is not a folder.", "where")
    root = os.path.realpath(image.directory)
    dockerfile = os.path.realpath(os.path.join(root, image.dockerfile))
    if os.path.commonpath((root, dockerfile)) != root:
        return BuildProblem(
            f"The Dockerfile {dockerfile} is outside the build directory {image.directory}.",
            "dockerfile_where",
        )
    if not os.path.exists(dockerfile):
        return BuildProblem(f"The Dockerfile {dockerfile} does not exist.", "dockerfile_where")
    if not os.path.isfile(dockerfile):
        return BuildProblem(f"The Dockerfile {dockerfile} is not a file.", "dockerfile_where")
    return _missing_file(image)


def _missing_file(image: BuiltImage) -> BuildProblem | None:
    for secret in image.secrets:
        if secret.path is not None and not os.path.isfile(secret.path):
            return BuildProblem(_no_file(f"build secret '{secret.id}'", secret.path), "secrets_where")
    for agent in image.ssh:
        for path in agent.paths:
            if not os.path.exists(path):
                return BuildProblem(_no_file(f"SSH agent '{agent.id}'", path), "ssh_where")
    return None


def _no_file(what: str, path: str) -> str:
    wrong = "is not a file" if os.path.exists(path) else "does not exist"
    return f"The file {path} of the {what} {wrong}."
