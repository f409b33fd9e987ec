"""Where every command starts and ends: the way past the command-line library, and the error boundary."""

import os
import sys
from collections.abc import Sequence

from taskrunner import exit_codes
from taskrunner._version import VERSION

__all__ = ["main"]


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code. Never raises."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    if arguments == ["--version"]:
        print(f"taskrunner {VERSION}")
        return exit_codes.OK
    if os.name != "posix":
        print("taskrunner runs on Linux and macOS; on Windows, run it inside WSL2.", file=sys.stderr)
        return exit_codes.USAGE
    return _guarded(arguments)


def _guarded(arguments: list[str]) -> int:
    """Call the command line; turn whatever it raises into words and an exit code."""
    try:
        return _told(arguments)
    except KeyboardInterrupt:
        return exit_codes.INTERRUPTED
    except BrokenPipeError:
        # What is still buffered would be written, and fail again, when the interpreter ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        return exit_codes.BROKEN_PIPE
    except Exception as error:  # noqa: BLE001 - the boundary of the program: a fault of ours becomes a report
        from taskrunner.cli.failure import report_crash

        return report_crash(error)


def _told(arguments: list[str]) -> int:
    """Call the command line; say what a person can mend or has to know."""
    from taskrunner.errors import TaskrunnerError

    try:
        from taskrunner.cli.app import run_app

        code = run_app(arguments)
        sys.stdout.flush()
    except TaskrunnerError as error:
        from taskrunner.cli.failure import tell

        return tell(error, arguments)
    return code
