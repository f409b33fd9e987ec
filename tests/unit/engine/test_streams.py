import contextlib
import socket
import struct
import threading
import time
from collections.abc import Iterator

import pytest

from taskrunner.engine.cancellation import Cancelled, CancelScope
from taskrunner.engine.http import Connection, Garbled
from taskrunner.engine.streams import Attachment, Demultiplexer, json_lines
from taskrunner.errors import EngineError


def frame(kind: int, payload: bytes) -> bytes:
    """Return a frame of a multiplexed stream."""
    return struct.pack(">BxxxL", kind, len(payload)) + payload


WIRE = frame(1, b"out1") + frame(2, b"err1") + frame(1, b"") + frame(2, b"err2") + frame(1, b"out2")


class TestDemultiplexer:
    @pytest.mark.parametrize("cut", range(len(WIRE) + 1))
    def test_frames_come_apart_wherever_the_stream_is_cut(self, cut: int) -> None:
        """Both streams are whole and in order, at each place where packets may part."""
        demultiplexer = Demultiplexer()
        pieces = [*demultiplexer.feed(memoryview(WIRE[:cut])), *demultiplexer.feed(memoryview(WIRE[cut:]))]

        text = {name: b"".join(data for stream, data in pieces if stream == name) for name, _ in pieces}

        assert text == {"stdout": b"out1out2", "stderr": b"err1err2"}

    def test_single_bytes_are_enough(self) -> None:
        """A stream that trickles in byte by byte loses nothing."""
        demultiplexer = Demultiplexer()
        frames = [piece for byte in WIRE for piece in demultiplexer.feed(memoryview(bytes([byte])))]

        assert b"".join(data for _, data in frames) == b"out1err1err2out2"

    def test_neighbours_of_one_stream_are_joined(self) -> None:
        """Many small writes arrive as one piece, and a change of stream begins another."""
        wire = frame(1, b"a") + frame(1, b"b") + frame(2, b"c") + frame(1, b"d")

        frames = Demultiplexer().feed(memoryview(wire))

        assert frames == [("stdout", b"ab"), ("stderr", b"c"), ("stdout", b"d")]

    def test_an_error_of_the_engine_is_raised(self) -> None:
        """What the engine reports in the stream is an error, not output."""
        with pytest.raises(EngineError, match="out of memory") as caught:
            Demultiplexer().feed(memoryview(frame(3, b"out of memory")))

        assert caught.value.reference == "engine.stream-failed"

    def test_an_unknown_stream_is_refused(self) -> None:
        """Bytes that are no frames are not passed off as output."""
        with pytest.raises(EngineError) as caught:
            Demultiplexer().feed(memoryview(b"plain text, not frames"))

        assert caught.value.reference == "engine.stream-garbled"


class TestJsonLines:
    @pytest.mark.parametrize("cut", range(19))
    def test_values_come_apart_wherever_the_stream_is_cut(self, cut: int) -> None:
        """Every line is one value, with either line end or none at the end."""
        wire = b'{"a":1}\r\n\n{"b":2}\n3'

        assert [{"a": 1}, {"b": 2}, 3] == list(json_lines([wire[:cut], wire[cut:]]))

    def test_what_is_no_json_is_refused(self) -> None:
        """A broken line is not skipped in silence."""
        with pytest.raises(Garbled):
            list(json_lines([b"{]\n"]))


class Wire:
    """An attachment, and the engine's end of it."""

    def __init__(self, scope: CancelScope | None = None, *, multiplexed: bool = True) -> None:
        ours, self.engine = socket.socketpair()
        self.connection = Connection(ours)
        if scope is not None:
            scope.add(ours)
        self.attachment = Attachment(self.connection, scope, multiplexed=multiplexed)


@contextlib.contextmanager
def wire(scope: CancelScope | None = None, *, multiplexed: bool = True) -> Iterator[Wire]:
    """Give an attachment and the engine's end of it, and close both."""
    made = Wire(scope, multiplexed=multiplexed)
    yield made
    made.attachment.close()
    made.engine.close()


class TestAttachment:
    def test_what_came_with_the_headers_comes_first(self) -> None:
        """Output that arrived in one packet with the headers is neither lost nor late."""
        with wire() as w:
            w.engine.sendall(b"HTTP/1.1 101 UPGRADED\r\n\r\n" + frame(1, b"first ") + frame(1, b"half")[:9])
            w.connection.read_head()
            w.engine.sendall(b"alf")
            w.engine.close()

            assert b"".join(data for _, data in w.attachment.frames()) == b"first half"

    def test_a_raw_stream_is_handed_on_as_it_is(self) -> None:
        """Without multiplexing every byte is output."""
        with wire(multiplexed=False) as w:
            w.engine.sendall(WIRE)
            w.engine.close()

            assert WIRE == b"".join(data for _, data in w.attachment.frames())

    def test_closing_our_side_leaves_the_other_open(self) -> None:
        """The process sees the end of its input, and can still answer."""
        with wire() as w:
            w.attachment.write(b"question")
            w.attachment.close_write()
            heard = w.engine.recv(100) + w.engine.recv(100)
            w.engine.sendall(frame(1, b"answer"))
            w.engine.close()

            assert (b"question", [("stdout", b"answer")]) == (heard, list(w.attachment.frames()))

    def test_a_reset_after_unread_input_is_an_end(self) -> None:
        """A process that ends without reading its input resets the connection: that is no failure."""
        with wire() as w:
            w.attachment.write(b"never read")
            w.engine.sendall(frame(1, b"bye"))
            w.engine.close()

            assert [("stdout", b"bye")] == list(w.attachment.frames())

    def test_writing_to_what_ended_is_an_os_error(self) -> None:
        """Whoever pumps input notices that nobody takes it."""
        with wire() as w:
            w.engine.close()

            with pytest.raises(OSError, match="Broken pipe"):
                w.attachment.write(b"x")

    def test_silence_beyond_the_time_limit_ends_the_wait(self) -> None:
        """The limit holds for all the output together, however often something arrives."""
        with wire() as w:
            w.engine.sendall(frame(1, b"tick"))
            begun = time.monotonic()

            with pytest.raises(TimeoutError):
                list(w.attachment.frames(timeout=0.1))

            assert 0.09 < time.monotonic() - begun < 2

    def test_a_network_that_gives_up_is_a_lost_connection(self) -> None:
        """What the system reports after vain keep-alives is no time limit of ours, but an error."""
        with wire() as w:
            w.connection.socket.settimeout(0.01)

            with pytest.raises(EngineError) as caught:
                list(w.attachment.frames())

        assert caught.value.reference == "engine.connection-lost"

    def test_cancelling_wakes_the_reader(self) -> None:
        """A reader that waits for output hears at once that its scope was cancelled."""
        scope = CancelScope()
        with wire(scope) as w:
            threading.Timer(0.05, scope.cancel).start()

            with pytest.raises(Cancelled):
                list(w.attachment.frames())

    def test_closing_wakes_the_reader(self) -> None:
        """Closing from another thread ends the output without an error."""
        with wire() as w:
            threading.Timer(0.05, w.attachment.close).start()

            assert [] == list(w.attachment.frames())
