"""Images without a version: what runs today may not run tomorrow, or on another machine."""

import os
import re
from collections.abc import Iterator

from taskrunner.config.model import Build, Literal, Project
from taskrunner.doctor.dockerfiles import Instruction, read
from taskrunner.doctor.findings import Finding
from taskrunner.doctor.subject import Subject
from taskrunner.errors import Position

__all__ = ["check", "dockerfile_of"]

_REMEDY = "Name a version, such as `postgres:16.4`; then everybody runs the same, until you change it."
_FROM = re.compile(r"(?:--\S+\s+)*(?P<image>\S+)(?:\s+as\s+(?P<stage>\S+))?\s*$", re.IGNORECASE)


def check(subject: Subject) -> Iterator[Finding]:
    """Look at the images of the config, and at those that its Dockerfiles start from."""
    project = subject.project
    if project is None:
        return
    found = [*_of_containers(project), *_of_dockerfiles(project)]
    yield from found
    if not found:
        yield Finding("images.pinned", "ok", "All images have a version.")


def _of_containers(project: Project) -> Iterator[Finding]:
    for container in project.containers.values():
        image = container.image.source if container.image is not None else ""
        if image and _is_loose(image):
            yield Finding(
                "images.latest-tag",
                "warning",
                f"'{container.name}' uses {image}, which is another image each time it is released.",
                _REMEDY,
                container.where,
            )


def _of_dockerfiles(project: Project) -> Iterator[Finding]:
    builds = {dockerfile_of(c.build): c.build for c in project.containers.values() if c.build is not None}
    for path in builds:
        stages: set[str] = set()
        for instruction in read(path) if path else ():
            match = _FROM.match(instruction.arguments) if instruction.word == "FROM" else None
            if match is None:
                continue
            if match["image"].lower() not in stages and _is_loose(match["image"]):
                yield _loose_base(path or "", instruction, match["image"])
            if match["stage"]:
                stages.add(match["stage"].lower())


def _loose_base(path: str, instruction: Instruction, image: str) -> Finding:
    where = Position(path, instruction.line, 1, len("FROM"))
    message = f"The build starts from {image}, which is another image each time it is released."
    return Finding("images.latest-base", "warning", message, _REMEDY, where)


def _is_loose(image: str) -> bool:
    """Return whether an image's reference says nothing about its version."""
    if image == "scratch" or "$" in image or "<" in image or "@" in image:
        return False
    _, colon, tag = image.rpartition("/")[2].partition(":")
    return not colon or tag == "latest"


def dockerfile_of(build: Build) -> str | None:
    """Return the path of a build's Dockerfile, where it does not depend on variables."""
    parts = build.directory.expression.parts
    if not all(isinstance(part, Literal) for part in parts):
        return None
    text = "".join(part.text for part in parts if isinstance(part, Literal))
    return os.path.join(build.directory.base, os.path.expanduser(text), build.dockerfile)
