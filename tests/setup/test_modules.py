"""What a command loads: the measure that the tests of start-up stand on."""

from tests.support.modules import loaded_modules


def test_loaded() -> None:
    """A module that the command loads is seen, and one that it does not load is not."""
    version, usage = loaded_modules("--version"), loaded_modules("--help")

    assert "taskrunner.cli.entry" in version
    assert "typer" not in version
    assert "typer" in usage


def test_variables_and_folder() -> None:
    """The command runs with the variables given, and a failing one is measured as any other."""
    modules = loaded_modules("run", "no-such-task", folder="/", env={"TASKRUNNER_HOME": "/nonexistent"})

    assert "taskrunner.cli.run_task" in modules
