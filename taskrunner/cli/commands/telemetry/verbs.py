"""The verbs of `taskrunner telemetry`, in the order in which `--help` lists them."""

import typer

from taskrunner.cli.commands.telemetry import answers, catalogue, forgetting, preview, state, uploads
from taskrunner.cli.help import Verbs

__all__ = ["verbs"]

verbs = typer.Typer(
    cls=Verbs,
    subcommand_metavar="VERB ...",
    help="What is reported, to whom, and how to stop it. Off until you say yes.",
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)

verbs.command("status")(state.status)
verbs.command("enable")(answers.enable)
verbs.command("disable")(answers.disable)
verbs.command("level")(answers.level)
verbs.command("preview")(preview.preview)
verbs.command("list")(catalogue.list_fields)
verbs.command("diff")(catalogue.diff)
verbs.command("policy")(state.policy)
verbs.command("id")(state.user_id)
verbs.command("forget")(forgetting.forget)
verbs.command("queue")(uploads.queue)
verbs.command("pause")(uploads.pause)
verbs.command("resume")(uploads.resume)
verbs.command("submit")(uploads.submit)
verbs.command("log")(uploads.log)
verbs.command("schema")(catalogue.schema)
verbs.command("example")(catalogue.example)
