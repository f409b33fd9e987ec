"""A Compose service as a container: each key that is supported, and what is said about those that are not."""

from pathlib import Path
from typing import Any

import pytest

from taskrunner.config.expressions import evaluate
from taskrunner.config.loader import load
from taskrunner.config.model import (
    CacheMount,
    Container,
    LocalMount,
    PassedOn,
    Port,
    PortRange,
    TmpfsMount,
)
from taskrunner.errors import ConfigError, Problem
from tests.unit.config.projects import write

SERVICE = """\
services:
  web:
    image: shop/web:${VERSION:-1}
"""
CONFIG = """\
project_name: shop
containers:
  web:
    from: compose.yaml#web
"""


def container(folder: Path, service: str, own: str = "", where: str = "compose.yaml") -> Container:
    """Load a container from the lines of a service, with lines of its own, both without indentation."""
    write_both(folder, service, own, where)
    return load(str(folder / "taskrunner.yml")).containers["web"]


def problems(folder: Path, service: str, own: str = "") -> list[Problem]:
    """Return what is wrong with such a container."""
    write_both(folder, service, own)
    with pytest.raises(ConfigError) as caught:
        load(str(folder / "taskrunner.yml"))
    return list(caught.value.problems)


def write_both(folder: Path, service: str, own: str, where: str = "compose.yaml") -> None:
    """Write the Compose file and the config."""
    write(folder, "services:\n  web:\n" + indented(service) + "  other: {image: x:1}\n", where)
    others = "  db: {image: 'postgres:16'}\n" if "db" in service else ""
    write(folder, CONFIG.replace("compose.yaml", where) + indented(own) + others)


def indented(lines: str) -> str:
    """Return lines below a service or a container."""
    return "".join(f"    {line}\n" for line in lines.splitlines())


def text(value: Any, **environment: str) -> str:
    """Return the value of an expression."""
    return evaluate(value, environment, {})


def test_plain_values(tmp_path: Path) -> None:
    """Text, numbers and flags arrive where a container has them."""
    found = container(
        tmp_path,
        "image: shop/web:1\npull_policy: always\nworking_dir: /code\nprivileged: true\ninit: true\n"
        "shm_size: 64m\nstop_grace_period: 10s\nhostname: www\ncap_add: [NET_ADMIN]\ncap_drop: [KILL]\n"
        "labels: [a=b]\nextra_hosts: ['api:10.0.0.1']\ndevices: ['/dev/null:/dev/x:r']\n"
        "logging: {driver: local, options: {max-size: 1m}}",
    )

    assert ("shop/web:1", True, "/code", True, True) == (
        found.image and text(found.image),
        found.always_pull,
        found.working_directory,
        found.privileged,
        found.enable_init_process,
    )
    assert (64 * 1024**2, 10_000_000_000, ("www",)) == (
        found.shm_size,
        found.stop_grace_period,
        found.additional_hostnames,
    )
    assert (("NET_ADMIN",), ("KILL",)) == (found.capabilities_to_add, found.capabilities_to_drop)
    assert ({"a": "b"}, {"api": "10.0.0.1"}) == (found.labels, found.additional_hosts)
    assert ("local", {"max-size": "1m"}) == (found.log_driver, found.log_options)
    assert "/dev/x" == found.devices[0].container


def test_what_has_no_effect(tmp_path: Path) -> None:
    """Keys that have no meaning for a task are passed over, extensions too."""
    found = container(
        tmp_path,
        "image: x:1\nrestart: always\ncontainer_name: web\nnetworks: [front]\nexpose: ['80']\nx-mine: 1\n"
        "stdin_open: true\ntty: true\nprofiles: [dev]",
    )

    assert found.image
    assert "x:1" == text(found.image)
    assert found.from_compose


def test_builds(tmp_path: Path) -> None:
    """A build is a folder, or a map; paths start at the Compose file's folder."""
    found = container(tmp_path, "build: ./web", where="deploy/compose.yaml")
    assert found.build is not None
    assert ("deploy/./web", str(tmp_path)) == (
        text(found.build.directory.expression),
        found.build.directory.base,
    )

    found = container(
        tmp_path,
        "build:\n  context: .\n  dockerfile: web.Dockerfile\n  target: dev\n  args: {VERSION: '${V:-3}'}",
    )
    assert found.build is not None
    assert ("web.Dockerfile", "dev") == (found.build.dockerfile, found.build.target)
    assert "3" == text(found.build.args["VERSION"])


def test_commands(tmp_path: Path) -> None:
    """Commands and entrypoints are text or words; a doubled $ is one."""
    found = container(
        tmp_path, "image: x:1\ncommand: [sh, -c, 'echo $$HOME ${A}']\nentrypoint: '/run --fast'"
    )

    assert found.command is not None
    assert found.entrypoint is not None
    assert ["sh", "-c", "echo $HOME a"] == [text(word, A="a") for word in found.command.expressions or ()]
    assert ("/run", "--fast") == found.entrypoint.words


def test_a_command_with_variables(tmp_path: Path) -> None:
    """Text with variables is split into words first, as Compose does it."""
    found = container(tmp_path, "image: x:1\ncommand: run --level=${LEVEL:-low} 'two words $$'").command

    assert found is not None
    assert ["run", "--level=low", "two words $"] == [text(word) for word in found.expressions or ()]


@pytest.mark.parametrize(
    "lines",
    [
        "environment: [A=1, 'B=${NAME}x', 'C=${NAME:-y}', D, 'E=a<b', 'F=$$5', 'G=${NAME:?needed}']",
        "environment: {A: 1, B: '${NAME}x', C: '${NAME:-y}', D: , E: 'a<b', F: $$5, G: '${NAME:?needed}'}",
    ],
)
def test_environment(tmp_path: Path, lines: str) -> None:
    """Variables of a list or a map, their values as Compose interpolates them."""
    found = dict(container(tmp_path, f"image: x:1\n{lines}").environment)

    assert PassedOn("D") == found.pop("D")
    values = {name: text(value, NAME="n") for name, value in found.items()}
    assert {"A": "1", "B": "nx", "C": "n", "E": "a<b", "F": "$5", "G": "n"} == values
    assert "y" == text(found["C"])


def test_ports(tmp_path: Path) -> None:
    """Published ports in both forms."""
    found = container(
        tmp_path,
        "image: x:1\nports:\n  - 8080:80\n  - 5000-5001:6000-6001/udp\n"
        "  - {target: 443, published: 8443, protocol: tcp, mode: ingress}",
    )

    assert [
        (PortRange(8080, 8080), PortRange(80, 80), "tcp"),
        (PortRange(5000, 5001), PortRange(6000, 6001), "udp"),
        (PortRange(8443, 8443), PortRange(443, 443), "tcp"),
    ] == [Port(*port)[:3] for port in found.ports]


def test_volumes(tmp_path: Path) -> None:
    """Paths are mounts, names are caches, and folders in memory are what they are."""
    found = container(
        tmp_path,
        "image: x:1\nvolumes:\n  - ./src:/code:ro\n  - '${DATA:-/data}:/data'\n  - modules:/modules\n"
        "  - {type: bind, source: ./a, target: /a, read_only: true}\n"
        "  - {type: volume, source: b, target: /b}\n  - {type: tmpfs, target: /c}\ntmpfs: ['/d:size=1m']",
        where="deploy/compose.yaml",
    )

    assert [
        ("deploy/./src", "/code", "ro"),
        ("/data", "/data", None),
        ("deploy/./a", "/a", "ro"),
    ] == [
        (text(mount.local.expression), mount.container, mount.options)
        for mount in found.volumes
        if isinstance(mount, LocalMount)
    ]
    caches = [mount[:2] for mount in found.volumes if isinstance(mount, CacheMount)]
    memory = [mount[:2] for mount in found.volumes if isinstance(mount, TmpfsMount)]
    assert [("modules", "/modules"), ("b", "/b")] == caches
    assert [("/c", None), ("/d", "size=1m")] == memory


@pytest.mark.parametrize(
    ("test", "command"),
    [("curl -f x", "curl -f x"), ("[CMD, curl, a b]", "curl 'a b'"), ("[CMD-SHELL, 'a || b']", "a || b")],
)
def test_health_checks(tmp_path: Path, test: str, command: str) -> None:
    """A test in each of its forms is a command of the shell."""
    found = container(tmp_path, f"image: x:1\nhealthcheck: {{test: {test}, interval: 1m30s, retries: 3}}")

    assert (command, 90 * 10**9, 3) == (
        found.health_check.command,
        found.health_check.interval,
        found.health_check.retries,
    )


@pytest.mark.parametrize("lines", ["depends_on: [db]", "depends_on: {db: {condition: service_healthy}}"])
def test_dependencies(tmp_path: Path, lines: str) -> None:
    """Services that are waited for are containers of the same name."""
    assert ["db"] == [each.name for each in container(tmp_path, f"image: x:1\n{lines}").dependencies]


def test_resources_and_files_of_variables(tmp_path: Path) -> None:
    """Limits, platform and files of variables are the container's own fields."""
    found = container(
        tmp_path,
        "image: x:1\nmem_limit: 64m\ncpus: '0.5'\nplatform: linux/amd64\nulimits: {nofile: 100}\n"
        "env_file: [./a.env, {path: ./b.env, required: false}]",
        where="deploy/compose.yaml",
    )

    assert (64 * 1024**2, 5 * 10**8, "linux/amd64") == (found.mem_limit, found.cpus, found.platform)
    assert ["nofile"] == list(found.ulimits)
    assert [("deploy/./a.env", True), ("deploy/./b.env", False)] == [
        (text(each.path.expression), each.required) for each in found.env_files
    ]


def test_own_fields_win(tmp_path: Path) -> None:
    """The container's own fields replace the service's; of the environment, variable by variable."""
    found = container(
        tmp_path,
        "build: .\nenvironment: {A: 1, B: 1}\nworking_dir: /code",
        "image: y:2\nenvironment: {B: 2}\nworking_directory: /here",
    )

    assert found.image
    assert ("y:2", None, "/here") == (text(found.image), found.build, found.working_directory)
    assert {"A": "1", "B": "2"} == {name: text(value) for name, value in found.environment.items()}


@pytest.mark.parametrize(
    ("lines", "line", "message"),
    [
        ("image: x:1\nsecrets: [a]", 4, "The key 'secrets' of a Compose service is not supported here."),
        ("image: x:1\nuser: '1000'", 4, "'user'"),
        ("image: x:1\nworking_dir: '${V}'", 4, "'${V}' is a variable, which cannot stand here."),
        ("image: x:1\nports: ['80']", 4, "The port '80' names no port of the host."),
        ("image: x:1\nports: ['127.0.0.1:80:80']", 4, "is not supported here"),
        ("image: x:1\nvolumes: [/data]", 4, "The volume '/data' has no name."),
        ("image: x:1\nvolumes: [{type: npipe, source: a, target: b}]", 4, "needs a type of"),
        ("image: x:1\nhealthcheck: {disable: true}", 4, "'disable'"),
        ("image: x:1\nhealthcheck: {test: [NONE]}", 4, "A test is a command"),
        ("image: x:1\nenvironment: {A: '${B+c}'}", 4, "'${B+c}' is not supported here."),
        ("image: x:1\nenvironment: {A: '5$'}", 4, "has a $ that begins no variable"),
        ("build: {context: ., ssh: [default]}", 3, "The key 'ssh' of a Compose build"),
        ("image: x:1\npull_policy: daily", 4, "The pull policy 'daily'"),
        ("image: x:1\ndepends_on: {db: {condition: service_tired}}", 4, "'service_tired'"),
        ("image: x:1\nlogging: {speed: fast}", 4, "The key 'speed' of `logging`"),
        ("image: x:1\nshm_size: huge", 4, "'huge'"),
    ],
)
def test_what_is_not_supported(tmp_path: Path, lines: str, line: int, message: str) -> None:
    """It is an error at its place in the Compose file."""
    (found,) = problems(tmp_path, lines)

    assert found.where is not None
    assert ("compose.yaml", line) == (Path(found.where.file).name, found.where.line)
    assert message in found.message


def test_every_mistake_is_found(tmp_path: Path) -> None:
    """Several of them are shown at once."""
    found = problems(tmp_path, "image: x:1\nsecrets: [a]\nports: ['80', '81']\nipc: host")

    assert [4, 5, 5, 6] == [each.where.line for each in found if each.where]


@pytest.mark.parametrize(
    ("reference", "wanted"),
    [
        ("compose.yaml", "config.bad-compose-reference"),
        ("missing.yaml#web", "config.file-not-found"),
        ("compose.yaml#wbe", "config.unknown-compose-service"),
        ("taskrunner.yml#web", "config.no-compose-file"),
    ],
)
def test_what_is_referred_to(tmp_path: Path, reference: str, wanted: str) -> None:
    """A reference that leads nowhere is an error at its place in the config."""
    write(tmp_path, SERVICE, "compose.yaml")
    path = write(tmp_path, CONFIG.replace("compose.yaml#web", reference))
    with pytest.raises(ConfigError) as caught:
        load(path)

    (found,) = caught.value.problems
    assert found.where is not None
    assert (wanted, path, 4) == (found.reference, found.where.file, found.where.line)


def test_changes_of_the_compose_file_are_seen(tmp_path: Path) -> None:
    """A project says which further files it was read from."""
    container(tmp_path, "image: x:1")

    assert (str(tmp_path / "compose.yaml"),) == load(str(tmp_path / "taskrunner.yml")).looked_at
