"""The bus between steps, listeners and the state machine."""

import threading
import time

from taskrunner.execution import events as e
from taskrunner.execution.bus import Bus


class Recorder:
    """A listener that keeps what it hears, in order."""

    def __init__(self) -> None:
        self.heard: list[object] = []

    def on_event(self, event: e.Event, at: float) -> None:
        """Keep an event."""
        assert at > 0
        self.heard.append(event)

    def on_output(self, container: str, stream: e.Stream, data: bytes) -> None:
        """Keep output."""
        self.heard.append((container, stream, data))


class Deaf(Recorder):
    """A listener whose reader has gone."""

    def on_output(self, container: str, stream: e.Stream, data: bytes) -> None:
        """Fail as a closed pipe does."""
        raise BrokenPipeError


class Stuck(Recorder):
    """A listener that is blocked until it is let go."""

    def __init__(self) -> None:
        super().__init__()
        self.inside = threading.Event()
        self.release = threading.Event()

    def on_output(self, container: str, stream: e.Stream, data: bytes) -> None:
        """Block as a pipe does that nobody empties."""
        self.inside.set()
        assert self.release.wait(30)


def test_listeners_hear_of_an_event_before_the_state_machine_and_before_later_output() -> None:
    """A line that announces output stands before it."""
    listener = Recorder()
    bus = Bus([listener])

    bus.post(e.ContainerStarting("app", "make"))
    bus.output("app", "stdout", b"built\n")

    assert [e.ContainerStarting("app", "make"), ("app", "stdout", b"built\n")] == listener.heard
    assert bus.queue.get_nowait() == e.ContainerStarting("app", "make")


def test_every_listener_hears_everything() -> None:
    """One listener more changes nothing for the others."""
    first, second = Recorder(), Recorder()

    Bus([first, second]).post(e.ContainerStarted("app"))

    assert first.heard == second.heard == [e.ContainerStarted("app")]


def test_a_reader_that_is_gone_interrupts_the_run_once() -> None:
    """A closed pipe is a reason to stop, not to crash, and one is enough."""
    bus = Bus([Deaf()])

    bus.output("app", "stdout", b"one")
    bus.output("app", "stdout", b"two")

    assert bus.queue.get_nowait() == e.Interrupted("SIGPIPE", 1)
    assert bus.queue.empty()


def test_the_main_thread_is_not_held_up_by_a_stuck_listener() -> None:
    """An interrupt is acted on although nobody reads the output."""
    stuck = Stuck()
    bus = Bus([stuck])
    writer = threading.Thread(target=bus.output, args=("app", "stdout", b"much"))
    writer.start()
    assert stuck.inside.wait(30)
    before = time.monotonic()

    bus.announce(e.Interrupted("SIGINT", 1))

    assert time.monotonic() - before < 10
    assert stuck.heard == []
    stuck.release.set()
    writer.join(30)
    assert not writer.is_alive()
