import json
from typing import TYPE_CHECKING

import pytest

from taskrunner.engine import pulls
from taskrunner.engine.images import split_reference
from taskrunner.engine.progress import PullProgress
from taskrunner.errors import EngineError

if TYPE_CHECKING:
    from tests.unit.engine.conftest import ScriptedEngine


class TestSplitReference:
    @pytest.mark.parametrize(
        ("reference", "name", "tag"),
        [
            ("alpine", "alpine", "latest"),
            ("alpine:3", "alpine", "3"),
            ("localhost:5000/a/b", "localhost:5000/a/b", "latest"),
            ("localhost:5000/a/b:c", "localhost:5000/a/b", "c"),
            ("a@sha256:0f", "a", "sha256:0f"),
            ("host:1/a:b@sha256:0f", "host:1/a", "sha256:0f"),
        ],
    )
    def test_a_name_never_goes_without_a_tag(self, reference: str, name: str, tag: str) -> None:
        """A digest comes before a tag, a registry's port is no tag, and without either it is `latest`."""
        assert (name, tag) == split_reference(reference)


def report(
    layer: str, status: str, current: int | None = None, total: int | None = None
) -> dict[str, object]:
    """Return what the engine reports of a layer."""
    detail = {key: value for key, value in (("current", current), ("total", total)) if value is not None}
    return {"id": layer, "status": status, "progressDetail": detail}


class TestPullProgress:
    def test_layers_are_added_up(self) -> None:
        """Bytes done and in all are sums over layers, and the operation is that of the hindmost."""
        progress = PullProgress()
        states = [
            progress.note(report("a", "Downloading", 10, 100)),
            progress.note(report("b", "Downloading", 5, 50)),
            progress.note(report("a", "Verifying Checksum")),
            progress.note(report("a", "Download complete")),
            progress.note(report("b", "Download complete")),
            progress.note(report("a", "Extracting", 50, 100)),
            progress.note(report("b", "Extracting", 10, 50)),
            progress.note(report("a", "Pull complete")),
            progress.note(report("b", "Pull complete")),
        ]

        assert states == [
            ("downloading", 10, 100),
            ("downloading", 15, 150),
            ("downloading", 105, 150),
            None,
            ("download complete", 150, 150),
            None,
            ("extracting", 60, 150),
            ("extracting", 110, 150),
            ("pull complete", 150, 150),
        ]

    def test_what_says_nothing_of_layers_is_passed_over(self) -> None:
        """The engine's other remarks change no figures."""
        progress = PullProgress()

        assert progress.note({"status": "Pulling from library/alpine", "id": "latest"}) is None
        assert progress.note({"status": "Digest: sha256:0f"}) is None
        assert progress.note(report("a", "Already exists")) is None

    def test_an_unknown_size_is_zero(self) -> None:
        """A registry that does not say how much there is leaves the total at zero."""
        assert PullProgress().note(report("a", "Downloading", 7)) == ("downloading", 7, 0)


class TestPull:
    def test_an_error_in_the_stream_is_raised_with_advice(
        self, scripted: "ScriptedEngine", ping: bytes
    ) -> None:
        """A pull that fails half-way is an error, though the engine's answer began with success."""
        lines = [report("a", "Downloading", 1, 2), {"error": "manifest unknown"}]
        body = b"".join(json.dumps(line).encode() + b"\r\n" for line in lines)
        head = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body)
        states: list[tuple[str, int, int]] = []

        with pytest.raises(EngineError, match="manifest unknown") as caught:
            pulls.pull(
                scripted.play([(ping,)], [(head, body)]), "a/b", lambda *state: states.append(state), None
            )

        assert caught.value.reference == "engine.pull-failed"
        assert "no such tag" in str(caught.value.hint)
        assert states == [("downloading", 1, 2)]
        assert b"/images/create?fromImage=a%2Fb&tag=latest " in scripted.requests[1][0]
