"""The journey builder itself: a check for leftovers that cannot fail would prove nothing elsewhere."""

import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import docker.errors
import pytest

from tests.support.engine import LABEL
from tests.support.journey import Journey

if TYPE_CHECKING:
    from docker import DockerClient

MakeJourney = Callable[[], Journey]


@pytest.fixture
def make(engine: "DockerClient", tmp_path: Path) -> Iterator[MakeJourney]:
    """Give a maker of a journey that the test closes itself; closed again, it clears what a failure left."""
    made: list[Journey] = []

    def make() -> Journey:
        made.append(Journey(tmp_path, lambda: engine))
        return made[-1]

    yield make
    for journey in made:
        for path in journey.temporary.iterdir():
            path.unlink()
        journey.close()


class TestRun:
    """What a test gets from the program that it ran."""

    def test_result(self, journey: Journey) -> None:
        """Files, arguments, input and variables reach the program; output and exit code come back."""
        journey.file(
            "bin/script.py", "import os, sys\nprint(sys.stdin.read() + os.environ['MORE'])\nsys.exit(7)\n"
        )

        result = journey.run("bin/script.py", stdin="in ", env={"MORE": "ö"}, command="python")

        assert (result.exit_code, result.stdout, result.stderr) == (7, "in ö\n", "")

    def test_environment_is_clean(self, journey: Journey, monkeypatch: pytest.MonkeyPatch) -> None:
        """What surrounds the tests, such as a CI system, is hidden from the program."""
        monkeypatch.setenv("CI", "true")
        monkeypatch.setenv("GITHUB_ACTIONS", "true")

        result = journey.run("-c", "import os; print(sorted(os.environ))", command="python")

        assert "CI'" not in result.stdout
        assert "GITHUB" not in result.stdout
        assert "HOME" in result.stdout

    def test_without_engine(self, journey: Journey) -> None:
        """A test that is not marked `engine` cannot reach one by accident."""
        result = journey.run("-c", "import docker; docker.from_env()", command="python")

        assert "no-engine.sock" in journey.variables()["DOCKER_HOST"]
        assert "DockerException" in result.stderr

    def test_no_end(self, journey: Journey) -> None:
        """A program that does not end fails the test with what it wrote until then."""
        with pytest.raises(AssertionError, match=r"did not end within 0\.5 s(.|\n)*so far"):
            journey.run(
                "-c",
                "import time; print('so far', flush=True); time.sleep(60)",
                command="python",
                timeout=0.5,
            )

    def test_signal(self, journey: Journey) -> None:
        """A test can wait for output, send a signal, and see how the program ended."""
        running = journey.start(
            "-c", "import time; print('ready', flush=True); time.sleep(60)", command="python"
        )

        result = running.wait_for("ready").signal(signal.SIGTERM).finish()

        assert result.exit_code == -signal.SIGTERM

    def test_text_that_never_comes(self, journey: Journey) -> None:
        """Waiting for text ends as soon as the program has ended without it."""
        running = journey.start("-c", "print('other')", command="python")

        with pytest.raises(AssertionError, match=r"'ready' did not appear on stdout(.|\n)*other"):
            running.wait_for("ready", timeout=30)

    def test_terminal(self, journey: Journey) -> None:
        """On a pseudo-terminal the program sees a terminal of the size that was asked for."""
        command = "import os, sys; print(sys.stdout.isatty(), os.get_terminal_size(), os.environ['TERM'])"

        with journey.terminal("-c", command, size=(30, 100), command="python") as terminal:
            terminal.expect("True os.terminal_size.columns=100, lines=30. xterm-256color")


@pytest.mark.engine
class TestLeftovers:
    """What a journey finds at its end, and clears away."""

    def test_container(self, make: MakeJourney, engine: "DockerClient", busybox: str) -> None:
        """A container with the project's label fails the journey, and is removed."""
        journey = make()
        container = engine.containers.create(busybox, "true", labels={LABEL: journey.project})

        with pytest.raises(AssertionError, match=f"container .*{container.name}"):
            journey.close()
        with pytest.raises(docker.errors.NotFound):
            container.reload()

    def test_network(self, make: MakeJourney, engine: "DockerClient") -> None:
        """A network with the project's label fails the journey, and is removed."""
        journey = make()
        network = engine.networks.create(journey.project, labels={LABEL: journey.project})

        with pytest.raises(AssertionError, match=f"network {journey.project}"):
            journey.close()
        with pytest.raises(docker.errors.NotFound):
            network.reload()

    def test_anonymous_volume(self, make: MakeJourney, engine: "DockerClient", busybox: str) -> None:
        """An anonymous volume that outlives its container fails the journey, and is removed."""
        journey = make()
        labels = {LABEL: journey.project}
        container = engine.containers.run(busybox, "true", labels=labels, volumes=["/data"], detach=True)
        container.wait()
        container.reload()
        volume = container.attrs["Mounts"][0]["Name"]
        container.remove()

        with pytest.raises(AssertionError, match=f"volume {volume}"):
            journey.close()
        with pytest.raises(docker.errors.NotFound):
            engine.volumes.get(volume)

    def test_caches(self, make: MakeJourney, engine: "DockerClient", busybox: str) -> None:
        """A cache volume may stay behind a run, and does not outlive the test."""
        journey = make()
        key = journey.project.removeprefix("journey-")
        journey.file(".taskrunner/caches/key", f"# a comment\n{key}\n")
        volume = f"taskrunner-cache-{key}-modules"
        labels = {LABEL: journey.project}
        engine.containers.run(busybox, "true", labels=labels, volumes=[f"{volume}:/cache"], remove=True)

        journey.close()

        with pytest.raises(docker.errors.NotFound):
            engine.volumes.get(volume)

    def test_image(self, make: MakeJourney, engine: "DockerClient", busybox: str) -> None:
        """An image that the project built may stay behind a run, and does not outlive the test."""
        journey = make()
        engine.images.get(busybox).tag(f"{journey.project}-build-env")

        journey.close()

        with pytest.raises(docker.errors.ImageNotFound):
            engine.images.get(f"{journey.project}-build-env")
        assert busybox in engine.images.get(busybox).tags

    def test_process(self, make: MakeJourney) -> None:
        """A child that outlives the program fails the journey, and is ended."""
        journey = make()
        child = "Popen(['sleep', '1000'], stdout=DEVNULL, stderr=DEVNULL, start_new_session=True)"
        journey.run("-c", f"from subprocess import *; {child}", command="python")

        with pytest.raises(AssertionError, match=r"process .*sleep 1000"):
            journey.close()

    def test_temporary_file(self, make: MakeJourney) -> None:
        """A temporary file that the program left fails the journey."""
        journey = make()
        journey.run("-c", "import tempfile; tempfile.mkstemp(suffix='.left')", command="python")

        with pytest.raises(AssertionError, match=r"temporary file .*\.left"):
            journey.close()

    def test_abandoned(self, make: MakeJourney, engine: "DockerClient", busybox: str) -> None:
        """What a program could not clear away because the test killed it is removed without complaint."""
        journey = make()
        container = engine.containers.create(busybox, "true", labels={LABEL: journey.project})
        journey.start("-c", "import time; time.sleep(60)", command="python")

        journey.close()

        with pytest.raises(docker.errors.NotFound):
            container.reload()

    def test_nothing(self, make: MakeJourney, engine: "DockerClient", busybox: str) -> None:
        """A run that cleans up after itself passes, whatever other projects have on the engine."""
        stranger = engine.containers.create(busybox, "true", labels={LABEL: "journey-of-somebody-else"})
        try:
            make().close()
            stranger.reload()
        finally:
            stranger.remove()
