"""The console, on real files, pipes, sockets and pseudo-terminals."""

import errno
import fcntl
import os
import pty
import select
import socket
import subprocess
import sys
import termios
import threading
import time
import tty
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from taskrunner.output.console import Console, colour_allowed
from tests.support.modules import uncovered
from tests.unit.output.screen import Screen

BIG = bytes(range(256)) * 4096


@pytest.fixture
def pipe() -> Iterator[tuple[int, int]]:
    """Give a pipe's reading and writing end."""
    ends = os.pipe()
    yield ends
    for fd in ends:
        os.close(fd)


@pytest.fixture
def terminal() -> Iterator[tuple[int, int]]:
    """Give the two ends of a pseudo-terminal, ours first."""
    ends = pty.openpty()
    yield ends
    for fd in ends:
        os.close(fd)


def hang_up(fd: int) -> None:
    """Close what a descriptor leads to; its number stays taken, so that the fixture can close it."""
    nowhere = os.open(os.devnull, os.O_RDWR)
    os.dup2(nowhere, fd)
    os.close(nowhere)


def drain(fd: int) -> bytes:
    """Return what is in a descriptor now."""
    os.set_blocking(fd, False)
    try:
        return os.read(fd, 1 << 20)
    except BlockingIOError:
        return b""


def arriving(fd: int, length: int) -> bytes:
    """Return what arrives in a terminal until so many bytes are there, which the kernel may delay."""
    received = b""
    deadline = time.monotonic() + 5
    while len(received) < length and time.monotonic() < deadline:
        received += drain(fd)
    return received


def in_thread(work: Callable[[], object]) -> threading.Thread:
    """Start a function in a thread of its own."""
    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    return thread


def test_every_byte_reaches_a_slow_reader_in_order(pipe: tuple[int, int]) -> None:
    """A write larger than the pipe goes out in parts, all of it and in order."""
    read, write = pipe
    received = bytearray()

    def reader() -> None:
        while len(received) < len(BIG):
            received.extend(os.read(read, 10_007))

    thread = in_thread(reader)
    Console(write, 2, False, False).write_out(BIG)
    thread.join(10)
    assert bytes(received) == BIG


def test_a_socket_takes_everything_too() -> None:
    """Standard output may be a socket, whose buffer is smaller than what is written."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        received = bytearray()

        def reader() -> None:
            while len(received) < len(BIG):
                received.extend(theirs.recv(65536))

        thread = in_thread(reader)
        Console(ours.fileno(), 2, False, False).write_out(BIG)
        thread.join(10)
        assert bytes(received) == BIG


def test_a_pipe_that_somebody_made_non_blocking_still_takes_everything(pipe: tuple[int, int]) -> None:
    """A parent that set O_NONBLOCK on our standard output loses no bytes by it."""
    read, write = pipe
    os.set_blocking(write, False)
    received = bytearray()

    def reader() -> None:
        while len(received) < len(BIG):
            time.sleep(0.001)
            received.extend(os.read(read, 65536))

    thread = in_thread(reader)
    Console(write, 2, False, False).write_out(BIG)
    thread.join(10)
    assert bytes(received) == BIG


def test_a_pipe_that_is_read_at_once_is_fast() -> None:
    """Writing to a pipe that is read at once takes at most ten times what the system needs for it."""
    chunk, rounds = b"x" * 16384, 3000
    with subprocess.Popen(["cat"], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL) as cat:
        assert cat.stdin is not None
        descriptor = cat.stdin.fileno()
        console = Console(descriptor, 2, False, False)
        ours, plain = [], []
        # In turns, so that a machine with other work to do slows both.
        for _ in range(5):
            started = time.monotonic()
            for _ in range(rounds):
                console.write_out(chunk)
            ours.append(time.monotonic() - started)
            started = time.monotonic()
            for _ in range(rounds * len(chunk) // select.PIPE_BUF):
                os.write(descriptor, chunk[: select.PIPE_BUF])
            plain.append(time.monotonic() - started)

    assert min(ours) < 10 * min(plain)


def test_a_broken_standard_output_is_told_once(pipe: tuple[int, int]) -> None:
    """The first write without a reader raises; later ones are dropped in silence."""
    read, write = pipe
    console = Console(write, 2, False, False)
    hang_up(read)
    with pytest.raises(BrokenPipeError):
        console.write_out(b"x")
    console.write_out(b"y")
    console.print_out("z")


def test_a_reader_that_leaves_wakes_a_blocked_write(pipe: tuple[int, int]) -> None:
    """A write that waits for room ends with BrokenPipeError when the reader goes."""
    read, write = pipe
    console = Console(write, 2, False, False)
    raised: list[BaseException] = []

    def work() -> None:
        try:
            console.write_out(BIG)
        except BrokenPipeError as error:
            raised.append(error)

    thread = in_thread(work)
    time.sleep(0.1)
    hang_up(read)
    thread.join(5)
    assert [BrokenPipeError] == [type(error) for error in raised]


def test_a_broken_standard_error_is_ignored(pipe: tuple[int, int]) -> None:
    """Nobody is told that standard error has no reader."""
    read, write = pipe
    console = Console(1, write, False, False)
    hang_up(read)
    console.print_err("lost")
    console.write_err(b"lost")


def test_closed_descriptors_swallow_output(tmp_path: Path) -> None:
    """A program started without standard streams writes nowhere, and above all not into other files."""
    fd = os.open(tmp_path / "closed", os.O_WRONLY | os.O_CREAT)
    os.close(fd)
    console = Console(fd, fd, False, False)
    other = os.open(tmp_path / "other", os.O_WRONLY | os.O_CREAT)
    try:
        console.print_out("nowhere")
        console.print_err("nowhere")
    finally:
        os.close(other)
    assert (tmp_path / "other").read_bytes() == b""


def test_a_full_disk_is_said_on_standard_error(tmp_path: Path) -> None:
    """A file that takes no more is named as the cause, and ends the output like a broken pipe."""
    full = os.open("/dev/full", os.O_WRONLY)
    err = os.open(tmp_path / "stderr", os.O_WRONLY | os.O_CREAT)
    try:
        console = Console(full, err, False, False)
        with pytest.raises(BrokenPipeError):
            console.write_out(b"x")
    finally:
        os.close(full)
        os.close(err)
    expected = "Error: Could not write to standard output: No space left on device.\n"
    assert expected == (tmp_path / "stderr").read_text()


def test_a_write_to_a_file_continues_where_the_system_stopped(tmp_path: Path) -> None:
    """A limit that lets only a part of a write through is reported after that part."""
    script = (
        "import os, resource, signal, sys\n"
        "from taskrunner.output.console import Console\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))\n"
        "fd = os.open(sys.argv[1], os.O_WRONLY | os.O_CREAT)\n"
        "try:\n"
        "    Console(fd, 2, False, False).write_out(b'x' * 3000)\n"
        "except BrokenPipeError as error:\n"
        "    sys.exit(error.errno)\n"
    )
    target = tmp_path / "limited"
    ended = subprocess.run(
        [sys.executable, "-c", script, str(target)],
        env=uncovered(),
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    assert (ended.returncode, target.stat().st_size) == (errno.EFBIG, 1000), ended.stderr
    assert ended.stderr == "Error: Could not write to standard output: File too large.\n"


@pytest.mark.parametrize("kind", ["pipe", "terminal"])
def test_abandon_frees_a_write_that_nobody_takes(kind: str, request: pytest.FixtureRequest) -> None:
    """A write blocked by a reader that stalls gives up soon after another thread abandons it."""
    _, write = request.getfixturevalue(kind)
    console = Console(write, write, False, False)
    thread = in_thread(lambda: console.write_out(BIG))
    thread.join(0.3)
    assert thread.is_alive(), "the write was expected to block"
    abandoned = time.monotonic()
    console.abandon()
    thread.join(5)
    assert not thread.is_alive()
    assert 0.1 < time.monotonic() - abandoned < 1.0


def test_after_abandon_a_stalled_reader_costs_its_patience_once(pipe: tuple[int, int]) -> None:
    """Many lines for a reader that stalls do not each wait."""
    _, write = pipe
    console = Console(write, 2, False, False)
    console.abandon()
    started = time.monotonic()
    for _ in range(200):
        console.write_out(BIG)
    assert time.monotonic() - started < 1.0


def test_after_abandon_a_reader_that_comes_back_is_served(pipe: tuple[int, int]) -> None:
    """What was given up is lost, but the next line starts afresh on a line of its own."""
    read, write = pipe
    console = Console(write, 2, False, False)
    console.abandon()
    console.write_out(b"x" * 1_000_000)
    while drain(read):
        pass
    console.print_out("still here")
    assert drain(read) == b"\nstill here\n"


def test_the_terminal_of_the_shell_stays_blocking(terminal: tuple[int, int]) -> None:
    """Writing to a terminal leaves O_NONBLOCK alone on the descriptor that the shell shares."""
    _, write = terminal
    console = Console(write, write, False, False)
    console.write_out(b"x")
    assert not fcntl.fcntl(write, fcntl.F_GETFL) & os.O_NONBLOCK


def test_a_terminal_that_hangs_up_counts_as_a_broken_pipe(terminal: tuple[int, int]) -> None:
    """A window that was closed is a reader that left."""
    ours, theirs = terminal
    console = Console(theirs, theirs, False, False)
    hang_up(ours)
    with pytest.raises(BrokenPipeError):
        console.write_out(b"x")
    console.print_err("lost")


def test_lines_on_a_raw_terminal_return_the_carriage(terminal: tuple[int, int]) -> None:
    """While a container has the terminal in raw mode, our own lines still begin at its left edge."""
    ours, theirs = terminal
    tty.setraw(theirs)
    console = Console(theirs, theirs, False, False)
    console.write_out(b"prompt> ")
    console.print_err("a line")
    expected = b"prompt> \r\na line\r\n"
    assert arriving(ours, len(expected)) == expected


def test_lines_on_a_cooked_terminal_are_left_to_it(terminal: tuple[int, int]) -> None:
    """A terminal in its usual mode adds the carriage return itself."""
    ours, theirs = terminal
    settings = termios.tcgetattr(theirs)
    settings[1] = settings[1] | termios.OPOST | termios.ONLCR
    termios.tcsetattr(theirs, termios.TCSANOW, settings)
    Console(theirs, theirs, False, False).print_out("a line")
    expected = b"a line\r\n"
    assert arriving(ours, len(expected)) == expected


def test_our_lines_never_glue_to_unfinished_output(screen: Screen) -> None:
    """Output without a final line break is followed by one before a line of ours, and only then."""
    screen.console.write_out(b"no line break")
    screen.console.print_out("ours")
    screen.console.write_out(b"whole line\n")
    screen.console.print_out("ours again")
    assert screen.out == "no line break\nours\nwhole line\nours again\n"


def test_streams_that_end_in_one_place_share_its_line(terminal: tuple[int, int]) -> None:
    """Unfinished output on standard output keeps a line on standard error from gluing to it."""
    ours, theirs = terminal
    console = Console(theirs, theirs, False, False)
    console.write_out(b"progress 50%")
    console.print_err("Error: no")
    expected = b"progress 50%\r\nError: no\r\n"
    assert arriving(ours, len(expected)) == expected


def test_streams_that_end_apart_do_not(screen: Screen) -> None:
    """Unfinished output in one file is no reason for an empty line in another."""
    screen.console.write_out(b"progress 50%")
    screen.console.print_err("Error: no")
    assert (screen.out, screen.err) == ("progress 50%", "Error: no\n")


def test_bytes_of_file_names_survive(screen: Screen) -> None:
    """A name that is not UTF-8 is printed with the bytes it has; other lone surrogates become `?`."""
    screen.console.print_out(os.fsdecode(b"caf\xe9"))
    screen.console.print_out("\ud800")
    assert screen.raw_out == b"caf\xe9\n?\n"


@pytest.mark.parametrize(
    ("terminal", "no_color", "environment", "expected"),
    [
        (True, False, {}, True),
        (True, False, {"NO_COLOR": ""}, True),
        (True, False, {"NO_COLOR": "0"}, False),
        (True, True, {}, False),
        (False, False, {"TERM": "xterm"}, False),
        (True, False, {"TERM": "dumb"}, False),
    ],
)
def test_who_may_be_coloured(
    terminal: bool, no_color: bool, environment: dict[str, str], expected: bool
) -> None:
    """Colours need a terminal that has them, and nobody who asked for none."""
    assert expected == colour_allowed(terminal=terminal, no_color=no_color, environment=environment)
