"""Images from a private registry: Debian's docker-registry with a password, on loopback."""

import contextlib
import io
import json
import os
import tarfile
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest
from docker.errors import ImageNotFound

from tests.support.journey import Journey
from tests.support.registry import PASSWORD, Registry, bad_line, serve_registry

if TYPE_CHECKING:
    from docker import DockerClient

pytestmark = pytest.mark.engine

HELPER = """\
#!/bin/sh
# Docker's protocol for credential helpers: a registry on stdin, JSON on stdout.
read -r registry
case "$registry" in
  localhost:*) printf '{"ServerURL": "%%s", "Username": "me", "Secret": "%s"}' "$registry" ;;
  *) echo 'credentials not found in native keychain'; exit 1 ;;
esac
"""

BUILD = """\
containers: {app: {build_directory: image}}
tasks: {go: {run: {container: app, command: cat /told}}}
"""


@pytest.fixture(scope="module")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Registry]:
    """Start a registry of our own."""
    with serve_registry(tmp_path_factory.mktemp("registry")) as served:
        yield served


@pytest.fixture
def image(registry: Registry, journey: Journey, engine: "DockerClient", busybox: str) -> Iterator[str]:
    """Give the name of an image that the registry has and the engine has not."""
    source = f"{journey.project}-source:1"
    container = engine.containers.create(busybox)
    container.put_archive("/", incompressible())
    container.commit(*source.split(":"))
    container.remove()
    name = registry.push(engine, source, f"taskrunner-test/{journey.project}")
    engine.images.remove(source)
    yield f"{name}:one"
    path = name.partition("/")[2]
    for found in engine.images.list():
        # A repository may be known under two addresses of one registry.
        for each in (*found.tags, *found.attrs["RepoDigests"]):
            if each.partition("/")[2].startswith(path):
                with contextlib.suppress(ImageNotFound):
                    engine.images.remove(each, force=True)


def incompressible() -> bytes:
    """Return an archive with a file that no other image has, and that stays as large as it is."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        info = tarfile.TarInfo("noise")
        info.size = 1_000_000
        archive.addfile(info, io.BytesIO(os.urandom(info.size)))
    return buffer.getvalue()


def docker_config(journey: Journey, text: str, helper: str | None = None) -> None:
    """Write Docker's config, and a credential helper called `fake`."""
    folder = journey.home / ".docker"
    folder.mkdir(exist_ok=True)
    (folder / "config.json").write_text(text)
    if helper is not None:
        journey.file("bin/docker-credential-fake", helper, 0o755)


def run(journey: Journey, image: str, policy: str = "IfNotPresent") -> tuple[int, list[dict[str, Any]], str]:
    """Run a task in a container of the image; return exit code, events and errors."""
    journey.file(
        "taskrunner.yml",
        f"containers: {{app: {{image: '{image}', image_pull_policy: {policy}}}}}\n"
        "tasks: {go: {run: {container: app, command: echo pulled}}}\n",
    )
    path = f"{journey.folder}/bin:{journey.environment['PATH']}"
    result = journey.run("run", "-o", "json", "go", env={"PATH": path})
    return result.exit_code, [json.loads(line) for line in result.stdout.splitlines()], result.stderr


def failure(events: list[dict[str, Any]]) -> str:
    """Return why a pull failed."""
    return str(next(event["message"] for event in events if event["event"] == "ImagePullFailed"))


def test_the_password_of_config_json(journey: Journey, registry: Registry, image: str) -> None:
    """A private image is pulled with it, and again only where the config says so; progress is told."""
    docker_config(journey, registry.login())

    code, events, errors = run(journey, image)
    assert (code, errors) == (0, "")
    progress = [event for event in events if event["event"] == "ImagePullProgress"]
    assert all(event["done"] <= event["total"] or event["total"] == 0 for event in progress)
    pulled = {
        policy: [e["pulled"] for e in run(journey, image, policy)[1] if e["event"] == "ImagePulled"]
        for policy in ("IfNotPresent", "Always")
    }
    assert pulled == {"IfNotPresent": [False], "Always": [True]}


@pytest.mark.parametrize("kind", ["credsStore", "credHelpers"])
def test_helpers(journey: Journey, registry: Registry, image: str, kind: str) -> None:
    """A store for all registries and a helper for this one are both asked for the password."""
    value = "fake" if kind == "credsStore" else {registry.address: "fake"}
    docker_config(journey, json.dumps({kind: value}), HELPER % PASSWORD)

    code, _, errors = run(journey, image)
    assert (code, errors) == (0, "")


@pytest.mark.parametrize(
    ("stored", "told"),
    [
        (("{}", None), "run `docker login {address}` first"),
        (("wrong", None), "does not accept the credentials that are stored for it: `docker login {address}`"),
        (('{"credsStore": "none-such"}', None), "docker-credential-none-such, which is not on the PATH"),
        (('{"credsStore": "fake"}', "#!/bin/sh\necho locked; exit 1\n"), "docker-credential-fake failed: "),
        (('{"credsStore": "fake"}', HELPER.replace("localhost:*", "other")), "has nothing for it"),
    ],
    ids=["none", "wrong", "absent-helper", "broken-helper", "empty-helper"],
)
def test_what_is_wrong_with_credentials_is_told(
    journey: Journey, registry: Registry, image: str, stored: tuple[str, str | None], told: str
) -> None:
    """Each way to have no good credentials gets a remedy of its own, with the registry's name."""
    config, helper = stored
    docker_config(journey, registry.login(password="stale") if config == "wrong" else config, helper)

    code, events, _ = run(journey, image)
    assert code == 125
    assert told.format(address=registry.address) in failure(events)


@pytest.mark.parametrize("after", [0, 100_000], ids=["first-answer", "layer"])
def test_a_transfer_that_breaks_off_is_tried_again(
    journey: Journey, registry: Registry, image: str, after: int
) -> None:
    """A line that cuts answers off costs time, be it the first answer or in the middle of a layer."""
    with bad_line(registry) as line:
        docker_config(journey, registry.login(line.address))
        # Go's client of HTTP tries a request again itself where a connection that it had kept is closed.
        line.cuts, line.after = (3 if after == 0 else 1), after

        code, events, errors = run(journey, image.replace(registry.address, line.address))

        assert (code, errors) == (0, "")
        assert line.cuts == 0
        told = {event["operation"] for event in events if event["event"] == "ImagePullProgress"}
        assert "waiting to try again" in told


def test_a_line_that_stays_bad_is_given_up(journey: Journey, registry: Registry, image: str) -> None:
    """After three attempts the reason and a remedy are told."""
    with bad_line(registry) as line:
        docker_config(journey, registry.login(line.address))
        line.cuts = 1000

        code, events, _ = run(journey, image.replace(registry.address, line.address))

    assert code == 125
    assert "EOF" in failure(events)
    assert "broke off each time" in failure(events)


@pytest.mark.parametrize("buildkit", ["0", "1"])
@pytest.mark.parametrize("cuts", [2, 1000], ids=["for a while", "for good"])
def test_a_base_image_whose_transfer_breaks_off(
    journey: Journey, registry: Registry, image: str, buildkit: str, cuts: int
) -> None:
    """A build is tried again, too, and told is what came of it in the end."""
    with bad_line(registry) as line:
        docker_config(journey, registry.login(line.address))
        journey.file("taskrunner.yml", BUILD)
        base = image.replace(registry.address, line.address)
        journey.file("image/Dockerfile", f"FROM {base}\nRUN echo based > /told\n")
        line.cuts = cuts

        result = journey.run("run", "-o", "all", "go", env={"DOCKER_BUILDKIT": buildkit})

    assert (0 if cuts == 2 else 125) == result.exit_code, result
    assert "Trying again: " in result.stdout
    assert ("broke off each time" in result.stdout) == (cuts == 1000)


@pytest.mark.parametrize("buildkit", ["0", "1"])
def test_a_private_base_image(journey: Journey, registry: Registry, image: str, buildkit: str) -> None:
    """A build gets its base image with the same credentials, by either builder."""
    docker_config(journey, json.dumps({"credHelpers": {registry.address: "fake"}}), HELPER % PASSWORD)
    journey.file("taskrunner.yml", BUILD)
    journey.file("image/Dockerfile", f"FROM {image}\nRUN echo based > /told\n")
    path = f"{journey.folder}/bin:{journey.environment['PATH']}"

    result = journey.run("run", "-o", "json", "go", env={"DOCKER_BUILDKIT": buildkit, "PATH": path})
    events = [json.loads(line) for line in result.stdout.splitlines()]
    assert (result.exit_code, result.stderr) == (0, "")
    assert "based\n" in [event["text"] for event in events if event["event"] == "ContainerOutput"]
    downloads = [event for event in events if event["event"] == "ImageBuildDownload"]
    assert downloads
    assert all(event["done"] <= event["total"] for event in downloads)


def test_a_build_that_asks_the_registry_each_time(journey: Journey, registry: Registry, image: str) -> None:
    """With `image_pull_policy: Always` no build is left out: the base image may be another one by now."""
    docker_config(journey, registry.login())
    journey.file("taskrunner.yml", BUILD.replace("image}", "image, image_pull_policy: Always}"))
    journey.file("image/Dockerfile", f"FROM {image}\nRUN echo based > /told\n")

    for _ in range(2):
        result = journey.run("run", "go")
        assert result.exit_code == 0, result
        assert "Building app..." in result.stdout


@pytest.mark.parametrize("buildkit", ["0", "1"])
def test_a_private_base_image_without_a_password(journey: Journey, image: str, buildkit: str) -> None:
    """The remedy is told with either builder."""
    journey.file("taskrunner.yml", BUILD).file("image/Dockerfile", f"FROM {image}\n")

    result = journey.run("run", "go", env={"DOCKER_BUILDKIT": buildkit})
    assert result.exit_code == 125
    assert "docker login" in result.stderr
