import hashlib
import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

import psutil
import pytest

from taskrunner.engine import containers, events
from taskrunner.engine.cancellation import Cancelled, CancelScope
from taskrunner.engine.errors import ApiError
from taskrunner.engine.events import Watch
from taskrunner.errors import EngineError

if TYPE_CHECKING:
    from tests.engine.conftest import Box

pytestmark = pytest.mark.engine

MIB = 1 << 20


def in_threads(count: int, work: Callable[[], None]) -> None:
    """Do the same in several threads at once, and fail if one of them does."""
    failures: list[BaseException] = []

    def guarded() -> None:
        try:
            work()
        except BaseException as error:  # noqa: BLE001 - it is raised below, in the test's own thread
            failures.append(error)

    threads = [threading.Thread(target=guarded) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]


def watch_deaths(box: "Box", scope: CancelScope | None = None) -> Watch:
    """Subscribe to the ends of this test's containers."""
    return events.watch(box.client, labels=box.labels, kinds=("container",), actions=("die",), scope=scope)


def await_output(box: "Box", container_id: str) -> None:
    """Wait until a container has printed something: it is ready for signals then."""
    deadline = time.monotonic() + 10
    while not containers.tail(box.client, container_id, 1):
        assert time.monotonic() < deadline
        time.sleep(0.02)


class TestOutput:
    def test_a_container_that_ends_at_once_loses_not_a_byte(self, box: "Box") -> None:
        """200 containers that print and exit immediately hand over all of both streams."""
        text = "0123456789" * 300

        def run_some() -> None:
            for _ in range(50):
                streams = box.output("sh", "-c", f"echo {text}; echo {text} >&2")
                assert streams == {"stdout": f"{text}\n".encode(), "stderr": f"{text}\n".encode()}

        in_threads(4, run_some)

    def test_each_stream_keeps_its_order(self, box: "Box") -> None:
        """Lines that alternate between both streams arrive in order within each."""
        streams = box.output("sh", "-c", "for i in $(seq 1 2000); do echo o$i; echo e$i >&2; done")

        assert streams["stdout"].split() == [b"o%d" % i for i in range(1, 2001)]
        assert streams["stderr"].split() == [b"e%d" % i for i in range(1, 2001)]

    @pytest.mark.parametrize("pause", [0.0, 0.2], ids=["fast reader", "reader that pauses"])
    def test_a_flood_arrives_whole_and_in_flat_memory(self, box: "Box", pause: float) -> None:
        """200 MiB come through byte for byte, never piled up, also where the reader stops now and then."""
        line = b"0123456789abcdef" * 63 + b"0123456789abcde\n"
        block = f"yes {line.decode().strip()} | head -c {MIB} > /tmp/block"
        container_id = box.create("sh", "-c", f"{block}; for i in $(seq 200); do cat /tmp/block; done")
        attachment = containers.attach(box.client, container_id, stdin=False, scope=None)
        containers.start(box.client, container_id)
        digest, received, grown, process = hashlib.sha256(), 0, 0, psutil.Process()
        before, next_pause = process.memory_info().rss, 0

        for _, data in attachment.frames():
            digest.update(data)
            received += len(data)
            if received >= next_pause:
                next_pause += 20 * MIB
                grown = max(grown, process.memory_info().rss - before)
                time.sleep(pause)
        attachment.close()

        assert received == 200 * MIB
        assert hashlib.sha256(line * (200 * MIB // len(line))).digest() == digest.digest()
        assert grown < 20 * MIB


class TestInput:
    def test_the_end_of_input_ends_a_filter(self, box: "Box") -> None:
        """`cat` gives back 20 MB, and ends by itself when our side is closed."""
        container_id = box.create("cat", stdin=True)
        attachment = containers.attach(box.client, container_id, stdin=True, scope=None)
        containers.start(box.client, container_id)
        piece = bytes(range(256)) * 4096

        def pump() -> None:
            for _ in range(20):
                attachment.write(piece)
            attachment.close_write()

        writer = threading.Thread(target=pump)
        writer.start()
        received = b"".join(data for _, data in attachment.frames())
        writer.join()
        attachment.close()

        assert piece * 20 == received

    def test_input_that_was_sent_before_the_start_arrives(self, box: "Box") -> None:
        """A short input that is complete before the container starts is not lost."""
        container_id = box.create("cat", stdin=True)
        attachment = containers.attach(box.client, container_id, stdin=True, scope=None)
        attachment.write(b"early")
        attachment.close_write()
        containers.start(box.client, container_id)

        assert [("stdout", b"early")] == list(attachment.frames())
        attachment.close()

    def test_input_that_nobody_reads_is_no_failure(self, box: "Box") -> None:
        """A container that ignores its input ends its output properly."""
        container_id = box.create("echo", "done", stdin=True)
        attachment = containers.attach(box.client, container_id, stdin=True, scope=None)
        attachment.write(bytes(100_000))
        containers.start(box.client, container_id)

        assert b"".join(data for _, data in attachment.frames()) == b"done\n"
        attachment.close()


class TestDeaths:
    def test_the_event_carries_the_exit_code(self, box: "Box") -> None:
        """Who has subscribed before the start learns how a container ended."""
        watch = watch_deaths(box)
        container_id = box.start("sh", "-c", "exit 42")

        event = next(iter(watch))

        assert (container_id, "die", "42") == (event.id, event.action, event.attributes["exitCode"])
        assert abs(event.time_nano / 1e9 - time.time()) < 60

    def test_nothing_is_missed_between_two_subscriptions(self, box: "Box") -> None:
        """What happened before somebody subscribed is told again, and of other containers nothing is told."""
        for code in (3, 4):
            box.start("sh", "-c", f"exit {code}")
        assert self.collect(watch_deaths(box), 2) == ["3", "4"]
        assert self.collect(watch_deaths(box), 2) == ["3", "4"]

    @staticmethod
    def collect(watch: Watch, wanted: int) -> list[str]:
        """Return that many exit codes, sorted."""
        codes: list[str] = []
        for event in watch:
            codes.append(event.attributes["exitCode"])
            if len(codes) == wanted:
                break
        return sorted(codes)


class TestEnding:
    def test_a_signal_reaches_the_first_process(self, box: "Box") -> None:
        """A container can act on the signal that it gets."""
        watch = watch_deaths(box)
        container_id = box.start("sh", "-c", "trap 'exit 7' USR1; echo up; while :; do sleep 0.05; done")
        await_output(box, container_id)

        containers.kill(box.client, container_id, "SIGUSR1")

        assert next(iter(watch)).attributes["exitCode"] == "7"

    def test_what_ended_or_is_gone_can_be_killed_stopped_and_removed_again(self, box: "Box") -> None:
        """Cleaning up twice is no error."""
        container_id = box.start("true")
        next(iter(watch_deaths(box)))

        containers.kill(box.client, container_id)
        containers.stop(box.client, container_id, 0)
        for _ in range(2):
            containers.remove(box.client, container_id)
            containers.kill(box.client, container_id)
            containers.stop(box.client, container_id, 0)

    def test_a_container_has_its_time_to_end(self, box: "Box") -> None:
        """Stopping asks first, and the container's own way to end is taken."""
        watch = watch_deaths(box)
        container_id = box.start("sh", "-c", "trap 'exit 5' TERM; echo up; while :; do sleep 0.05; done")
        await_output(box, container_id)

        containers.stop(box.client, container_id, 20)

        assert next(iter(watch)).attributes["exitCode"] == "5"

    def test_waiting_for_a_container_to_stop_can_be_given_up(self, box: "Box") -> None:
        """Who does not want to wait out the grace period gets on at once."""
        container_id = box.start("sh", "-c", "trap '' TERM; while :; do sleep 1; done")
        scope, begun = CancelScope(), time.monotonic()
        threading.Timer(0.2, scope.cancel).start()

        with pytest.raises(Cancelled):
            containers.stop(box.client, container_id, 60, scope)

        assert time.monotonic() - begun < 2

    def test_several_can_remove_the_same_container(self, box: "Box") -> None:
        """Whoever comes second waits until it is gone, and is satisfied."""
        container_id = box.start("sleep", "100")

        in_threads(4, lambda: containers.remove(box.client, container_id))

        with pytest.raises(ApiError, match="No such container"):
            containers.inspect(box.client, container_id)

    def test_reading_output_can_be_given_up(self, box: "Box") -> None:
        """A reader of a silent container stops at once when its scope is cancelled."""
        scope = CancelScope()
        container_id = box.create("sleep", "100")
        attachment = containers.attach(box.client, container_id, stdin=False, scope=scope)
        containers.start(box.client, container_id)
        begun = time.monotonic()
        threading.Timer(0.2, scope.cancel).start()

        with pytest.raises(Cancelled):
            list(attachment.frames())

        attachment.close()
        assert time.monotonic() - begun < 2


class TestLookingAt:
    def test_containers_are_found_by_all_their_labels(self, box: "Box") -> None:
        """Name, state and age come with each, and a label without a value stands for any."""
        container_id = box.create("true", labels={**box.labels, "other": "1"})
        key = next(iter(box.labels))

        found = containers.find(box.client, {**box.labels, "other": None})

        assert [(container_id, "created")] == [(each.id, each.state) for each in found]
        name = box.client.json("GET", f"/containers/{container_id}/json", lambda told: str(told["Name"]))
        assert f"/{found[0].name}" == name
        assert found[0].labels[key] == box.tag
        assert abs(found[0].created - time.time()) < 60
        assert [] == containers.find(box.client, {**box.labels, "other": "2"})

    @pytest.mark.parametrize("driver", [None, "json-file"])
    def test_the_last_lines_of_both_streams_can_be_read(self, box: "Box", driver: str | None) -> None:
        """What a container printed explains its failure, also with the log driver that we choose."""
        container_id = box.start("sh", "-c", "seq 1 50; sleep 0.2; echo end >&2", log_driver=driver)
        next(iter(watch_deaths(box)))

        assert containers.tail(box.client, container_id, 3) == "49\n50\nend\n"

    def test_a_log_that_cannot_be_read_is_empty(self, box: "Box") -> None:
        """Neither a driver that keeps nothing nor a missing container turns a failure into two."""
        container_id = box.start("echo", "x", log_driver="none")
        next(iter(watch_deaths(box)))

        assert containers.tail(box.client, container_id, 3) == ""
        assert containers.tail(box.client, "missing", 3) == ""

    def test_a_command_that_does_not_exist_is_the_engine_s_error(self, box: "Box") -> None:
        """The start says why it failed, and the output that was attached just ends."""
        container_id = box.create("no-such-program")
        attachment = containers.attach(box.client, container_id, stdin=False, scope=None)

        with pytest.raises(EngineError, match="executable file not found"):
            containers.start(box.client, container_id)

        assert [] == list(attachment.frames())
        attachment.close()
