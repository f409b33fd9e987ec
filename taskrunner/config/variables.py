"""The values of config variables: built in, from the command line, from a file, by default."""

from collections.abc import Iterable, Mapping

from taskrunner.config.model import BUILT_IN, Project
from taskrunner.config.suggest import did_you_mean
from taskrunner.errors import ConfigError, Position, Problem

__all__ = ["unknown", "values"]


def values(project: Project, overrides: Mapping[str, str], file: str | None) -> Mapping[str, str | None]:
    """Return every config variable's value, None for one that has none.

    The command line's overrides win over the variables file, and that over the defaults. Raises
    ConfigError for a file that cannot be read and for names that the project does not define.
    """
    problems: list[Problem] = []
    from_file: dict[str, str] = {}
    if file is not None:
        # Reading YAML costs as much as all else before the engine is called: most people have no such file.
        from taskrunner.config.variables_file import read_values

        from_file = read_values(project, file, problems)
    problems.extend(unknown(project, name, None) for name in overrides if name not in project.variables)
    if problems:
        raise ConfigError(problems)
    found: dict[str, str | None] = {name: variable.default for name, variable in project.variables.items()}
    return {**found, **from_file, **overrides, **dict.fromkeys(BUILT_IN, project.directory)}


def unknown(project: Project, name: str, where: Position | None) -> Problem:
    """Return the problem of a name that nobody can set, with what could have been meant."""
    if name in BUILT_IN:
        message = f"The config variable '{name}' is built in and cannot be set."
        return Problem("config.unknown-variable", message, where, "Choose another name for one of your own.")
    message = f"The project has no config variable '{name}'."
    hint = did_you_mean(name, project.variables) or _known(project.variables)
    return Problem("config.unknown-variable", message, where, hint)


def _known(names: Iterable[str]) -> str:
    listed = ", ".join(sorted(names))
    return f"It has {listed}." if listed else "Define it under `config_variables` in the config file."
