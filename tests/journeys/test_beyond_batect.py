"""What batect's users asked for, on a real engine: variables, limits, networks, one-shots, checks."""

import uuid
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from taskrunner.execution.labels import PROJECT
from tests.support.journey import Journey

if TYPE_CHECKING:
    from docker import DockerClient

pytestmark = pytest.mark.engine


def config(journey: Journey, image: str, text: str) -> None:
    """Write a config in which IMAGE stands for an image."""
    journey.file("taskrunner.yml", f"project_name: {journey.project}\n{text.replace('IMAGE', image)}")


def test_variables_and_words(journey: Journey, busybox: str) -> None:
    """Files of variables, passed-on variables, and expressions in image and command reach the container."""
    name, _, tag = busybox.rpartition(":")
    journey.file("common.env", "GREETING='hello from a file'\nLEVEL=file\n")
    config(
        journey,
        name,
        """
containers:
  app:
    image: IMAGE:<tag
    env_file: common.env
    environment: [LEVEL=written, FROM_HOST, NOT_SET]
    command: [sh, -c, 'echo "\\$GREETING" "\\$LEVEL" "\\$FROM_HOST" "\\${NOT_SET-unset}" "\\$0"', "<what"]
config_variables: {tag: {}, what: {default: two words}}
tasks:
  go: {run: {container: app}}
""",
    )

    result = journey.run("-o", "quiet", "run", "go", "--config-var", f"tag={tag}", env={"FROM_HOST": "host"})

    assert (0, "hello from a file written host unset two words\n") == (result.exit_code, result.stdout)


def test_limits(journey: Journey, busybox: str, engine: "DockerClient") -> None:
    """The engine is asked for the limits that the config has, and they hold in the container."""
    config(
        journey,
        busybox,
        """
containers:
  app:
    image: IMAGE
    platform: linux/PLATFORM
    ulimits: {nofile: {soft: 100, hard: 200}}
    mem_limit: 64m
    cpus: 0.5
    command: sh -c 'ulimit -Sn; ulimit -Hn; hostname; sleep 60'
tasks:
  go: {run: {container: app}}
""".replace("PLATFORM", engine.images.get(busybox).attrs["Architecture"]),
    )

    running = journey.start("-o", "quiet", "run", "go")
    running.wait_for("200\n")
    label = {"label": f"{PROJECT}={journey.project}"}
    (container,) = engine.containers.list(filters=label)
    host = container.attrs["HostConfig"]
    running.signal(2)

    assert running.finish().stdout.startswith("100\n200\n")
    assert (host["Memory"], host["NanoCpus"]) == (64 * 1024**2, 500_000_000)


def test_a_platform_that_there_is_no_image_for(journey: Journey, busybox: str) -> None:
    """An image of another platform is not taken for the one that is asked for."""
    config(
        journey,
        busybox,
        "containers: {app: {image: IMAGE, platform: linux/s390x}}\ntasks: {go: {run: {container: app}}}",
    )

    result = journey.run("run", "go")

    assert result.exit_code == 125
    assert "Could not pull" in result.stderr + result.stdout


@pytest.fixture
def shared(engine: "DockerClient", busybox: str) -> Iterator[str]:
    """Give a network of somebody else's, with a container `neighbour` in it."""
    name = f"shared-{uuid.uuid4().hex[:8]}"
    network = engine.networks.create(name)
    container = engine.containers.create(busybox, ["sleep", "300"], name=f"neighbour-{name}")
    network.connect(container, aliases=["neighbour"])
    container.start()
    yield name
    container.remove(force=True)
    network.remove()


NETWORKS = """
containers:
  app:
    image: IMAGE
    networks: [NETWORK]
    dependencies: [other]
    command: sh -c 'nslookup neighbour >/dev/null && nslookup other >/dev/null && echo both'
  other: {image: IMAGE, command: sleep 60}
  alone: {image: IMAGE, networks: [NETWORK], command: sh -c 'ping -c 1 neighbour >/dev/null && echo reached'}
tasks:
  both: {run: {container: app}}
  alone: {run: {container: alone}}
"""


def test_further_networks(journey: Journey, busybox: str, shared: str) -> None:
    """A container joins networks of others besides its task's own, under its names."""
    config(journey, busybox, NETWORKS.replace("NETWORK", shared))

    assert journey.run("-o", "quiet", "run", "both").stdout == "both\n"
    assert journey.run("-o", "quiet", "run", "alone").stdout == "reached\n"
    assert journey.run("-o", "quiet", "run", "alone", "--use-network", shared).stdout == "reached\n"


def test_a_network_that_is_not_there(journey: Journey, busybox: str) -> None:
    """A network that does not exist fails the task before anything starts, with what to do."""
    config(journey, busybox, NETWORKS.replace("NETWORK", "nobody-made-this"))

    result = journey.run("run", "alone")

    assert result.exit_code == 125
    assert "The network 'nobody-made-this', which the container joins, does not exist." in result.stderr
    assert "docker network create nobody-made-this" in result.stderr


ONE_SHOT = """
containers:
  app:
    image: IMAGE
    volumes: [".:/code"]
    command: cat /code/order
    dependencies: {migrate: {condition: service_completed_successfully}}
  migrate:
    image: IMAGE
    volumes: [".:/code"]
    command: sh -c 'sleep 0.3; echo migrating; echo migrated > /code/order; exit CODE'
tasks:
  go: {run: {container: app}}
"""


def test_one_shot_containers(journey: Journey, busybox: str) -> None:
    """A container that has to complete is waited for, and needs no health check."""
    config(journey, busybox, ONE_SHOT.replace("CODE", "0"))

    result = journey.run("-o", "quiet", "run", "go")

    assert (0, "migrated\n") == (result.exit_code, result.stdout)


def test_a_one_shot_container_that_fails(journey: Journey, busybox: str) -> None:
    """What it printed is shown, nothing that needs it starts, and all is cleaned up."""
    config(journey, busybox, ONE_SHOT.replace("CODE", "3"))

    result = journey.run("run", "go")

    assert result.exit_code == 125
    assert "Container migrate failed." in result.stderr
    assert "It ended with exit code 3, but it has to end with 0 before others start." in result.stderr
    assert "migrating" in result.stderr
    assert "Running cat /code/order" not in result.stdout


def test_a_container_that_only_has_to_start(journey: Journey, busybox: str) -> None:
    """With `service_started` nobody waits for a health check that never succeeds."""
    config(
        journey,
        busybox,
        """
containers:
  app: {image: IMAGE, command: echo started, dependencies: {db: {condition: service_started}}}
  db: {image: IMAGE, command: sleep 60, health_check: {command: exit 1, interval: 1h}}
tasks:
  go: {run: {container: app}}
""",
    )

    assert journey.run("-o", "quiet", "run", "go").stdout == "started\n"


OUTSIDE = """
containers:
  app: {image: IMAGE, command: wget -q -O - http://web:8080/ready, dependencies: [web, port]}
  web:
    image: IMAGE
    command: sh -c 'mkdir /www; httpd -p 8080 -h /www; sleep 0.5; echo yes > /www/ready; sleep 60'
    health_check: {http: {port: 8080, path: /ready}, interval: 1s, retries: RETRIES}
  port:
    image: IMAGE
    command: sh -c 'sleep 0.3; httpd -f -p 5432 -h /tmp'
    health_check: {tcp: 5432, interval: 1s, retries: 20}
tasks:
  go: {run: {container: app}}
"""


def test_checks_from_outside(journey: Journey, busybox: str) -> None:
    """Containers without any tool for a check are found healthy by their ports and answers."""
    config(journey, busybox, OUTSIDE.replace("RETRIES", "20"))

    result = journey.run("-o", "quiet", "run", "go")

    assert (0, "yes\n") == (result.exit_code, result.stdout)


def test_a_check_from_outside_that_fails(journey: Journey, busybox: str) -> None:
    """The answer of the last request is told."""
    late = OUTSIDE.replace("RETRIES", "1").replace("sleep 0.5; echo", "sleep 50; echo")
    config(journey, busybox, late)

    result = journey.run("run", "go")

    assert result.exit_code == 125
    assert "Container web did not become healthy." in result.stderr
    assert ":8080/ready answers 404 Not Found" in result.stderr
