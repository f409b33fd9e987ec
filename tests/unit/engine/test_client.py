import socket
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from taskrunner.engine import containers, events, execs, images, networks, volumes
from taskrunner.engine.cancellation import Cancelled, CancelScope
from taskrunner.engine.client import Client
from taskrunner.engine.endpoint import Endpoint
from taskrunner.engine.errors import ApiError
from taskrunner.errors import EngineError

if TYPE_CHECKING:
    from tests.unit.engine.conftest import ScriptedEngine


def answer(body: bytes, status: bytes = b"200 OK", headers: bytes = b"") -> bytes:
    """Return an answer as it travels."""
    return b"HTTP/1.1 %b\r\n%bContent-Length: %d\r\n\r\n%b" % (status, headers, len(body), body)


def version(text: bytes, server: bytes = b"Docker/1") -> bytes:
    """Return a ping's answer with a version of the API."""
    return answer(b"OK", headers=b"Api-Version: %b\r\nServer: %b\r\n" % (text, server))


class TestPing:
    def test_an_engine_introduces_itself_once(self, scripted: "ScriptedEngine", ping: bytes) -> None:
        """What the engine says about itself is asked for once, and kept."""
        client = scripted.play([(ping,)])

        assert client.ping() is client.ping()
        assert ("1.41", "Docker/20.10.24 (linux)", "linux", "1") == client.ping()
        assert client.is_docker

    @pytest.mark.parametrize(
        ("theirs", "spoken"), [(b"1.37", b"v1.37"), (b"1.41", b"v1.41"), (b"1.99", b"v1.47")]
    )
    def test_the_older_of_both_versions_is_spoken(
        self, scripted: "ScriptedEngine", theirs: bytes, spoken: bytes
    ) -> None:
        """Calls name a version of the API that both sides know; the minor part is compared as a number."""
        scripted.play([(version(theirs),), (answer(b"{}"),)]).json("GET", "/info", dict)

        assert scripted.requests[0][1].startswith(b"GET /%b/info HTTP/1.1\r\n" % spoken)

    def test_an_engine_that_is_too_old_is_refused(self, scripted: "ScriptedEngine") -> None:
        """The error names the version that would do, however often one tries."""
        client = scripted.play([(version(b"1.9"),), (version(b"1.9"),)])

        for _ in range(2):
            with pytest.raises(EngineError, match=r"speaks version 1\.9 .* 1\.37 is needed") as caught:
                client.ping()

            assert caught.value.reference == "engine.too-old"

    def test_podman_is_told_apart(self, scripted: "ScriptedEngine") -> None:
        """An engine that only imitates Docker's is recognised by its name."""
        assert not scripted.play([(version(b"1.41", b"Libpod/5.0"),)]).is_docker

    @pytest.mark.parametrize("strange", [b"220 mail ready\r\n\r\n", answer(b"<html>")])
    def test_something_else_at_the_address_is_recognised(
        self, scripted: "ScriptedEngine", strange: bytes
    ) -> None:
        """Neither another protocol nor another web server is taken for an engine."""
        with pytest.raises(EngineError) as caught:
            scripted.play([(strange,)]).ping()

        assert caught.value.reference == "engine.not-an-engine"


class TestUnreachable:
    @pytest.mark.parametrize(
        ("kind", "reason", "advice"),
        [
            ("missing", "there is no such socket", "DOCKER_HOST"),
            ("refusing", "connection refused", "not running"),
            ("folder/below", "not a directory", "Check the address"),
        ],
    )
    def test_each_cause_has_its_advice(self, tmp_path: Path, kind: str, reason: str, advice: str) -> None:
        """The error names the address, the cause, and what to do about it."""
        (tmp_path / "folder").touch()
        with socket.socket(socket.AF_UNIX) as bound_but_deaf:
            bound_but_deaf.bind(str(tmp_path / "refusing"))
            path = str(tmp_path / kind)

            with pytest.raises(EngineError) as caught:
                Client(Endpoint("unix", path, "", 0, f"unix://{path}")).ping()

        assert caught.value.reference == "engine.unreachable"
        assert f"at unix://{path}: {reason}." in caught.value.message
        assert advice in str(caught.value.hint)

    def test_a_socket_without_permission_names_the_remedy(
        self, scripted: "ScriptedEngine", monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Somebody outside the socket's group learns which command lets them in."""

        def refuse(_path: str) -> None:
            raise PermissionError(13, "Permission denied")

        # Root, as which tests may run, is refused by no socket.
        monkeypatch.setattr("taskrunner.engine.transports._open_unix", refuse)

        with pytest.raises(EngineError, match="permission denied") as caught:
            scripted.client.ping()

        assert "usermod -aG docker" in str(caught.value.hint)

    def test_a_closed_tcp_port_is_recognised(self) -> None:
        """An address on the network is diagnosed as a socket is."""
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]

        with pytest.raises(EngineError, match="connection refused"):
            Client(Endpoint("tcp", "", "127.0.0.1", port, f"tcp://127.0.0.1:{port}")).ping()


class TestCalls:
    def test_a_connection_serves_many_calls(self, scripted: "ScriptedEngine", ping: bytes) -> None:
        """Calls that follow one another share one connection."""
        client = scripted.play([(ping,), (answer(b'{"a": 1}'),), (answer(b"", b"204 No Content"),)])

        assert client.json("GET", "/a", dict) == {"a": 1}
        assert client.request("POST", "/b", body={"x": "é"}).status == 204
        assert len(scripted.requests) == 1
        assert scripted.requests[0][2].endswith(b'\r\n\r\n{"x": "\\u00e9"}')

    def test_a_kept_connection_that_ended_is_replaced(self, scripted: "ScriptedEngine", ping: bytes) -> None:
        """An engine that closes an idle connection costs a new one, and no error."""
        client = scripted.play([(ping,)], [(answer(b'"again"'),)])
        client.ping()
        time.sleep(0.05)

        assert client.json("POST", "/x", str) == "again"

    def test_a_call_that_a_kept_connection_swallowed_is_made_again(
        self, scripted: "ScriptedEngine", ping: bytes
    ) -> None:
        """A connection that ends just as the call goes out is replaced too, where nothing came back."""
        client = scripted.play([(ping,), ()], [(answer(b'"again"'),)])

        assert client.json("GET", "/x", str) == "again"
        assert [len(each) for each in scripted.requests] == [2, 1]

    def test_a_call_that_was_answered_in_part_is_not_made_again(
        self, scripted: "ScriptedEngine", ping: bytes
    ) -> None:
        """Where a part of an answer arrived, the engine has acted: the call is an error, and made once."""
        client = scripted.play([(ping,), (b"HTTP/1.1 201 Cre",)], [(answer(b'"twice"'),)])

        with pytest.raises(EngineError) as caught:
            client.request("POST", "/x")

        assert caught.value.reference == "engine.connection-lost"
        assert len(scripted.requests) == 1

    def test_a_call_on_a_fresh_connection_is_made_once(self, scripted: "ScriptedEngine", ping: bytes) -> None:
        """An engine that goes away in the middle of a call is not asked again and again."""
        client = scripted.play([(ping,)], [()], [(answer(b'"thrice"'),)])
        client.ping()
        time.sleep(0.05)

        with pytest.raises(EngineError) as caught:
            client.request("POST", "/x")

        assert caught.value.reference == "engine.connection-lost"
        assert len(scripted.requests) == 2

    def test_silence_is_an_error_after_the_time_limit(self, scripted: "ScriptedEngine", ping: bytes) -> None:
        """A stuck engine does not make us wait for ever."""
        scripted.hold()
        client = scripted.play([(ping,), ()])

        with pytest.raises(EngineError) as caught:
            client.request("GET", "/x", timeout=0.05)

        assert caught.value.reference == "engine.timeout"

    @pytest.mark.parametrize(
        ("body", "message"),
        [
            (b'{"message": "No such image: x "}', "No such image: x"),
            (b"404 page not found\n", "404 page not found"),
            (b"[]", "[]"),
            (b"", "The engine answered with status 404."),
        ],
    )
    def test_a_refusal_has_the_engine_s_words(
        self, scripted: "ScriptedEngine", ping: bytes, body: bytes, message: str
    ) -> None:
        """The engine's own message is the error's, in whatever form it comes."""
        with pytest.raises(ApiError) as caught:
            scripted.play([(ping,), (answer(body, b"404 Not Found"),)]).request("GET", "/x")

        assert (404, message) == (caught.value.status, caught.value.message)

    def test_an_answer_that_is_no_json_is_refused(self, scripted: "ScriptedEngine", ping: bytes) -> None:
        """A proxy's page in place of the engine's answer is an error for people, not a traceback."""
        with pytest.raises(EngineError) as caught:
            scripted.play([(ping,), (answer(b"<html>"),)]).json("GET", "/x", dict)

        assert caught.value.reference == "engine.not-an-engine"

    @pytest.mark.parametrize(
        ("call", "body"),
        [
            (lambda client: containers.inspect(client, "c"), b'{"State": "running"}'),
            (lambda client: containers.find(client, {"a": None}), b'{"message": "later"}'),
            (lambda client: images.inspect(client, "i"), b'{"Id": "sha256:1", "Config": [1]}'),
            (lambda client: networks.create(client, "n", {}), b"[]"),
            (lambda client: networks.find(client, {}), b'[{"Id": "1", "Name": "n", "Created": "today"}]'),
            (lambda client: volumes.find(client, "v"), b"null"),
            (lambda client: execs.exit_code(client, "e", None, None), b'{"Running": false, "ExitCode": "x"}'),
        ],
    )
    def test_an_answer_of_another_form_is_refused(
        self, scripted: "ScriptedEngine", ping: bytes, call: Callable[[Client], object], body: bytes
    ) -> None:
        """What passes for JSON and not for the API's is an error for people too, and no fault of ours."""
        with pytest.raises(EngineError) as caught:
            call(scripted.play([(ping,), (answer(body),)]))

        assert caught.value.reference == "engine.not-an-engine"

    def test_news_of_another_form_are_refused(self, scripted: "ScriptedEngine", ping: bytes) -> None:
        """So is a line of a stream, though the lines before it were well."""
        well = b'{"Action": "die", "Actor": {"ID": "c"}, "timeNano": 1}\n'
        news = iter(
            events.departures(scripted.play([(ping,)], [(answer(well + b'{"Action": "die"}\n'),)]), "n", None)
        )

        assert next(news).id == "c"
        with pytest.raises(EngineError, match="no Docker Engine"):
            next(news)

    def test_threads_share_a_client(self, scripted: "ScriptedEngine", ping: bytes) -> None:
        """Calls that are made at once get each its own answer."""
        each: list[tuple[bytes, ...]] = [(answer(b'"x"'),)]
        client = scripted.play([(ping,)], *[each] * 8)
        client.ping()
        time.sleep(0.05)
        answers: list[str] = []
        threads = [
            threading.Thread(target=lambda: answers.append(client.json("GET", "/x", str))) for _ in range(8)
        ]

        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(5)

        assert answers == ["x"] * 8


class TestCancelling:
    def test_a_call_under_way_ends_at_once(self, scripted: "ScriptedEngine", ping: bytes) -> None:
        """A call that the engine does not answer is given up when its scope is cancelled."""
        scripted.hold()
        client, scope = scripted.play([(ping,), ()]), CancelScope()
        threading.Timer(0.05, scope.cancel).start()

        with pytest.raises(Cancelled):
            client.request("POST", "/x", scope=scope)

    def test_a_stream_under_way_ends_at_once(self, scripted: "ScriptedEngine", ping: bytes) -> None:
        """A subscription that waits for events is given up when its scope is cancelled."""
        scripted.hold()
        head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
        client, scope = scripted.play([(ping,)], [(head,)]), CancelScope()
        watch = events.watch(client, labels={}, kinds=("container",), actions=("die",), scope=scope)
        threading.Timer(0.05, scope.cancel).start()

        with pytest.raises(Cancelled):
            list(watch)

    def test_a_cancelled_scope_starts_nothing(self, scripted: "ScriptedEngine", ping: bytes) -> None:
        """What is asked for after the cancellation never reaches the engine."""
        scope = CancelScope()
        scope.cancel()
        scope.cancel()
        client = scripted.play([(ping,)], [])
        client.ping()

        with pytest.raises(Cancelled):
            client.request("GET", "/x", scope=scope)
        with pytest.raises(Cancelled):
            client.hijack("/x", scope=scope)
        with pytest.raises(Cancelled):
            scope.wait(60)
        assert len(scripted.requests[0]) == 1


class TestHijacking:
    @pytest.mark.parametrize(
        ("api", "content_type", "output"),
        [
            (b"1.41", b"raw-stream", b"out"),
            (b"1.47", b"multiplexed-stream", b"out"),
            (b"1.47", b"raw-stream", b"\1\0\0\0\0\0\0\3out"),
        ],
    )
    def test_the_content_type_tells_from_api_1_42_on_what_the_stream_is_like(
        self, scripted: "ScriptedEngine", api: bytes, content_type: bytes, output: bytes
    ) -> None:
        """Older engines call every stream raw; newer ones only one that is."""
        head = b"HTTP/1.1 101 UPGRADED\r\nContent-Type: application/vnd.docker.%b\r\n\r\n" % content_type
        client = scripted.play([(version(api),)], [(head + b"\1\0\0\0\0\0\0\3", b"out")])

        attachment = containers.attach(client, "c1", stdin=False, scope=None)
        received = b"".join(data for _, data in attachment.frames())
        attachment.close()

        assert received == output

    def test_a_refused_attachment_has_the_engine_s_words(
        self, scripted: "ScriptedEngine", ping: bytes
    ) -> None:
        """An engine that does not attach us says why."""
        refusal = answer(b'{"message": "No such container: c1"}', b"404 Not Found")

        with pytest.raises(ApiError, match="No such container: c1"):
            containers.attach(scripted.play([(ping,)], [(refusal,)]), "c1", stdin=True, scope=None)


class TestRemoving:
    def test_a_removal_under_way_elsewhere_is_waited_for(
        self, scripted: "ScriptedEngine", ping: bytes
    ) -> None:
        """Where another process removes the same container, ours returns once it is gone."""
        conflict = answer(b'{"message": "removal of container c1 is already in progress"}', b"409 Conflict")
        gone = answer(b'{"message": "No such container: c1"}', b"404 Not Found")
        state = b'{"Status": "removing", "Running": false, "Pid": 0, "ExitCode": 0}'
        client = scripted.play([(ping,), (conflict,), (answer(b'{"State": %b}' % state),), (gone,)])

        containers.remove(client, "c1")

        assert len(scripted.requests[0]) == 4

    def test_any_other_conflict_is_an_error(self, scripted: "ScriptedEngine", ping: bytes) -> None:
        """A container that the engine will not remove is not reported as removed."""
        conflict = answer(b'{"message": "container is locked"}', b"409 Conflict")

        with pytest.raises(ApiError, match="locked"):
            containers.remove(scripted.play([(ping,), (conflict,)]), "c1")
