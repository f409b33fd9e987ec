"""The table of verbs and options for completion, made from their one definition."""

from typing import Any, Final

import typer.main

from taskrunner.cli.completion.words import Row

__all__ = ["table"]

_LOOKED_UP: Final = {
    "FILE": "@files",
    "FOLDER": "@folders",
    "TASK": "@tasks",
    "CONTAINER=IMAGE": "@containers",
    "NAME=VALUE": "@variables",
    "SHELL": "bash,zsh,fish",
    "TYPE": "volume,directory",
    "LEVEL": "basic,middle,full",
}
"""What a value is, by the word that stands for it in the help."""


def table() -> str:
    """Return the table's text: see taskrunner.cli.completion.words."""
    from taskrunner.cli.app import app

    program: Any = typer.main.get_command(app)
    rows = [*_rows(program, ""), *_telemetry()]
    return "".join("\t".join(_plain(cell) for cell in row) + "\n" for row in rows)


def _telemetry() -> list[Row]:
    """Return the rows of the verbs that are loaded only when one is called."""
    from importlib.util import find_spec

    if find_spec("telemetry") is None:
        return []
    from taskrunner.cli.commands.telemetry.verbs import verbs

    return _rows(typer.main.get_command(verbs), "telemetry")


def _rows(command: Any, path: str) -> list[Row]:
    rows = [row for param in _params(command) if (row := _row(param, path)) is not None]
    for name, verb in getattr(command, "commands", {}).items():
        if not verb.hidden:
            rows.append(Row(path, name, "", "", _sentence(verb.help or "")))
            rows += _rows(verb, f"{path} {name}".strip())
    return rows


def _params(command: Any) -> list[Any]:
    context = command.context_class(command, help_option_names=["-h", "--help"])
    params: list[Any] = command.get_params(context)
    return params


def _row(param: Any, path: str) -> Row | None:
    if getattr(param, "hidden", False):
        return None
    if param.param_type_name == "argument":
        return Row(path, f"<{param.name}>", "", _value(param), "")
    long = next((name for name in param.opts if name.startswith("--")), param.opts[0])
    short = next((name for name in param.opts if not name.startswith("--")), "")
    value = "" if param.is_flag else ("+" if param.multiple else "") + _value(param)
    return Row(path, long, short, value, (param.help or "").partition(" [default")[0])


def _value(param: Any) -> str:
    if param.opts[0] == "--clean-cache":
        return "@caches"
    metavar = (param.metavar or "").partition(" ")[0].strip("[]").removesuffix("...")
    return {**_LOOKED_UP, **_choices()}.get(metavar, "?")


def _choices() -> dict[str, str]:
    from taskrunner.output.styles import STYLES

    return {"STYLE": ",".join(STYLES)}


def _sentence(text: str) -> str:
    """Return the first sentence of a help text."""
    return " ".join(text.split()).partition(". ")[0].rstrip(".") + "."


def _plain(text: str) -> str:
    return " ".join(text.split())
