import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from taskrunner.engine import images
from taskrunner.engine.build_spec import BuildError, BuildNews, BuildSpec
from taskrunner.engine.builds import choose
from taskrunner.engine.cancellation import Cancelled, CancelScope

if TYPE_CHECKING:
    from docker import DockerClient

    from tests.engine.conftest import Box

pytestmark = pytest.mark.engine


class Builder:
    """Builds images in a folder of its own, and removes them at the end."""

    buildkit = False

    def __init__(self, box: "Box", folder: Path) -> None:
        self.box = box
        self.folder = folder
        self.steps: list[tuple[int, int, str]] = []
        self.output = ""

    def build(self, text: str, scope: CancelScope | None = None, **settings: Any) -> str:
        """Write a Dockerfile below the test image's FROM, and build it."""
        path = self.folder / str(settings.get("dockerfile", "Dockerfile"))
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"FROM {self.box.image} AS base\n{text}")
        spec = BuildSpec(str(self.folder), labels=self.box.labels)._replace(**settings)
        news = BuildNews(self.note_step, self.hear, lambda *_: None)
        builder = choose(self.box.client, spec, wanted=self.buildkit)
        assert builder.name == ("buildkit" if self.buildkit else "classic")
        return builder.build(self.box.client, spec, news, scope)

    def note_step(self, number: int, total: int, instruction: str, stage: str) -> None:
        """Take note of a step."""
        self.steps.append((number, total, f"{stage} {instruction}".strip()))

    def hear(self, text: str) -> None:
        """Take note of what a build prints."""
        self.output += text

    def print_of(self, image: str, *command: str) -> str:
        """Return what a command prints in a container of an image."""
        self.box.image = image
        return self.box.output(*command)["stdout"].decode()


@pytest.fixture
def builder(box: "Box", tmp_path: Path) -> Iterator[Builder]:
    """Give a builder; its images are gone afterwards."""
    folder = tmp_path / "context"
    folder.mkdir()
    yield Builder(box, folder)
    box.close()
    for image in images.find(box.client, box.labels):
        for name in image.tags or (image.id,):
            images.remove(box.client, name)


class TestBuild:
    def test_files_arrive_as_the_ignore_file_says(self, builder: Builder) -> None:
        """Only what is not ignored is copied, with its mode, its links and root as its owner."""
        (builder.folder / "folder").mkdir()
        for name in ("kept.txt", "left.out", "folder/kept.sh", "folder/left.out"):
            (builder.folder / name).write_text(name)
        (builder.folder / "folder/kept.sh").chmod(0o711)
        (builder.folder / "link").symlink_to("kept.txt")
        (builder.folder / ".dockerignore").write_text("**/*.out\nDockerfile\n")

        image = builder.build("COPY . /copied\n")
        listing = builder.print_of(
            image, "sh", "-c", "cd /copied && find . | sort | xargs stat -c '%n %u %a'"
        )

        lines = {line.split()[0]: line.split()[1:] for line in listing.splitlines()}
        assert {".", "./folder", "./folder/kept.sh", "./kept.txt", "./link"} <= lines.keys()
        assert not [name for name in lines if name.endswith(".out")]
        assert lines["./folder/kept.sh"] == ["0", "711"]
        assert builder.print_of(image, "cat", "/copied/link") == "kept.txt"

    def test_arguments_target_and_another_dockerfile_are_heeded(
        self, builder: Builder, engine: "DockerClient"
    ) -> None:
        """The named stage of the named file is built with the arguments, and gets all tags and labels."""
        tags = (f"taskrunner-test/build:{builder.box.tag}", f"taskrunner-test/build:{builder.box.tag}-2")
        image = builder.build(
            "ARG WORD\nRUN echo said-$WORD\nENV WORD=$WORD\nFROM base AS later\nRUN exit 1\n",
            dockerfile="ci/Other.Dockerfile",
            args={"WORD": "hello"},
            target="base",
            tags=tags,
        )
        seen = engine.images.get(image)

        assert set(seen.tags) == set(tags)
        assert "WORD=hello" in seen.attrs["Config"]["Env"]
        assert seen.labels.items() >= builder.box.labels.items()
        assert "said-hello\n" in builder.output
        assert [step[2].split()[0] for step in builder.steps][:4] == ["FROM", "ARG", "RUN", "ENV"]
        assert [step[0] for step in builder.steps] == list(range(1, builder.steps[0][1] + 1))
        assert [found.id for found in images.find(builder.box.client, builder.box.labels)] == [image]

    def test_a_build_that_fails_tells_why_and_leaves_nothing(
        self, builder: Builder, engine: "DockerClient"
    ) -> None:
        """The error names the command, its output is all there, and no container is left of it."""
        with pytest.raises(BuildError, match="returned a non-zero code: 3") as caught:
            builder.build("RUN echo the reason >&2; exit 3\n")

        assert "the reason\n" in caught.value.output
        assert caught.value.output == builder.output
        label = "{}={}".format(*next(iter(builder.box.labels.items())))
        assert [] == engine.containers.list(all=True, filters={"label": label})

    @pytest.mark.parametrize(
        ("dockerfile", "settings", "message"),
        [
            ("COPY missing /x\n", {}, "missing"),
            ("NONSENSE\n", {}, "unknown instruction"),
            ("", {"target": "absent"}, "absent"),
            ("", {"tags": ("Not Valid",)}, "invalid reference"),
        ],
        ids=["copy", "syntax", "target", "tag"],
    )
    def test_mistakes_are_told_in_the_engine_s_words(
        self, builder: Builder, dockerfile: str, settings: dict[str, Any], message: str
    ) -> None:
        """What is wrong with a build is a BuildError, whenever the engine finds out."""
        with pytest.raises(BuildError, match=message):
            builder.build(dockerfile, **settings)

    def test_a_large_context_arrives(self, builder: Builder) -> None:
        """A file of 64 MiB is streamed through, and whole at the other end."""
        with open(builder.folder / "big", "wb") as file:
            file.truncate(64 << 20)

        image = builder.build("COPY big /big\n")

        assert builder.print_of(image, "stat", "-c", "%s", "/big") == f"{64 << 20}\n"

    def test_a_build_can_be_given_up(self, builder: Builder) -> None:
        """A build ends at once when its scope is cancelled, and the engine ends it too."""
        scope, begun = CancelScope(), time.monotonic()

        def cancel_once_running() -> None:
            while "Running in" not in builder.output and time.monotonic() - begun < 20:
                time.sleep(0.02)
            scope.cancel()

        threading.Thread(target=cancel_once_running).start()

        with pytest.raises(Cancelled):
            builder.build("RUN sleep 100\n", scope)

        assert "Running in" in builder.output
        assert time.monotonic() - begun < 20
