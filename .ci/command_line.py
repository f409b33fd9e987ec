"""Write `taskrunner/cli/plain_options.py` from the command line's own definitions.

Run it after a change there; a test says when the file is out of date.
"""

import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
FILE = ROOT / "taskrunner" / "cli" / "plain_options.py"
VERBS = ("run", "list")

_HEAD = '''\
"""The options of the commonest verbs, as `.ci/command_line.py` read them off the definitions.

Reading them from there at run time would load the command-line library, which is what this file is to avoid.
"""

from typing import Final

__all__ = ["FLAG", "MANY", "NUMBER", "OPTIONS", "TEXT"]

FLAG: Final = "flag"
MANY: Final = "many"
NUMBER: Final = "number"
TEXT: Final = "text"

OPTIONS: Final[dict[str, dict[str, tuple[str, str]]]] = {
'''


def text() -> str:
    """Return the module."""
    import typer.main

    from taskrunner.cli.app import app

    program: Any = typer.main.get_command(app)
    commands = {"": program, **{verb: program.commands[verb] for verb in VERBS}}
    return _HEAD + "".join(_rows(verb, command) for verb, command in commands.items()) + "}\n"


def _rows(verb: str, command: Any) -> str:
    rows = [
        f'        "{name}": ("{each.name}", {_kind(each)}),\n'
        for each in command.params
        # What ends the command by itself, as --version, is no option of a plain command.
        if each.param_type_name == "option" and not each.secondary_opts and not each.is_eager
        for name in each.opts
    ]
    return f'    "{verb}": {{\n{"".join(rows)}    }},\n'


def _kind(option: Any) -> str:
    if option.is_flag:
        return "FLAG"
    if option.multiple:
        return "MANY"
    return "NUMBER" if option.type.name.startswith("int") else "TEXT"


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    FILE.write_text(text(), encoding="utf-8")
