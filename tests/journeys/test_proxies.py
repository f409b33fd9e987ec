"""Proxies of the host: what containers and builds get, and a real proxy on localhost, reached from both."""

import contextlib
import os
import socket
from collections.abc import Iterator

import pytest

from taskrunner.host.relay import accepting, interface_address, join
from tests.support.journey import Journey
from tests.support.proxy import Proxy

pytestmark = pytest.mark.engine

CONFIG = """\
containers:
  db: {image: taskrunner-test/busybox:1, command: sleep 600, additional_hostnames: [other]}
  app: {image: taskrunner-test/busybox:1, dependencies: [db]}
  own: {image: taskrunner-test/busybox:1, environment: {http_proxy: "http://own:1"}}
  built: {build_directory: image}
tasks:
  show: {run: {container: app, command: sh -c 'env | grep -i proxy | sort'}}
  own: {run: {container: own, command: sh -c 'echo $http_proxy'}}
  fetch: {run: {container: app, command: wget -q -O - http://somewhere.example/}}
  build: {run: {container: built, command: cat /page}}
"""
DOCKERFILE = """\
FROM taskrunner-test/busybox:1
ENV UNIQUE=nothing
RUN wget -q -O /page http://somewhere.example/
"""


@pytest.fixture(params=["127.0.0.1", "0.0.0.0"])  # a proxy for this machine, and one for all
def proxy(request: pytest.FixtureRequest) -> Iterator[Proxy]:
    """Give a proxy."""
    made = Proxy(request.param)
    yield made
    made.close()


@pytest.fixture
def project(journey: Journey) -> Journey:
    """Give a project."""
    return journey.file("taskrunner.yml", CONFIG).file(
        "image/Dockerfile", DOCKERFILE.replace("nothing", journey.project)
    )


def test_what_containers_get(project: Journey) -> None:
    """Each variable in both cases, and the task's containers are reached without."""
    env = {
        "http_proxy": "http://proxy.example:1",
        "HTTPS_PROXY": "http://proxy.example:2",
        "no_proxy": "x.example",
    }
    result = project.run("run", "-o", "quiet", "show", env=env)

    assert (
        "HTTPS_PROXY=http://proxy.example:2\n"
        "HTTP_PROXY=http://proxy.example:1\n"
        "NO_PROXY=x.example,db,other,app\n"
        "http_proxy=http://proxy.example:1\n"
        "https_proxy=http://proxy.example:2\n"
        "no_proxy=x.example,db,other,app\n"
    ) == result.stdout


def test_none_are_handed_on(project: Journey) -> None:
    """--no-proxy-vars means none, and what the config says always wins."""
    env = {"http_proxy": "http://localhost:1"}
    assert "" == project.run("run", "-o", "quiet", "--no-proxy-vars", "show", env=env).stdout
    assert "http://own:1\n" == project.run("run", "-o", "quiet", "own", env=env).stdout


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
def test_a_proxy_on_localhost_at_run_time(project: Journey, proxy: Proxy, host: str) -> None:
    """A container with a network of its own reaches the host's proxy."""
    env = {"http_proxy": f"http://{host}:{proxy.port}"}
    result = project.run("run", "-o", "quiet", "fetch", env=env)

    assert (0, "by the proxy\n") == (result.exit_code, result.stdout), result
    assert ["http://somewhere.example/"] == proxy.asked


def test_a_proxy_on_localhost_at_build_time(project: Journey, proxy: Proxy) -> None:
    """So does a build, and what it was told of the proxy is no part of the image."""
    env = {"HTTP_PROXY": f"http://localhost:{proxy.port}/"}
    result = project.run("run", "-o", "quiet", "build", env=env)

    assert (0, "by the proxy\n") == (result.exit_code, result.stdout), result
    assert ["http://somewhere.example/"] == proxy.asked


def test_parallel_runs(project: Journey) -> None:
    """Two runs reach the same proxy, each by a way of its own, which ends with it."""
    with contextlib.closing(Proxy("127.0.0.1")) as proxy:
        env = {"http_proxy": f"http://localhost:{proxy.port}"}
        running = [project.start("run", "-o", "quiet", "fetch", env=env) for _ in range(2)]
        results = [each.finish() for each in running]

        assert ["by the proxy\n"] * 2 == [result.stdout for result in results]
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection((interface_address("docker0") or "", proxy.port), 5)


def test_a_proxy_that_is_not_there(project: Journey) -> None:
    """Then it is the program's to complain; nothing of ours waits for it."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    result = project.run("run", "-o", "quiet", "fetch", env={"http_proxy": f"http://localhost:{port}"})

    assert 1 == result.exit_code
    assert "wget" in result.stderr


@contextlib.contextmanager
def tcp_door() -> Iterator[str]:
    """Give an address by which an engine of another machine could be reached, and which leads to ours."""

    def serve(theirs: socket.socket) -> None:
        with theirs, socket.socket(socket.AF_UNIX) as ours:
            ours.connect(os.environ.get("DOCKER_HOST", "unix:///var/run/docker.sock").removeprefix("unix://"))
            join(theirs, ours)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        accepting(listener, serve, "door")
        yield f"tcp://127.0.0.1:{listener.getsockname()[1]}"
        listener.shutdown(socket.SHUT_RDWR)


@pytest.mark.parametrize("style", ["quiet", "simple"])
def test_an_engine_that_may_be_elsewhere(project: Journey, style: str) -> None:
    """A proxy that cannot be reached from there is told of, once, and only where it is handed on."""
    with tcp_door() as address:
        env = {"DOCKER_HOST": address, "http_proxy": "http://localhost:1"}
        told = project.run("run", "-o", style, "show", env=env)
        none = project.run("run", "-o", style, "--no-proxy-vars", "show", env=env)

    assert 0 == told.exit_code
    assert 1 == told.stderr.count("Containers and builds cannot reach the proxy of http_proxy.")
    assert f"the engine at {address} is, or may be, on another machine" in told.stderr
    assert "--no-proxy-vars" in told.stderr
    assert "http_proxy=http://localhost:1\n" in told.stdout
    assert "" == none.stderr
