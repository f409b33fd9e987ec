import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from taskrunner.engine import images, pulls
from taskrunner.engine.cancellation import Cancelled, CancelScope
from taskrunner.engine.client import Client
from taskrunner.engine.progress import OPERATIONS
from taskrunner.errors import EngineError
from tests.support.registry import Registry, serve_registry

if TYPE_CHECKING:
    from docker import DockerClient

    from tests.engine.conftest import Box

pytestmark = pytest.mark.engine


@pytest.fixture(scope="session")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Registry]:
    """Start a registry of our own."""
    with serve_registry(tmp_path_factory.mktemp("registry")) as served:
        yield served


@pytest.fixture
def pushed(registry: Registry, engine: "DockerClient", box: "Box") -> Iterator[str]:
    """Give the name of an image that the registry has and the engine has not."""
    name = registry.push(engine, box.image, f"taskrunner-test/pulled-{box.tag}")
    yield name
    for image in engine.images.list(name):
        for tag in (*image.tags, *image.attrs["RepoDigests"]):
            if tag.startswith(name):
                images.remove(box.client, tag)


class TestPull:
    def test_an_image_is_pulled_with_the_password_of_its_registry(
        self, box: "Box", registry: Registry, pushed: str
    ) -> None:
        """Progress is told on the way, and the engine has the image afterwards."""
        client = Client(box.client.endpoint, registry.config)
        states: list[tuple[str, int, int]] = []

        pulls.pull(client, f"{pushed}:one", lambda *state: states.append(state), None)

        pulled, original = images.inspect(client, f"{pushed}:one"), images.inspect(client, box.image)
        client.close()
        assert pulled is not None
        assert pulled == original
        assert {operation for operation, _, _ in states} <= set(OPERATIONS)
        assert all(done <= total or total == 0 for _, done, total in states)

    def test_a_digest_names_an_image_too(
        self, box: "Box", registry: Registry, pushed: str, engine: "DockerClient"
    ) -> None:
        """A reference with a digest is pulled by it."""
        client = Client(box.client.endpoint, registry.config)
        pulls.pull(client, f"{pushed}:one", lambda *_: None, None)
        digests = engine.images.get(f"{pushed}:one").attrs["RepoDigests"]
        digest = next(each for each in digests if each.startswith(pushed))
        images.remove(client, f"{pushed}:one")

        pulls.pull(client, digest, lambda *_: None, None)

        assert images.inspect(client, digest) is not None
        client.close()

    def test_without_the_password_the_remedy_is_named(self, box: "Box", pushed: str, tmp_path: Path) -> None:
        """Whoever is not logged in learns how to."""
        client = Client(box.client.endpoint, str(tmp_path))

        with pytest.raises(EngineError) as caught:
            pulls.pull(client, f"{pushed}:one", lambda *_: None, None)

        client.close()
        assert caught.value.reference == "engine.pull-failed"
        assert "docker login" in str(caught.value.hint)

    def test_a_missing_tag_is_named(self, box: "Box", registry: Registry, pushed: str) -> None:
        """Without a tag `latest` is pulled, and a tag that is not there is the registry's error."""
        client = Client(box.client.endpoint, registry.config)

        with pytest.raises(EngineError, match="latest") as caught:
            pulls.pull(client, pushed, lambda *_: None, None)

        client.close()
        assert caught.value.reference == "engine.pull-failed"

    def test_a_pull_can_be_given_up(self, box: "Box") -> None:
        """A registry that does not answer is left as soon as the scope is cancelled."""
        scope, begun = CancelScope(), time.monotonic()
        threading.Timer(0.3, scope.cancel).start()
        with socket.create_server(("127.0.0.1", 0)) as silent:
            reference = f"localhost:{silent.getsockname()[1]}/a/b"

            with pytest.raises(Cancelled):
                pulls.pull(box.client, reference, lambda *_: None, scope)

        assert time.monotonic() - begun < 3
