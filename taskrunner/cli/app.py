"""The command line: its verbs, and the options before them."""

import os
from collections.abc import Sequence
from typing import Annotated, Any

import typer

from taskrunner import exit_codes
from taskrunner._version import VERSION
from taskrunner.cli import arguments as args
from taskrunner.cli import options as opt
from taskrunner.cli.commands.clean import clean, clean_caches
from taskrunner.cli.commands.completion import completion
from taskrunner.cli.commands.doctor import doctor
from taskrunner.cli.commands.init import init
from taskrunner.cli.commands.list_tasks import list_tasks
from taskrunner.cli.commands.run import run
from taskrunner.cli.commands.schema import schema
from taskrunner.cli.commands.shell import shell
from taskrunner.cli.commands.telemetry import telemetry
from taskrunner.cli.commands.timings import timings
from taskrunner.cli.commands.wrapper import wrapper
from taskrunner.cli.help import Verb, Verbs
from taskrunner.cli.print_tasks import print_tasks
from taskrunner.errors import UserError
from taskrunner.usage import Usage

__all__ = ["run_app"]

app = typer.Typer(
    name="taskrunner",
    cls=Verbs,
    subcommand_metavar="VERB ...",
    epilog="`taskrunner VERB --help` says more about a verb.",
    help="Development tasks declared in YAML, each run in containers and cleaned up afterwards.",
    add_completion=False,
    pretty_exceptions_enable=False,
    # Rich would cost 80 ms of every --help, and its boxes do not survive a pipe.
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.callback(invoke_without_command=True)
@opt.takes(opt.PROJECT, opt.LOOK, opt.ENGINE, opt.TELEMETRY)
def before_the_verb(
    ctx: typer.Context,
    version: Annotated[bool, typer.Option("--version", help="Show the version.", show_default=False)] = False,
    show_tasks: Annotated[
        bool,
        typer.Option("--list-tasks", "-T", help="List the tasks, like the verb list.", show_default=False),
    ] = False,
    clean_all: Annotated[
        bool, typer.Option("--clean", help="Delete all caches of this project.", show_default=False)
    ] = False,
    clean_some: Annotated[
        list[str] | None,
        typer.Option("--clean-cache", metavar="NAME", help="Delete this cache; may be repeated."),
    ] = None,
    cache_type: opt.CacheType = None,
) -> None:
    """Take the options that stand before the verb."""
    common = args.common_of(ctx.params)
    given = opt.before(ctx)
    ctx.obj = given._replace(common=common)
    if version:
        print(f"taskrunner {VERSION}")
        raise typer.Exit
    if show_tasks:
        print_tasks(given, args.checked(common), as_json=False)
        raise typer.Exit
    if clean_all or clean_some:
        clean_caches(args.checked(common), args.cache_type(common, os.environ), args.split_names(clean_some))
        raise typer.Exit
    if ctx.invoked_subcommand is None:
        raise UserError(
            "cli.no-verb",
            "Nothing to do: a verb is missing.",
            "`taskrunner list` shows the tasks, `taskrunner run TASK` runs one; see `taskrunner --help`.",
        )


# Not exported by typer itself: what is wrong with options and arguments, of which BadParameter is a kind.
_USAGE_ERROR: Any = typer.BadParameter.__base__

app.command("run", cls=Verb)(run)
app.command("list")(list_tasks)
app.command("shell", cls=Verb, short_help="Open a shell where a task would run.")(shell)
app.command("clean", short_help="Delete caches, leftovers of killed runs, and built images.")(clean)
app.command("init", short_help="Write a first config, from what is in the folder.")(init)
app.command("doctor", short_help="Say what is wrong with this machine or this project.")(doctor)
app.command("timings", short_help="Show where time went in the last runs of this project.")(timings)
app.command("schema", short_help="Print the JSON Schema of the config files.")(schema)
app.command("completion", cls=Verb, short_help="Print the script that completes in bash, zsh or fish.")(
    completion
)
app.command("wrapper", short_help="Write a script that pins the version for a project.")(wrapper)
# Its own verbs have options and help of their own, and are not loaded for any other command.
app.command(
    "telemetry",
    short_help="Show what is reported, change it, or stop it.",
    context_settings={"allow_extra_args": True, "ignore_unknown_options": True, "help_option_names": []},
)(telemetry)


def run_app(arguments: Sequence[str], usage: Usage | None = None) -> int:
    """Run the command line and return its exit code; `usage` hears of it. Raises TaskrunnerError."""
    # What stands behind `--` belongs to the task: no option of ours is looked for there.
    cut = arguments.index("--") if "--" in arguments else len(arguments)
    ours = [_without_equals(word) for word in arguments[:cut]]
    given = args.Before(args.Common(), tuple(arguments[cut + 1 :]), usage or Usage(arguments, os.environ))
    try:
        code = app(ours, prog_name="taskrunner", obj=given, standalone_mode=False)
    except SystemExit as ended:
        # typer ends the program where nobody reads its output, with an exit code that says nothing.
        if isinstance(ended.__context__, BrokenPipeError):
            raise ended.__context__ from None
        raise
    except _USAGE_ERROR as error:
        raise _usage(error) from error
    return code if isinstance(code, int) else exit_codes.OK


def _without_equals(word: str) -> str:
    """Turn `-o=quiet`, which batect takes and typer reads as the style `=quiet`, into `-oquiet`."""
    return word[:2] + word[3:] if word.startswith(("-f=", "-o=")) and len(word) > 3 else word


def _usage(error: Any) -> UserError:
    command = error.ctx.command_path if error.ctx else "taskrunner"
    hint = f"`{command} --help` shows what there is."
    if command == "taskrunner":
        hint += " A task is run with `taskrunner run TASK`."
    return UserError("cli.usage", f"{error.format_message().rstrip('.')}.", hint)
