"""How `--help` is laid out: what there is to do stands before the options."""

from typing import Any

import typer.core

__all__ = ["Verb", "Verbs"]


class Verbs(typer.core.TyperGroup):
    """A command with verbs, whose help shows them first: the options fill a screen."""

    def format_help_text(self, ctx: Any, formatter: Any) -> None:
        """Write what the command is for, and its verbs."""
        super().format_help_text(ctx, formatter)
        with formatter.section("Verbs"):
            formatter.write_dl([(name, each.get_short_help_str(80)) for name, each in self.commands.items()])

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """Write nothing: the verbs stand above the options."""


class Verb(typer.core.TyperCommand):
    """A verb that cannot do without its arguments; that they are missing is told by an error of our own.

    For the library they may be missing, so it would show them in brackets.
    """

    def collect_usage_pieces(self, ctx: Any) -> list[str]:
        """Return the words of the line `Usage:` behind the verb."""
        arguments = [each for each in self.get_params(ctx) if each.param_type_name == "argument"]
        return [self.options_metavar or "", *(each.make_metavar(ctx) for each in arguments)]
