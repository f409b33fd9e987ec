"""`taskrunner wrapper`: a script that pins the version for a project."""

import os
from typing import Annotated

import typer

from taskrunner.cli import options as opt
from taskrunner.errors import UserError

__all__ = ["wrapper"]

_FILE = "taskrunner"


@opt.takes(opt.TELEMETRY)
def wrapper(
    ctx: typer.Context,
    wheel: Annotated[
        str | None,
        typer.Option("--wheel", metavar="WHEEL", help="The release's wheel: a path, or an https:// URL."),
    ] = None,
    sha256: Annotated[
        str | None,
        typer.Option("--sha256", metavar="HASH", help="Its SHA-256; for a path it is worked out."),
    ] = None,
) -> None:
    """Write ./taskrunner, a script that installs and runs one version for everybody in the project.

    It compares the wheel's SHA-256, and needs nothing but Python or uv. Commit it.
    """
    from taskrunner.wrapper.make import DISTRIBUTED_WHEEL, MARK, pin, script

    source = wheel or DISTRIBUTED_WHEEL
    if not source:
        raise UserError(
            "wrapper.which-wheel",
            "Which wheel shall the script install? None is named.",
            "Name the release's wheel with --wheel, by its path or its URL.",
        )
    folder = os.getcwd()
    path = os.path.join(folder, _FILE)
    pinned = pin(source, sha256, folder)
    _check_it_is_ours(path, MARK)
    _write(path, script(pinned))
    print(f"Wrote ./{_FILE}, which runs taskrunner {pinned.version}.")
    print(f"Commit it; then everybody runs `./{_FILE} run TASK`.")


def _check_it_is_ours(path: str, mark: str) -> None:
    if not os.path.lexists(path):
        return
    ours = False
    if os.path.isfile(path) and not os.path.islink(path):
        with open(path, encoding="utf-8", errors="replace") as file:
            ours = mark in file.read(1000)
    if not ours:
        raise UserError(
            "wrapper.exists",
            f"{path} exists, and is not a script that `taskrunner wrapper` wrote.",
            "Move it away, or write the script in another folder.",
        )


def _write(path: str, text: str) -> None:
    temporary = f"{path}.{os.getpid()}"
    try:
        with open(temporary, "x", encoding="utf-8") as file:
            file.write(text)
        os.chmod(temporary, 0o755)  # noqa: S103 - everybody in the project runs it
        os.replace(temporary, path)
    except OSError as error:
        raise UserError(
            "wrapper.not-writable",
            f"{path} cannot be written: {error.strerror}.",
            "Make the folder writable.",
        ) from error
