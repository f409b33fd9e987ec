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
    verbs = shown.partition("Verbs:")[2].partition("Options:")[0]
    assert "..." not in verbs


def test_verbs_come_first(capsys: pytest.CaptureFixture[str]) -> None:
    """What there is to do stands above the options, which fill a screen."""
    run_app(["--help"])

    shown = capsys.readouterr().out
    assert 0 < shown.index("Verbs:\n  run ") < shown.index("Options:\n")


@pytest.mark.parametrize(("verb", "words"), [("run", "TASK... [-- ARGS]"), ("shell", "TASK")])
def test_what_a_verb_needs_has_no_brackets(verb: str, words: str, capsys: pytest.CaptureFixture[str]) -> None:
    """What cannot be left out does not look as if it could."""
    run_app([verb, "--help"])

    assert capsys.readouterr().out.startswith(f"Usage: taskrunner {verb} [OPTIONS] {words}\n")


@pytest.mark.parametrize("verb", VERBS)
def test_every_option_says_what_it_does(verb: str) -> None:
    """No visible option or argument is without a help text."""
    program = typer.main.get_command(app)
    command = program.commands[verb]  # type: ignore[attr-defined]

    silent = [
        p.name for p in command.params if not getattr(p, "hidden", False) and not getattr(p, "help", "")
    ]
    assert [] == silent
