"""The values of config variables: built in, from the command line, from a file, by default."""

from collections.abc import Iterable, Mapping

from taskrunner.config.decode import Rejected, Scope, read_entries, text_of
from taskrunner.config.files import read_source
from taskrunner.config.model import Project
from taskrunner.config.nodes import Entry
from taskrunner.config.root import BUILT_IN
from taskrunner.config.suggest import did_you_mean
from taskrunner.config.yaml_reader import parse
from taskrunner.errors import ConfigError, Position, Problem

__all__ = ["values"]


def values(project: Project, overrides: Mapping[str, str], file: str | None) -> Mapping[str, str | None]:
    """Return every config variable's value, None for one that has none.

    The command line's overrides win over the variables file, and that over the defaults. Raises
    ConfigError for a file that cannot be read and for names that the project does not define.
    """
    problems: list[Problem] = []
    from_file = _from_file(project, file, problems) if file is not None else {}
    problems.extend(_unknown(project, name, None) for name in overrides if name not in project.variables)
    if problems:
        raise ConfigError(problems)
    found: dict[str, str | None] = {name: variable.default for name, variable in project.variables.items()}
    return {**found, **from_file, **overrides, **dict.fromkeys(BUILT_IN, project.directory)}


def _from_file(project: Project, file: str, problems: list[Problem]) -> dict[str, str]:
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
            raise Rejected(_unknown(project, entry.key.text, entry.key.where))
        return text_of(entry.value, "a value")

    try:
        return read_entries(root, "the variables are a map from names to values", read, Scope("", problems))
    except Rejected as rejected:
        problems.extend(rejected.problems)
        return {}


def _unknown(project: Project, name: str, where: Position | None) -> Problem:
    if name in BUILT_IN:
        message = f"The config variable '{name}' is built in and cannot be set."
        return Problem("config.unknown-variable", message, where)
    message = f"The project has no config variable '{name}'."
    hint = did_you_mean(name, project.variables) or _known(project.variables)
    return Problem("config.unknown-variable", message, where, hint)


def _known(names: Iterable[str]) -> str:
    listed = ", ".join(sorted(names))
    return f"It has {listed}." if listed else "Define it under `config_variables` in the config file."
