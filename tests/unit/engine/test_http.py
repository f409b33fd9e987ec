from itertools import repeat
from typing import TYPE_CHECKING, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from taskrunner.engine.http import Connection, Dropped, Garbled, encode_query, quote
from taskrunner.engine.streams import decode_json, json_lines

if TYPE_CHECKING:
    import socket

CHUNKED = (
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    b"5\r\nhello\r\n1;ext=1\r\n \r\nA\r\n0123456789\r\n0\r\nTrailer: x\r\n\r\n"
)


class Pieces:
    """A socket from which exactly these pieces can be received, and then the end."""

    def __init__(self, *pieces: bytes) -> None:
        self._pieces = [piece for piece in pieces if piece]

    def recv(self, _size: int) -> bytes:
        """Return the next piece."""
        return self._pieces.pop(0) if self._pieces else b""


def receiving(*pieces: bytes) -> Connection:
    """Return a connection on which these pieces arrive."""
    return Connection(cast("socket.socket", Pieces(*pieces)))


def body_of(*pieces: bytes) -> bytes:
    """Return the body of the answer in these pieces."""
    connection = receiving(*pieces)
    return b"".join(connection.read_body(connection.read_head()))


class TestBodies:
    @pytest.mark.parametrize("cut", range(len(CHUNKED) + 1))
    def test_chunks_are_joined_wherever_the_stream_is_cut(self, cut: int) -> None:
        """A chunked body with an extension and a trailer is whole, at each place where packets may part."""
        assert body_of(CHUNKED[:cut], CHUNKED[cut:]) == b"hello 0123456789"

    @given(data=st.data())
    def test_any_chunking_of_any_bytes_is_read_back(self, data: st.DataObject) -> None:
        """Whatever the bytes, the chunks and the packets are, the body is what was sent."""
        chunks = data.draw(st.lists(st.binary(min_size=1, max_size=40), max_size=6))
        wire = b"HTTP/1.1 200 OK\r\ntransfer-encoding: Chunked\r\n\r\n"
        wire += b"".join(b"%x\r\n%b\r\n" % (len(chunk), chunk) for chunk in chunks) + b"0\r\n\r\n"
        cuts = sorted(data.draw(st.lists(st.integers(0, len(wire)), max_size=6)))
        pieces = [wire[a:b] for a, b in zip([0, *cuts], [*cuts, len(wire)], strict=True)]

        assert body_of(*pieces) == b"".join(chunks)

    def test_a_counted_body_ends_where_its_length_says(self) -> None:
        """What follows a body of known length is left for the next answer."""
        answer = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n"
        connection = receiving(answer + b"ab" + answer + b"cd")

        bodies = [b"".join(connection.read_body(connection.read_head())) for _ in range(2)]

        assert bodies == [b"ab", b"cd"]

    @pytest.mark.parametrize("status", [204, 304])
    def test_statuses_without_a_body_have_none(self, status: int) -> None:
        """No body is waited for where the status says that there is none."""
        assert body_of(b"HTTP/1.1 %d x\r\n\r\n" % status) == b""

    def test_a_body_of_unknown_length_goes_on_to_the_end(self) -> None:
        """Without a length, the body is all that comes before the connection ends."""
        assert body_of(b"HTTP/1.1 200 OK\r\n\r\nab", b"cd") == b"abcd"

    @pytest.mark.parametrize("header", [b"Content-Length: 9", b"Transfer-Encoding: chunked"])
    def test_a_body_that_breaks_off_is_an_error(self, header: bytes) -> None:
        """An answer that ends too early is never taken for a whole one."""
        with pytest.raises(Dropped) as caught:
            body_of(b"HTTP/1.1 200 OK\r\n%b\r\n\r\n" % header, b"3\r\nab")

        assert caught.value.received


class TestHeads:
    def test_names_are_taken_in_any_case_and_values_stripped(self) -> None:
        """Headers are found by their lower-case name."""
        head = receiving(b"HTTP/1.1 200 OK\r\nApi-VERSION:  1.41 \r\n\r\n").read_head()

        assert (200, {"api-version": "1.41"}) == (head.status, head.headers)

    def test_interim_answers_are_passed_over(self) -> None:
        """An answer such as 100 Continue is not the one that was waited for."""
        connection = receiving(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 201 Created\r\n\r\n")

        assert connection.read_head().status == 201

    def test_bytes_behind_a_switch_of_protocols_are_kept(self) -> None:
        """What arrives in one packet with a 101 is the beginning of the stream, and is handed over once."""
        connection = receiving(b"HTTP/1.1 101 UPGRADED\r\n\r\nfirst")
        connection.read_head()

        assert [b"first", b""] == [connection.take_leftover(), connection.take_leftover()]

    def test_an_end_before_any_answer_is_told_apart(self) -> None:
        """Only where nothing at all arrived may a call be made again."""
        with pytest.raises(Dropped) as caught:
            receiving().read_head()

        assert not caught.value.received

    @pytest.mark.parametrize(
        "answer",
        [
            b"SSH-2.0-OpenSSH_9.2\r\n\r\n",
            b"HTTP/1.1 abc\r\n\r\n",
            b"HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\n",
            b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n",
            b"x" * (2 << 20),
        ],
        ids=["ssh", "status", "length", "negative", "chunk", "endless"],
    )
    def test_what_is_no_http_is_refused(self, answer: bytes) -> None:
        """Something else at the engine's address is recognised, and never read without end."""
        with pytest.raises(Garbled):
            body_of(answer)

    @pytest.mark.parametrize(
        ("headers", "kept"),
        [
            (b"Content-Length: 0\r\n", True),
            (b"Transfer-Encoding: chunked\r\n", True),
            (b"Content-Length: 0\r\nConnection: close\r\n", False),
            (b"", False),
        ],
    )
    def test_a_connection_is_kept_only_where_its_answer_has_an_end(self, headers: bytes, kept: bool) -> None:
        """A connection is used again neither against the engine's word nor without a known end."""
        assert kept == receiving(b"HTTP/1.1 200 OK\r\n%b\r\n" % headers).read_head().keeps_alive


class TestTargets:
    @pytest.mark.parametrize(
        ("text", "encoded"),
        [("a-z_0.9~", "a-z_0.9~"), ("a b&c=d/é%", "a%20b%26c%3Dd%2F%C3%A9%25"), ("", "")],
    )
    def test_text_is_percent_encoded(self, text: str, encoded: str) -> None:
        """Nothing in a name can break out of its place in a request."""
        assert encoded == quote(text)

    def test_parameters_without_a_value_are_left_out_and_names_may_recur(self) -> None:
        """A query has what is set, in order, as often as it is given."""
        assert encode_query([("t", "a:1"), ("x", None), ("t", "b"), ("n", 0)]) == "?t=a%3A1&t=b&n=0"
        assert encode_query({}) == ""


class Endless:
    """A socket from which one piece can be received, and then another for ever."""

    def __init__(self, first: bytes, then: bytes) -> None:
        self._first = first
        self._then = then

    def recv(self, _size: int) -> bytes:
        """Return the next piece."""
        first, self._first = self._first, b""
        return first or self._then


OK = b"HTTP/1.1 200 OK\r\n"
CHUNKS = OK + b"Transfer-Encoding: chunked\r\n\r\n"


class TestWithoutEnd:
    """An engine that wants to fill our memory, or to keep us for ever, is told to be none."""

    @pytest.mark.parametrize(
        ("first", "then"),
        [
            pytest.param(OK, b"X-More: header\r\n", id="headers"),
            pytest.param(OK, b"x" * 65536, id="a header"),
            pytest.param(b"", b"HTTP/1.1 100 Continue\r\n\r\n", id="interim answers"),
            pytest.param(CHUNKS, b"10000\r\n" + b" " * 65536 + b"\r\n", id="chunks"),
            pytest.param(CHUNKS, b"1" * 65536, id="the size of a chunk"),
            pytest.param(CHUNKS + b"0\r\n", b"X-More: trailer\r\n", id="trailers"),
            pytest.param(OK + b"Content-Length: 99999999999999\r\n\r\n", b" " * 65536, id="a counted body"),
            pytest.param(OK + b"\r\n", b" " * 65536, id="a body of unknown length"),
        ],
    )
    def test_an_answer(self, first: bytes, then: bytes) -> None:
        """Reading it ends."""
        connection = Connection(cast("socket.socket", Endless(first, then)))

        with pytest.raises(Garbled):
            connection.read_whole(connection.read_head())

    def test_a_line_of_a_stream(self) -> None:
        """Neither is a line of progress waited for that never ends."""
        with pytest.raises(Garbled):
            list(json_lines(repeat(b" " * 65536)))

    def test_a_value_in_a_value_in_a_value(self) -> None:
        """What is nested too deeply to be read is no answer."""
        with pytest.raises(Garbled):
            decode_json(b"[" * 200_000)
