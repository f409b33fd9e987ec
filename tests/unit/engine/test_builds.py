import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from taskrunner.engine import classic_builds
from taskrunner.engine.build_spec import BuildError, BuildNews, BuildSpec

if TYPE_CHECKING:
    from tests.unit.engine.conftest import ScriptedEngine


class Heard:
    """What a build tells while it runs."""

    def __init__(self) -> None:
        self.steps: list[tuple[int, int, str]] = []
        self.output: list[str] = []
        self.downloads: list[tuple[int, int]] = []

    def build(self, engine: "ScriptedEngine", ping: bytes, spec: BuildSpec, *values: object) -> str:
        """Build while the engine reports these values."""
        body = b"".join(json.dumps(value).encode() + b"\r\n" for value in values)
        head = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body)
        client = engine.play([(ping,)], [(head, body[:7], body[7:])])
        return classic_builds.build(client, spec, self.news(), None)

    def news(self) -> BuildNews:
        """Return who listens to the build."""
        return BuildNews(
            step=lambda number, total, text, _stage: self.steps.append((number, total, text)),
            output=self.output.append,
            download=lambda *state: self.downloads.append(state),
        )


@pytest.fixture
def context(tmp_path: Path) -> str:
    """Give a folder with a Dockerfile."""
    folder = tmp_path / "context"
    folder.mkdir()
    (folder / "Dockerfile").write_text("FROM x\n")
    return str(folder)


class TestBuild:
    def test_steps_output_and_image_are_told_apart(
        self, scripted: "ScriptedEngine", ping: bytes, context: str
    ) -> None:
        """Steps are numbered, all output comes through in order, and the last image is the result."""
        heard = Heard()

        image = heard.build(
            scripted,
            ping,
            BuildSpec(context),
            {"stream": "Step 1/2 : FROM x"},
            {"stream": "\n"},
            {"status": "Pulling from library/x", "id": "latest"},
            {"status": "Downloading", "id": "a", "progressDetail": {"current": 1, "total": 2}},
            {"stream": "Step 2/2 : RUN echo Step 9/9 : no\n"},
            {"stream": "Step by step\n"},
            {"aux": {"ID": "sha256:1"}},
            {"aux": {"ID": "sha256:2"}},
            {"stream": "Successfully built 2\n"},
        )

        assert image == "sha256:2"
        assert heard.steps == [(1, 2, "FROM x"), (2, 2, "RUN echo Step 9/9 : no")]
        assert heard.downloads == [(1, 2)]
        assert "".join(heard.output) == (
            "Step 1/2 : FROM x\nlatest: Pulling from library/x\n"
            "Step 2/2 : RUN echo Step 9/9 : no\nStep by step\nSuccessfully built 2\n"
        )

    def test_a_failed_build_carries_its_output(
        self, scripted: "ScriptedEngine", ping: bytes, context: str
    ) -> None:
        """The error has the engine's reason, and everything that was printed before it."""
        with pytest.raises(BuildError, match="returned a non-zero code: 3") as caught:
            Heard().build(
                scripted,
                ping,
                BuildSpec(context),
                {"stream": "Step 1/1 : RUN x\n"},
                {"stream": "oh no\n"},
                {"error": "The command 'x' returned a non-zero code: 3", "errorDetail": {"code": 3}},
            )

        assert caught.value.reference == "engine.build-failed"
        assert caught.value.output == "Step 1/1 : RUN x\noh no\n"

    def test_a_build_without_an_image_is_an_error(
        self, scripted: "ScriptedEngine", ping: bytes, context: str
    ) -> None:
        """An engine that reports no image is not taken to have built one."""
        with pytest.raises(BuildError) as caught:
            Heard().build(scripted, ping, BuildSpec(context), {"stream": "done\n"})

        assert caught.value.reference == "engine.build-without-image"

    def test_everything_that_was_asked_for_is_asked_for(
        self, scripted: "ScriptedEngine", ping: bytes, context: str
    ) -> None:
        """Arguments, target, labels, tags and pulling reach the engine, and no container is left over."""
        spec = BuildSpec(context, "ci/Docker file", {"A": "b&c"}, "stage", True, ("t:1", "t:2"), {"l": "v"})

        Heard().build(scripted, ping, spec, {"aux": {"ID": "sha256:1"}})

        line = scripted.requests[1][0].split(b" HTTP/1.1")[0].decode()
        assert line == (
            "POST /v1.41/build?dockerfile=ci%2FDocker%20file&buildargs=%7B%22A%22%3A%20%22b%26c%22%7D"
            "&labels=%7B%22l%22%3A%20%22v%22%7D&target=stage&pull=1&rm=1&forcerm=1&t=t%3A1&t=t%3A2"
        )

    def test_a_refusal_before_the_context_was_read_is_heard(
        self, scripted: "ScriptedEngine", ping: bytes, context: str
    ) -> None:
        """An engine may refuse a build while we still send: its reason comes through."""
        (Path(context) / "big").write_bytes(bytes(3_000_000))
        body = b'{"message": "invalid reference format"}'
        refusal = b"HTTP/1.1 400 Bad Request\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body)
        client = scripted.play([(ping,)])
        scripted.refuse(refusal)

        with pytest.raises(BuildError, match="invalid reference format"):
            classic_builds.build(client, BuildSpec(context), Heard().news(), None)
