"""The file with a person's own values of config variables."""

from taskrunner.config.decode import Rejected, Scope, read_entries, text_of
from taskrunner.config.files import read_source
from taskrunner.config.model import Project
from taskrunner.config.nodes import Entry
from taskrunner.config.variables import unknown
from taskrunner.config.yaml_reader import parse
from taskrunner.errors import Position, Problem

__all__ = ["read_values"]


def read_values(project: Project, file: str, problems: list[Problem]) -> dict[str, str]:
    """Return the values of a variables file, and note what is wrong with it."""
    source = read_source(file)
    if isinstance(source, Problem):
        problems.append(source)
        return {}
    noted = len(problems)
    root = parse(source, problems)
    if root is None:
        if len(problems) == noted:
            message = "This file of config variables has nothing in it."
            hint = "Write lines such as `name: value`, or remove the file."
            problems.append(Problem("config.empty-file", message, Position(file, 1, 1), hint))
        return {}

    def read(entry: Entry, _: Scope) -> str:
        if entry.key.text not in project.variables:
            raise Rejected(unknown(project, entry.key.text, entry.key.where))
        return text_of(entry.value, "a value")

    try:
        return read_entries(root, "the variables are a map from names to values", read, Scope("", problems))
    except Rejected as rejected:
        problems.extend(rejected.problems)
        return {}
