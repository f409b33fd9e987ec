"""Where every command starts and ends: the way past the command-line library, and the error boundary.

`--version` is asked for by scripts and editors all the time: nothing but this module is imported for it,
not even `typing`, which would double its time.
"""

import os
import sys

from taskrunner._version import VERSION

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskrunner.usage import Usage

__all__ = ["main", "script"]


def script() -> int:
    """Run the command line as a program of its own, and end it: the installed command."""
    code = main()
    if _nothing_waits_for_the_end():
        # The interpreter would free each of its objects first: 4 ms of 30, and more after a fork.
        os._exit(code)
    return code


def main(argv: list[str] | None = None) -> int:
    """Run the command line and return its exit code. Never raises."""
    arguments = sys.argv[1:] if argv is None else argv
    if arguments == ["--version"] and _said_version():
        return 0
    if arguments[:2] == ["completion", "--complete"]:
        from taskrunner.cli.completion.answering import complete, is_question

        if is_question(arguments[2:]):
            return complete(arguments[2:])
    if os.name != "posix":
        from taskrunner import exit_codes

        print("taskrunner runs on Linux and macOS; on Windows, run it inside WSL2.", file=sys.stderr)
        return exit_codes.USAGE
    return _guarded(arguments)


def _said_version() -> bool:
    """Print the version; return whether that could be written: if not, the long way says why."""
    try:
        print(f"taskrunner {VERSION}", flush=True)
    except OSError:
        return False
    return True


def _nothing_waits_for_the_end() -> bool:
    """Write what is buffered; return whether nobody asked to be called, or waited for, at the end."""
    atexit, threading = sys.modules.get("atexit"), sys.modules.get("threading")
    others = threading.enumerate()[1:] if threading else ()
    try:
        for stream in filter(None, (sys.stdout, sys.stderr)):
            stream.flush()
    except (OSError, ValueError):
        return False  # the interpreter says so in its own way
    # Private, but the only way to ask; coverage and `logging` are called at the end, for two.
    callbacks = atexit._ncallbacks() if atexit else 0  # noqa: SLF001
    return callbacks == 0 and all(thread.daemon for thread in others)


def _guarded(arguments: list[str]) -> int:
    """Call the command line, and let telemetry, where it is allowed, know how it ended."""
    import gc

    # What is loaded stays: to look through it for garbage again and again takes a tenth of the start.
    gc.set_threshold(50_000)
    from taskrunner.cli.standard_streams import guarded
    from taskrunner.usage import Usage

    _fill_standard_descriptors()
    streams = sys.stdout, sys.stderr
    sys.stdout, sys.stderr = map(guarded, streams)
    usage = Usage(arguments, os.environ)
    code, error = _outcome(arguments, usage)
    try:
        usage.finish(code, error)
    except KeyboardInterrupt:
        return code  # the command is over, and its exit code stands
    finally:
        sys.stdout, sys.stderr = streams
    return code


def _fill_standard_descriptors() -> None:
    """Open the null device where we were started without standard input, output or error.

    The next socket would get the free number otherwise, and be taken for the person's input or output.
    """
    for descriptor in (0, 1, 2):
        try:
            os.fstat(descriptor)
        except OSError:
            os.open(os.devnull, os.O_RDWR)


def _outcome(arguments: list[str], usage: "Usage") -> "tuple[int, BaseException | None]":
    """Call the command line; turn whatever it raises into words and an exit code."""
    from taskrunner import exit_codes
    from taskrunner.cli.standard_streams import discard, flush
    from taskrunner.errors import TaskrunnerError

    try:
        code = _called(arguments, usage)
        flush()
    except TaskrunnerError as error:
        from taskrunner.cli.failure import tell

        return tell(error, arguments), error
    except KeyboardInterrupt:
        return exit_codes.INTERRUPTED, None
    except BrokenPipeError:
        discard(1)
        return exit_codes.BROKEN_PIPE, None
    except Exception as error:  # noqa: BLE001 - the boundary of the program: a fault of ours becomes a report
        from taskrunner.cli.failure import of_the_machine, report_crash, tell

        known = of_the_machine(error)
        return (report_crash(error), error) if known is None else (tell(known, arguments), known)
    return code, None


def _called(arguments: list[str], usage: "Usage") -> int:
    """Carry out the command line; its library is loaded where the words are not all plain."""
    from taskrunner.cli.fast import way_past

    plain = way_past(arguments)
    if plain is not None:
        return plain(usage)
    from taskrunner.cli.app import run_app

    return run_app(arguments, usage)
