"""Whether an image can be built from what is on the disk."""

import os
from typing import NamedTuple

from taskrunner.plan.model import BuiltImage

__all__ = ["BuildProblem", "build_problem"]


class BuildProblem(NamedTuple):
    """Why a build cannot work."""

    message: str
    about_dockerfile: bool


def build_problem(image: BuiltImage) -> BuildProblem | None:
    """Return what stands in the way of a build, or None."""
    if not os.path.exists(image.directory):
        return BuildProblem(f"The build directory {image.directory} does not exist.", about_dockerfile=False)
    if not os.path.isdir(image.directory):
        return BuildProblem(f"The build directory {image.directory} is not a folder.", about_dockerfile=False)
    root = os.path.realpath(image.directory)
    dockerfile = os.path.realpath(os.path.join(root, image.dockerfile))
    if os.path.commonpath((root, dockerfile)) != root:
        return BuildProblem(
            f"The Dockerfile {dockerfile} is outside the build directory {image.directory}.",
            about_dockerfile=True,
        )
    if not os.path.exists(dockerfile):
        return BuildProblem(f"The Dockerfile {dockerfile} does not exist.", about_dockerfile=True)
    if not os.path.isfile(dockerfile):
        return BuildProblem(f"The Dockerfile {dockerfile} is not a file.", about_dockerfile=True)
    return None
