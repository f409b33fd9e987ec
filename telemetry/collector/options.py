"""Options of the verbs, made from the table of settings."""

import functools
import inspect
import os
from collections.abc import Callable
from typing import Annotated, Any

import typer

from telemetry.collector.settings import SETTINGS, Setting, read

__all__ = ["with_settings"]


def with_settings(*names: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Give a verb the options of these settings, and `config`; it receives them all as `settings`.

    Parameters of the verb other than `settings` stay options or arguments of its own.
    """
    taken = [setting for setting in SETTINGS if setting.name in (*names, "config")]

    def decorate(verb: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(verb)
        def with_options(**given: Any) -> Any:
            flags = {setting.name: given.pop(setting.name) for setting in taken}
            return verb(read(flags, os.environ), **given)

        own = [each for each in inspect.signature(verb).parameters.values() if each.name != "settings"]
        parameters = [*own, *(_parameter(setting) for setting in taken)]
        with_options.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
        with_options.__annotations__ = {each.name: each.annotation for each in parameters}
        return with_options

    return decorate


def _parameter(setting: Setting) -> inspect.Parameter:
    return inspect.Parameter(
        setting.name,
        inspect.Parameter.KEYWORD_ONLY,
        default=None,
        annotation=Annotated[_kind(setting), _option(setting)],
    )


def _kind(setting: Setting) -> Any:
    match setting.default:
        case bool():
            return bool | None
        case int():
            return int | None
        case tuple():
            return list[str] | None
        case _:
            return str | None


def _option(setting: Setting) -> Any:
    several = " May be repeated." if isinstance(setting.default, tuple) else ""
    standard = "" if setting.default in ("", (), False) else f" [default: {setting.default}]"
    metavar = "|".join(setting.choices) or setting.metavar or None
    flags = (f"{setting.flag}/--no-{setting.flag[2:]}",) if setting.default is False else (setting.flag,)
    return typer.Option(
        *flags,
        metavar=metavar,
        help=f"{setting.help}{several}{standard} [{setting.variable}]",
        show_default=False,
    )
