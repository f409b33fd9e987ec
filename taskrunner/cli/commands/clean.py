"""`taskrunner clean`: caches, leftovers of killed runs, built images."""

import os
from typing import TYPE_CHECKING, Annotated

import typer

from taskrunner.cli import arguments as args
from taskrunner.cli import options as opt
from taskrunner.cli.cleaning import clean_folders, clean_images, clean_volumes
from taskrunner.cli.project import connect, load_project
from taskrunner.errors import UserError
from taskrunner.output.humanise import amount

if TYPE_CHECKING:
    from taskrunner.engine.client import Client
    from taskrunner.execution.labels import Owner
    from taskrunner.plan.caches import CacheStore

__all__ = ["clean", "clean_caches"]


@opt.takes(opt.ENGINE, opt.TELEMETRY)
def clean(
    ctx: typer.Context,
    caches: Annotated[
        bool, typer.Option("--caches", help="The project's caches.", show_default=False)
    ] = False,
    leftovers: Annotated[
        bool,
        typer.Option(
            "--leftovers",
            help="What killed runs left on the engine, and what runs were told to keep.",
            show_default=False,
        ),
    ] = False,
    images: Annotated[
        bool, typer.Option("--images", help="Images built for the project.", show_default=False)
    ] = False,
    all_hosts: Annotated[
        bool,
        typer.Option(
            "--all-hosts", help="Other machines' leftovers too, with --older-than.", show_default=False
        ),
    ] = False,
    older_than: Annotated[
        str | None,
        typer.Option("--older-than", metavar="TIME", help="With --all-hosts: the least age, such as 24h."),
    ] = None,
    config_file: opt.ConfigFile = None,
) -> None:
    """Delete the project's caches, leftovers of killed runs, and built images: all, or what is named."""
    common = args.merge(opt.before(ctx).common, args.common_of(ctx.params))
    everything = not (caches or leftovers or images or all_hosts)
    age = _age(older_than, all_hosts=all_hosts)
    client = connect(common)
    client.ping()
    if everything or leftovers or all_hosts:
        _clean_leftovers(client, age)
    if everything or caches:
        store = _store(common)
        clean_volumes(client, store)
        clean_folders(store)
    if everything or images:
        clean_images(client, load_project(common, opt.before(ctx).usage))


def clean_caches(common: args.Common, cache_type: str, names: tuple[str, ...]) -> None:
    """Delete the named caches of the project, or all, of one type: batect's --clean and --clean-cache."""
    store = _store(common)
    if cache_type == "directory":
        clean_folders(store, names)
        return
    client = connect(common)
    client.ping()
    clean_volumes(client, store, names)


def _store(common: args.Common) -> "CacheStore":
    from taskrunner.config.discovery import find_config
    from taskrunner.plan.caches import store_of

    file = os.path.abspath(find_config(common.config_file, os.getcwd()))
    return store_of(os.path.dirname(file), file)


def _clean_leftovers(client: "Client", foreign_age: float | None) -> None:
    from taskrunner.execution.leftovers import find_leftovers, is_dead, remove_leftovers
    from taskrunner.host.process import identity, is_alive

    us = identity()
    local = client.endpoint.is_local

    def gone(owner: "Owner", age: float) -> bool:
        if is_dead(owner, us, same_machine_for_sure=local):
            return True
        them = owner.process
        here = (them.machine, them.pid_namespace, them.boot) == (us.machine, us.pid_namespace, us.boot)
        if foreign_age is None or (here and is_alive(them.pid, them.start)):
            return False
        return age >= foreign_age

    found = find_leftovers(client, gone)
    removed = remove_leftovers(client, found)
    containers, networks = len(removed.containers), len(removed.networks)
    print(f"Deleted {amount(containers, 'container')} and {amount(networks, 'network')} of killed runs.")


def _age(text: str | None, *, all_hosts: bool) -> float | None:
    """Return the least age in seconds of what other machines left, or None to leave theirs alone."""
    if all_hosts != (text is not None):
        raise UserError(
            "clean.age-missing",
            "--all-hosts and --older-than go together.",
            "Nobody can tell from here whether another machine's run is alive: say how old is old enough, "
            "such as --all-hosts --older-than 24h.",
        )
    if text is None:
        return None
    from taskrunner.config.values import parse_duration

    try:
        return parse_duration(text) / 1e9
    except ValueError as error:
        raise UserError(
            "clean.bad-age", f"'{text}' is no time.", "Write a time such as 90m or 24h."
        ) from error
