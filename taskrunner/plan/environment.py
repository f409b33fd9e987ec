"""The environment of one container of one task: what its files, itself and the task say."""

import os
from collections.abc import Mapping, Sequence
from typing import TypeAlias

from taskrunner.config.model import Container, Customisation, EnvFile, EnvironmentValue, PassedOn, TaskRun
from taskrunner.errors import ConfigError
from taskrunner.plan.evaluate import Evaluator

__all__ = ["environment_of"]

_Layer: TypeAlias = Mapping[str, EnvironmentValue | str]


def environment_of(
    container: Container, change: TaskRun | Customisation | None, evaluator: Evaluator
) -> dict[str, str]:
    """Return the variables of a container; the task's win over its own, and written ones over files.

    What another value wins over is not evaluated.
    """
    layers: list[_Layer] = [_from_files(container.env_files, evaluator), container.environment]
    if change is not None:
        layers += [_from_files(change.env_files, evaluator), change.environment]
    merged: dict[str, EnvironmentValue | str] = {}
    for layer in layers:
        for name, value in layer.items():
            if not isinstance(value, PassedOn):
                merged[name] = value
            elif value.name in evaluator.environment:
                merged[name] = evaluator.environment[value.name]
    return {
        name: value if isinstance(value, str) else evaluator.text(value)
        for name, value in merged.items()
        if not isinstance(value, PassedOn)
    }


def _from_files(files: Sequence[EnvFile], evaluator: Evaluator) -> dict[str, str]:
    if not files:
        return {}
    # Most projects have none.
    from taskrunner.plan.env_files import read_env_file

    found: dict[str, str] = {}
    for file in files:
        path = evaluator.path(file.path)
        evaluator.env_files[path] = None
        if not file.required and not os.path.exists(path):
            continue
        try:
            found.update(read_env_file(path, file.where, {**found, **evaluator.environment}))
        except ConfigError as error:
            evaluator.note(*error.problems)
    return found
