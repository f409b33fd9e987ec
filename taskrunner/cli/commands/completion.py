"""`taskrunner completion`: the script that completes verbs, options and tasks in a shell."""

from typing import Annotated

import typer

from taskrunner.cli import options as opt
from taskrunner.errors import UserError

__all__ = ["completion"]

_SHELLS = ("bash", "zsh", "fish")


def completion(
    ctx: typer.Context,
    shell: Annotated[
        str | None, typer.Argument(metavar="SHELL", help="bash, zsh or fish.", show_default=False)
    ] = None,
) -> None:
    """Print the script that completes verbs, options and tasks in bash, zsh or fish.

    Load it where your shell starts: `source <(taskrunner completion bash)` in ~/.bashrc,
    `source <(taskrunner completion zsh)` in ~/.zshrc, `taskrunner completion fish | source`
    in ~/.config/fish/config.fish.
    """
    opt.before(ctx).usage.leave_out()
    if shell not in _SHELLS:
        what = f"There is no completion for '{shell}'." if shell else "Which shell? None is named."
        raise UserError("cli.unknown-shell", what, f"The shells are {', '.join(_SHELLS)}.")
    from taskrunner.cli.completion.scripts import script

    print(script(shell), end="")
