"""Loads a project: the root file, what it includes, and the checks over all of them."""

import os
import re
from itertools import islice
from typing import Any

from taskrunner.config.bundles.access import Access, shown
from taskrunner.config.checks import check_project
from taskrunner.config.container import NAME_RULE
from taskrunner.config.files import read_source
from taskrunner.config.model import Project
from taskrunner.config.root import FileContent, read_file
from taskrunner.config.scalars import IMAGE_NAME
from taskrunner.config.sources import FoundFile, Sources
from taskrunner.config.yaml_reader import parse
from taskrunner.errors import ConfigError, Position, Problem

__all__ = ["load"]

_MOST_PROBLEMS = 100
"""Between the parts of a project: nobody reads more, and to suggest a name for each takes its time."""

_SECTIONS = {"containers": "container", "tasks": "task", "config_variables": "config variable"}


def load(path: str, access: Access | None = None) -> Project:
    """Return the project that a root file and its includes describe.

    Relative paths are taken from the current folder. `access` says whether git repositories may be
    fetched; without it, those are used that are there. Raises ConfigError with every problem that was
    found, in the order of the files and of their lines.
    """
    reading = _Reading(access or Access())
    reading.read_all(os.path.abspath(path))
    merged = reading.merged()
    if reading.complete:
        names = reading.names
        found = check_project(merged.containers, merged.tasks, names["containers"], names["tasks"])
        reading.problems.extend(islice(found, _MOST_PROBLEMS))
    root = reading.contents[0] if reading.contents else None
    name = (root and root.project_name) or _inferred_name(root, os.path.abspath(path), reading.problems)
    if reading.problems:
        raise ConfigError(_in_order(reading.told(), list(reading.files)))
    return merged._replace(name=name, forbid_telemetry=bool(root and root.forbid_telemetry))


class _Reading:
    """The files of a project, as far as they have been read."""

    def __init__(self, access: Access) -> None:
        self.problems: list[Problem] = []
        self.files: dict[str, FoundFile] = {}
        self.contents: list[FileContent] = []
        self.names: dict[str, dict[str, Position]] = {section: {} for section in _SECTIONS}
        self._sources = Sources(access, self.problems)
        self._whole = True

    @property
    def complete(self) -> bool:
        """Whether every name that the project defines is known."""
        return self._whole and self._sources.complete

    def read_all(self, path: str) -> None:
        """Read the root file, then what is included, level by level, each file once."""
        waiting = [FoundFile(path, Position(path, 1, 1))]
        known = {os.path.realpath(path)}
        while waiting:
            following: list[FoundFile] = []
            for file in waiting:
                content = self._read(file)
                for include in content.includes if content else ():
                    for found in self._sources.files(include, file):
                        identity = os.path.realpath(found.path)
                        if identity not in known:
                            known.add(identity)
                            following.append(found)
            waiting = following

    def told(self) -> list[Problem]:
        """Return the problems; those in a bundle say whose file it is."""
        return [self._told(problem) for problem in self.problems]

    def _told(self, problem: Problem) -> Problem:
        file = self.files.get(problem.where.file) if problem.where else None
        if file is None or file.bundle is None:
            return problem
        whose = f"The file belongs to the bundle {shown(file.bundle.repo)} at {file.bundle.ref}."
        return problem._replace(hint=f"{problem.hint}\n{whose}" if problem.hint else whose)

    def _read(self, file: FoundFile) -> FileContent | None:
        is_root = not self.files
        self.files[file.path] = file
        source = read_source(file.path, None if is_root else file.where)
        content = None
        if isinstance(source, Problem):
            self.problems.append(source)
        else:
            noted = len(self.problems)
            node = parse(source, self.problems)
            if node is not None:
                content = read_file(node, file.path, self.problems)
            elif len(self.problems) == noted:
                message = "This config file has nothing in it."
                hint = "`taskrunner init` writes a first one into a folder that has none."
                self.problems.append(Problem("config.empty-file", message, Position(file.path, 1, 1), hint))
        if content is None:
            self._whole = False
            return None
        self.contents.append(content)
        self._whole = self._whole and content.whole
        if not is_root:
            self._check_included(content)
        self._note_names(content)
        return content

    def _check_included(self, content: FileContent) -> None:
        for key, where in content.root_only.items():
            message = f"The key '{key}' is only permitted in the root file, {next(iter(self.files))}."
            self.problems.append(Problem("config.key-not-permitted", message, where, "Move it there."))

    def _note_names(self, content: FileContent) -> None:
        for section, what in _SECTIONS.items():
            for name, where in content.names[section].items():
                first = self.names[section].setdefault(name, where)
                if first is not where:
                    message = (
                        f"The {what} '{name}' is defined twice: here and in {first.file}, line {first.line}."
                    )
                    hint = "Give one of them another name, or remove it."
                    self.problems.append(Problem("config.duplicate-definition", message, where, hint))

    def merged(self) -> Project:
        """Return what all files say together, the name of the project apart."""
        root = next(iter(self.files))
        project = Project(
            name="",
            file=root,
            directory=os.path.dirname(root),
            files=tuple(self.files),
            containers={},
            tasks={},
            variables={},
            forbid_telemetry=False,
            looked_at=tuple(self._sources.looked_at),
            patterns=tuple(self._sources.patterns),
            bundles=self._sources.bundles(),
        )
        for content in self.contents:
            project = project._replace(
                containers={**project.containers, **content.containers},
                tasks={**project.tasks, **content.tasks},
                variables={**project.variables, **content.variables},
                looked_at=(*project.looked_at, *content.others),
                also_read=(*project.also_read, *content.others),
            )
        return project


def _inferred_name(root: FileContent | None, file: str, problems: list[Problem]) -> str:
    """Return the lower-cased name of the root file's folder."""
    if root is None or "project_name" in root.root_only:
        return ""  # what is wrong has been noted
    folder = os.path.basename(os.path.dirname(file))
    name = folder.lower()
    hint = "Give the project a name with the key 'project_name'."
    if not folder:
        message = "The project has no name: its file is in the root folder, which has none to offer."
        problems.append(Problem("config.no-project-name", message, Position(file, 1, 1), hint))
    elif not re.fullmatch(IMAGE_NAME, name):
        message = f"The folder's name '{folder}' cannot name a project: {NAME_RULE}."
        problems.append(Problem("config.no-project-name", message, Position(file, 1, 1), hint))
    return name


def _in_order(problems: list[Problem], files: list[str]) -> list[Problem]:
    order = {file: number for number, file in enumerate(files)}

    def place(problem: Problem) -> tuple[Any, ...]:
        where = problem.where
        return (order.get(where.file, -1), where.line, where.column) if where else (-1, 0, 0)

    # What an alias repeats is decoded as often, and its problems are the same each time.
    return sorted(dict.fromkeys(problems), key=place)
