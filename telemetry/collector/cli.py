"""The command line `taskrunner-collector`: finds the verb, and is the boundary for its errors."""

import os
import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from typing import Any, Final

from telemetry.collector.errors import CollectorError, StoreUnavailable
from telemetry.collector.verbs import VERBS

__all__ = ["main"]

_PROGRAM: Final = "taskrunner-collector"
_EXTRAS: Final = frozenset({"starlette", "uvicorn", "msgspec", "jinja2", "asyncpg"})


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code: 0, 1 for a failure, 2 for a mistake, 130 for Ctrl-C."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    if arguments == ["--version"]:
        from telemetry.collector.version import version

        print(f"{_PROGRAM} {version()}")
        return 0
    try:
        return _run(arguments)
    except CollectorError as error:
        print(f"{_PROGRAM}: {error} ({error.reference})", file=sys.stderr)
        if error.hint:
            print(error.hint, file=sys.stderr)
        return 2
    except StoreUnavailable as error:
        print(f"{_PROGRAM}: the store cannot be used now: {error} (store.unavailable)", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # so that the interpreter's own flush finds a reader
        return 1


def _run(arguments: list[str]) -> int:
    import typer

    usage_error: Any = typer.BadParameter.__base__
    try:
        app = _application(typer, next((each for each in arguments if not each.startswith("-")), ""))
        code = app(arguments or ["--help"], prog_name=_PROGRAM, standalone_mode=False)
    except usage_error as error:
        raise CollectorError("cli.usage", error.format_message()) from error
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in _EXTRAS:
            raise
        raise CollectorError(
            "install.extra-missing",
            f"The module {error.name} is missing.",
            "Install the extra: pip install '.[collector]' in a checkout, or with ,postgres for PostgreSQL.",
        ) from error
    return code if isinstance(code, int) else 0


def _application(typer: Any, wanted: str) -> Any:
    """Return the command line with the wanted verb loaded; the others have their names and summaries."""
    app = typer.Typer(
        help="Receives telemetry that people allowed, sums it up, publishes the sums, and forgets.",
        add_completion=False,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback()(_before_the_verb)
    for name, verb in VERBS.items():
        function = _loaded(verb.place) if name == wanted else _not_loaded
        app.command(name, short_help=verb.summary)(function)
    return app


def _before_the_verb() -> None:
    """Receives telemetry that people allowed, sums it up, publishes the sums, and forgets."""


def _not_loaded() -> None:
    """Stand for a verb that is not the wanted one."""


def _loaded(place: str) -> Callable[..., Any]:
    module, _, function = place.partition(":")
    loaded: Callable[..., Any] = getattr(import_module(module), function)
    return loaded
