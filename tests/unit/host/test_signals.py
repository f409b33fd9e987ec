"""Signals that ask a command to end."""

import os
import queue
import signal
import subprocess
import sys

from taskrunner.host.signals import handled, name_of

BLOCKED = """
import queue, sys
from taskrunner.host.signals import handled
news = queue.SimpleQueue()
with handled(news.put):
    print("ready", flush=True)
    print(news.get(), flush=True)
"""


def test_a_signal_is_handed_on_and_the_process_lives() -> None:
    """Each of the signals that ask for an end arrives as its number."""
    news: queue.SimpleQueue[int] = queue.SimpleQueue()
    with handled(news.put):
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            os.kill(os.getpid(), number)

            assert number == news.get(timeout=10)


def test_a_waiting_main_thread_misses_no_signal() -> None:
    """However the signal falls, a program that does nothing but wait hears of it."""
    for _ in range(20):
        with subprocess.Popen([sys.executable, "-c", BLOCKED], stdout=subprocess.PIPE, text=True) as program:
            assert program.stdout is not None
            assert program.stdout.readline() == "ready\n"
            program.send_signal(signal.SIGTERM)

            assert f"{int(signal.SIGTERM)}\n" == program.stdout.readline()
            assert program.wait(10) == 0


def test_an_ignored_signal_stays_ignored() -> None:
    """A command under nohup is not ended by the hang-up."""
    script = (
        "import os, queue, signal; from taskrunner.host.signals import handled; news = queue.SimpleQueue()\n"
        "with handled(news.put):\n"
        "    os.kill(os.getpid(), signal.SIGHUP); os.kill(os.getpid(), signal.SIGTERM); print(news.get())\n"
    )
    result = subprocess.run(
        ["nohup", sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=30
    )

    assert f"{int(signal.SIGTERM)}\n" == result.stdout


def test_afterwards_everything_is_as_it_was() -> None:
    """Handlers and the wake-up descriptor are put back."""
    before = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)]
    with handled(lambda _: None):
        assert before != [signal.getsignal(n) for n in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)]

    assert before == [signal.getsignal(n) for n in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)]
    earlier = signal.set_wakeup_fd(-1)
    assert earlier == -1


def test_signals_have_names() -> None:
    """The name is what people know."""
    assert name_of(2) == "SIGINT"
