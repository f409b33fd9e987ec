"""The config: whether there is one, and whether it can be loaded."""

from collections.abc import Iterator

from taskrunner.doctor.findings import Finding
from taskrunner.doctor.subject import Subject
from taskrunner.errors import ConfigError

__all__ = ["check"]


def check(subject: Subject) -> Iterator[Finding]:
    """Look at how loading the project went."""
    project, error = subject.project, subject.no_project
    if project is not None:
        tasks = subject.counted(len(project.tasks), "task")
        containers = subject.counted(len(project.containers), "container")
        yield Finding(
            "config.loads",
            "ok",
            f"{subject.shown(project.file)} has no mistakes: {tasks}, {containers}.",
        )
    elif isinstance(error, ConfigError):
        for problem in error.problems:
            message = f"{problem.message} [{problem.reference}]"
            yield Finding("config.mistake", "broken", message, problem.hint, problem.where)
    elif error is not None and error.reference == "config.no-config-file":
        remedy = "Go to a project's folder, or make one of this folder with `taskrunner init`."
        yield Finding("config.none", "note", error.message, remedy)
    elif error is not None:
        yield Finding("config.unreadable", "broken", error.message, error.hint)
