"""What `--help` says fits a terminal of 80 columns, in whole sentences."""

import pytest
import typer.main

from taskrunner.cli.app import app, run_app

VERBS = sorted(command.name or "" for command in app.registered_commands)


@pytest.mark.parametrize("verb", ["", *VERBS])
def test_it_fits(verb: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """No line is wider, and no sentence is cut short."""
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("TERMINAL_WIDTH", "80")

    run_app([*([verb] if verb else []), "--help"])

    shown = capsys.readouterr().out
    assert shown.startswith("Usage: taskrunner")
    assert [] == [line for line in shown.splitlines() if len(line) > 80]
    commands = shown.partition("Commands:")[2]
    assert "..." not in commands


@pytest.mark.parametrize("verb", VERBS)
def test_every_option_says_what_it_does(verb: str) -> None:
    """No visible option or argument is without a help text."""
    program = typer.main.get_command(app)
    command = program.commands[verb]  # type: ignore[attr-defined]

    silent = [
        p.name for p in command.params if not getattr(p, "hidden", False) and not getattr(p, "help", "")
    ]
    assert [] == silent
