"""The fields of a container, in each accepted form, and every rule about them."""

from pathlib import Path

import pytest

from taskrunner.config.model import (
    CacheMount,
    CommandLine,
    Device,
    LocalMount,
    Port,
    PortRange,
    SecretFromEnvironment,
    SecretFromFile,
    TmpfsMount,
)
from tests.unit.config.projects import container_problems, load_container, problems


def references(folder: Path, fields: str) -> list[str]:
    """Return the references of what is wrong with the fields of a container."""
    return [problem.reference for problem in container_problems(folder, fields)]


def test_defaults(tmp_path: Path) -> None:
    """A container with an image alone leaves everything else to image and engine."""
    container = load_container(tmp_path, "image: alpine:3")

    assert container.image is not None
    assert container.image.source == "alpine:3"
    assert container.where[1:] == (3, 3, 3)
    for name in ("build", "command", "entrypoint", "working_directory", "run_as_current_user"):
        assert getattr(container, name) is None
    for name in ("log_driver", "shm_size", "stop_grace_period"):
        assert getattr(container, name) is None
    for name in ("always_pull", "privileged", "enable_init_process"):
        assert getattr(container, name) is False
    for name in ("environment", "log_options", "labels", "additional_hosts"):
        assert getattr(container, name) == {}
    for name in ("volumes", "devices", "ports", "dependencies", "setup_commands", "additional_hostnames"):
        assert getattr(container, name) == ()
    assert set(container.health_check) == {None}


def test_build(tmp_path: Path) -> None:
    """A build keeps its expressions open and knows the places that later errors need."""
    container = load_container(
        tmp_path,
        """\
        build_directory: docker/app
        build_args: {VERSION: 1.10, HOME: $HOME}
        build_target: dev
        dockerfile: Dockerfile.dev
        build_ssh: [{id: default}, {id: key, paths: [~/.ssh/a, ~/.ssh/a]}]
        build_secrets: {a: {environment: A}, b: {path: b.txt}}
        image_pull_policy: Always
        """,
    )

    build = container.build
    assert build is not None
    assert container.image is None
    assert container.always_pull
    assert (build.directory.expression.source, build.directory.base) == ("docker/app", str(tmp_path))
    assert {name: value.source for name, value in build.args.items()} == {"VERSION": "1.10", "HOME": "$HOME"}
    assert (build.target, build.dockerfile) == ("dev", "Dockerfile.dev")
    assert [(ssh.id, [p.expression.source for p in ssh.paths]) for ssh in build.ssh] == [
        ("default", []),
        ("key", ["~/.ssh/a"]),
    ]
    assert isinstance(build.secrets["a"], SecretFromEnvironment)
    assert isinstance(build.secrets["b"], SecretFromFile)
    assert build.where.line == 4
    assert build.dockerfile_where.line == 7
    assert [where and where[1:] for where in (build.ssh_where, build.secrets_where)] == [
        (8, 5, 9),
        (9, 5, 13),
    ]


def test_dockerfile_default_is_placed_at_the_build_directory(tmp_path: Path) -> None:
    """Where no Dockerfile is named, the folder is what an error points at."""
    build = load_container(tmp_path, "build_directory: app").build

    assert build is not None
    assert build.dockerfile == "Dockerfile"
    assert build.dockerfile_where == build.where
    assert build.ssh_where is None
    assert build.secrets_where is None


def test_simple_fields(tmp_path: Path) -> None:
    """Texts, truth values, maps, commands and sizes arrive as their types say."""
    container = load_container(
        tmp_path,
        """\
        image: alpine:3
        command: sh -c 'a  b'
        entrypoint: ""
        environment: {A: 010, B: yes, C: 12:30, D: ""}
        working_directory: /code
        privileged: TRUE
        enable_init_process: "true"
        additional_hostnames: [a, b, a]
        additional_hosts: {x: 10.0.0.1}
        log_driver: local
        log_options: {max-file: 3}
        shm_size: 1G
        labels: {a: 1.10, b: ""}
        stop_grace_period: 2s
        capabilities_to_add: [CAP_BPF, BPF, SYS_PTRACE]
        capabilities_to_drop: [ALL]
        """,
    )

    assert container.command == CommandLine("sh -c 'a  b'", ("sh", "-c", "a  b"))
    assert container.entrypoint == CommandLine("", ())
    environment = {name: value.source for name, value in container.environment.items()}
    assert environment == {"A": "010", "B": "yes", "C": "12:30", "D": ""}
    assert container.working_directory == "/code"
    assert container.privileged
    assert container.enable_init_process
    assert container.additional_hostnames == ("a", "b")
    assert container.additional_hosts == {"x": "10.0.0.1"}
    assert (container.log_driver, container.log_options) == ("local", {"max-file": "3"})
    assert container.shm_size == 1024**3
    assert container.labels == {"a": "1.10", "b": ""}
    assert container.stop_grace_period == 2_000_000_000
    assert container.capabilities_to_add == ("BPF", "SYS_PTRACE")
    assert container.capabilities_to_drop == ("ALL",)


def test_volumes(tmp_path: Path) -> None:
    """Each form of a volume, exact duplicates once; the text form is literal."""
    container = load_container(
        tmp_path,
        """\
        image: alpine:3
        volumes:
          - .:/code
          - .:/code
          - ${X}:/x:ro
          - C:\\data:/data
          - {local: $HOME/.m2, container: /m2, options: cached}
          - {type: local, local: ., container: /code}
          - {type: cache, name: c, container: /cache}
          - {type: cache, name: c, container: /cache, options: ro}
          - {type: tmpfs, container: /tmp}
        """,
    )

    sources = [
        (mount.local.expression.source, len(mount.local.expression.parts), mount.container, mount.options)
        for mount in container.volumes
        if isinstance(mount, LocalMount)
    ]
    assert sources == [
        (".", 1, "/code", None),
        ("${X}", 1, "/x", "ro"),
        ("C:\\data", 1, "/data", None),
        ("$HOME/.m2", 2, "/m2", "cached"),
    ]
    rest = container.volumes[4:]
    assert [(type(mount), mount[:-1]) for mount in rest] == [
        (CacheMount, ("c", "/cache", None)),
        (CacheMount, ("c", "/cache", "ro")),
        (TmpfsMount, ("/tmp", None)),
    ]


def test_devices(tmp_path: Path) -> None:
    """Each form of a device; without options everything is allowed."""
    container = load_container(
        tmp_path,
        """\
        image: alpine:3
        devices:
          - /dev/a:/dev/b
          - /dev/a:/dev/b:rwm
          - /dev/a:/dev/b:r
          - {local: /dev/c, container: /dev/d, options: rw}
          - {local: /dev/e, container: /dev/f, options: ~}
        """,
    )

    assert container.devices == (
        Device("/dev/a", "/dev/b", "rwm"),
        Device("/dev/a", "/dev/b", "r"),
        Device("/dev/c", "/dev/d", "rw"),
        Device("/dev/e", "/dev/f", "rwm"),
    )


def test_ports(tmp_path: Path) -> None:
    """Each form of a port: also `22:22`, which YAML 1.1 takes for a number of base 60."""
    container = load_container(
        tmp_path,
        """\
        image: alpine:3
        ports:
          - 22:22
          - "22:22"
          - 80-81:90-91/udp
          - {local: 1, container: 2}
          - {local: 3-4, container: 5-6, protocol: sctp}
        """,
    )

    assert [port[:3] for port in container.ports] == [
        (PortRange(22, 22), PortRange(22, 22), "tcp"),
        (PortRange(80, 81), PortRange(90, 91), "udp"),
        (PortRange(1, 1), PortRange(2, 2), "tcp"),
        (PortRange(3, 4), PortRange(5, 6), "sctp"),
    ]
    assert isinstance(container.ports[0], Port)


def test_nested_objects(tmp_path: Path) -> None:
    """Health checks, set-up commands and the user are read, with the places of their keys."""
    container = load_container(
        tmp_path,
        """\
        image: alpine:3
        health_check: {command: "x | y", interval: 2s, start_period: ~, timeout: 500ms, retries: 0x3}
        setup_commands: [{command: a b}, {command: c, working_directory: /x}]
        run_as_current_user: {enabled: true, home_directory: /home/me}
        """,
    )

    check = container.health_check
    assert check[:5] == ("x | y", 2_000_000_000, None, 500_000_000, 3)
    assert check.where is not None
    assert check.where[1:] == (5, 5, 12)
    assert [(c.command.words, c.working_directory) for c in container.setup_commands] == [
        (("a", "b"), None),
        (("c",), "/x"),
    ]
    user = container.run_as_current_user
    assert user is not None
    assert (user.home_directory, user.where[1:]) == ("/home/me", (7, 5, 19))


def test_a_user_that_is_not_enabled_is_none(tmp_path: Path) -> None:
    """`enabled: false` and an empty object both mean that it is not used."""
    for fields in ("{enabled: false}", "{}"):
        container = load_container(tmp_path, f"image: a\nrun_as_current_user: {fields}")
        assert container.run_as_current_user is None


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ("command: x", ["config.container-without-image"]),
        ("image: a\nbuild_directory: b", ["config.image-and-build-directory"]),
        ("image: ''", ["config.empty-text"]),
        ("image: ~", ["config.no-value"]),
        ("image: [a]", ["config.expected-text"]),
        ("image: a\nbuild_args: {}", ["config.key-not-permitted"]),
        ("image: a\nbuild_target: x", ["config.key-not-permitted"]),
        ("image: a\ndockerfile: x", ["config.key-not-permitted"]),
        ("image: a\nbuild_ssh: []", ["config.key-not-permitted"]),
        ("image: a\nbuild_secrets: {}", ["config.key-not-permitted"]),
        ("build_directory: a\nbuild_ssh: [{id: a}, {id: a}]", ["config.duplicate-item"]),
        ("build_directory: a\nbuild_ssh: [{paths: []}]", ["config.missing-key"]),
        ("build_directory: a\nbuild_secrets: {a: {}}", ["config.build-secret-source"]),
        ("build_directory: a\nbuild_secrets: {a: {environment: x, path: y}}", ["config.build-secret-source"]),
        ("build_directory: a\nbuild_secrets: {a: text}", ["config.expected-map"]),
        ("build_directory: ${a", ["config.bad-expression"]),
        ("image: a\nimage_pull_policy: always", ["config.unknown-choice"]),
        ("image: a\ncommand: a 'b", ["config.bad-command"]),
        ("image: a\ncommand: {a: b}", ["config.expected-text"]),
        ("image: a\ncommand: [a, [b], $]", ["config.expected-text", "config.bad-expression"]),
        ("image: a\nenvironment: A=b", ["config.expected-map"]),
        (
            "image: a\nenvironment: [=b, [A], ~, A=$]",
            [
                "config.bad-environment-name",
                "config.expected-text",
                "config.no-value",
                "config.bad-expression",
            ],
        ),
        ("image: a\nenvironment: {'': b, C: [d]}", ["config.bad-environment-name", "config.expected-text"]),
        ("image: a\nenvironment: [A, A=b]", ["config.duplicate-item"]),
        ("image: a\nenv_file: ''", ["config.empty-text"]),
        ("image: a\nenv_file: [{required: true}, [a]]", ["config.missing-key", "config.expected-map"]),
        ("image: a b", ["config.bad-image"]),
        ("image: Upper", ["config.bad-image"]),
        ("image: '-x'", ["config.bad-image"]),
        ("image: '${A'", ["config.bad-expression"]),
        (
            "image: a\ndependencies: {app: {condition: started}}",
            ["config.dependency-cycle", "config.unknown-choice"],
        ),
        ("image: a\ndependencies: {b: started}", ["config.expected-map"]),
        ("image: a\nulimits: {nofiles: 3}", ["config.unknown-choice"]),
        ("image: a\nulimits: {nofile: many}", ["config.bad-value"]),
        ("image: a\nulimits: {nofile: {soft: 3}}", ["config.missing-key"]),
        ("image: a\nulimits: {nofile: {soft: 3, hard: 2}}", ["config.bad-value"]),
        ("image: a\nulimits: {nofile: {soft: -1, hard: 2}}", ["config.bad-value"]),
        ("image: a\nmem_limit: 5m", ["config.bad-value"]),
        ("image: a\ncpus: 0", ["config.bad-value"]),
        ("image: a\ncpus: 1e3", ["config.bad-value"]),
        ("image: a\nplatform: Linux", ["config.bad-value"]),
        ("image: a\nnetworks: [host]", ["config.bad-network"]),
        ("image: a\nnetworks: [-x]", ["config.bad-network"]),
        ("image: a\nnetworks: [x, x]", ["config.duplicate-item"]),
        ("image: a\nhealth_check: {http: 80, tcp: 80}", ["config.key-not-permitted"]),
        ("image: a\nhealth_check: {http: 80, command: x}", ["config.key-not-permitted"]),
        ("image: a\nhealth_check: {http: 0}", ["config.bad-value"]),
        ("image: a\nhealth_check: {tcp: 80-81}", ["config.bad-value"]),
        ("image: a\nhealth_check: {http: {path: /}}", ["config.missing-key"]),
        ("image: a\nhealth_check: {http: {port: 80, path: x}}", ["config.bad-value"]),
        (
            'image: a\nhealth_check: {http: {port: 80, path: "/\\r\\nX: y"}}',
            ["config.bad-value"],
        ),
        ("image: a\nenvironment: {A: '$', B: $}", ["config.bad-expression"] * 2),
        ("image: a\nvolumes: .:/code", ["config.expected-list"]),
        ("image: a\nvolumes: {a: b}", ["config.expected-list"]),
        (
            "image: a\nvolumes: ['', x, [], a:b:c:d, ~]",
            ["config.empty-text", *["config.bad-mount"] * 3, "config.no-value"],
        ),
        ("image: a\nvolumes: [{local: a}]", ["config.missing-key"]),
        ("image: a\nvolumes: [{container: a}]", ["config.missing-key"]),
        ("image: a\nvolumes: [{local: a, container: b, name: c}]", ["config.key-not-permitted"]),
        ("image: a\nvolumes: [{type: cache, container: b}]", ["config.missing-key"]),
        ("image: a\nvolumes: [{type: cache, name: a, container: b, local: c}]", ["config.key-not-permitted"]),
        (
            "image: a\nvolumes: [{type: tmpfs, container: b, local: c, name: d}]",
            ["config.key-not-permitted"] * 2,
        ),
        ("image: a\nvolumes: [{type: tmpfs}]", ["config.missing-key"]),
        ("image: a\nvolumes: [{type: nfs, container: a}]", ["config.unknown-choice"]),
        (
            "image: a\ndevices: [x, {local: a}, [], a:b:xyz]",
            ["config.bad-mount", "config.missing-key", "config.bad-mount", "config.bad-device-options"],
        ),
        ("image: a\nports: [80]", ["config.bad-port"]),
        (
            "image: a\nports: ['127.0.0.1:80:80', '0:1', '1:65536', '2-1:1-2', 'a:b', []]",
            ["config.bad-port"] * 6,
        ),
        ("image: a\nports: ['1-2:3', {local: 1, container: 2-3}]", ["config.port-ranges-differ"] * 2),
        (
            "image: a\nports: ['1:1/', '1:1/http', {local: 1, container: 1, protocol: x}]",
            ["config.unknown-choice"] * 3,
        ),
        ("image: a\nports: [{local: 1}]", ["config.missing-key"]),
        ("image: a\nports: [{local: [1], container: 1}]", ["config.bad-port"]),
        ("image: a\ndependencies: [app]", ["config.dependency-cycle"]),
        ("image: a\ndependencies: [b, b]", ["config.unknown-container", "config.duplicate-item"]),
        ("image: a\nhealth_check: {interval: 2}", ["config.bad-value"]),
        ("image: a\nhealth_check: {interval: -2s, timeout: 1us}", ["config.bad-value"] * 2),
        ("image: a\nhealth_check: {retries: many}", ["config.bad-value"]),
        ("image: a\nhealth_check: {retries: -1}", ["config.bad-value"]),
        ("image: a\nhealth_check: x", ["config.expected-map"]),
        ("image: a\nhealth_check: ~", ["config.no-value"]),
        ("image: a\nrun_as_current_user: {enabled: true}", ["config.missing-key"]),
        ("image: a\nrun_as_current_user: {home_directory: /x}", ["config.key-not-permitted"]),
        ("image: a\nrun_as_current_user: {enabled: yes, home_directory: /x}", ["config.bad-value"]),
        ("image: a\nprivileged: yes", ["config.bad-value"]),
        ("image: a\nenable_init_process: 1", ["config.bad-value"]),
        ("image: a\ncapabilities_to_add: [sys_ptrace]", ["config.unknown-choice"]),
        ("image: a\ncapabilities_to_drop: [CAP_NOTHING]", ["config.unknown-choice"]),
        ("image: a\nadditional_hosts: {a: ''}", ["config.empty-text"]),
        (
            "image: a\nsetup_commands: [{}, {command: ~}, {command: '\"'}]",
            ["config.missing-key", "config.no-value", "config.bad-command"],
        ),
        ("image: a\nshm_size: big", ["config.bad-value"]),
        ("image: a\nstop_grace_period: 10", ["config.bad-value"]),
        ("image: a\nlabels: {a: {}}", ["config.expected-text"]),
        ("image: a\nuser: me", ["config.unknown-key"]),
    ],
)
def test_rules(tmp_path: Path, fields: str, expected: list[str]) -> None:
    """Each rule has its problem, and one mistake makes one problem."""
    assert references(tmp_path, fields) == expected


def test_a_misspelt_key_is_explained(tmp_path: Path) -> None:
    """The problem underlines the key, lists what is accepted and suggests what was meant."""
    [problem] = container_problems(tmp_path, "image: a\nworking_dir: /code")

    assert problem.where is not None
    assert problem.where[1:] == (5, 5, 11)
    assert problem.message.startswith(
        "The key 'working_dir' is not known: a container has the keys additional"
    )
    assert "working_directory" in problem.message
    assert problem.hint == "Did you mean 'working_directory'?"


@pytest.mark.parametrize("name", ["App", "-a", "a-", "a..b", "a___b", "a b", "", "a\u00e4"])
def test_bad_names(tmp_path: Path, name: str) -> None:
    """A container's name is one that the engine takes for an image."""
    [problem] = problems(tmp_path, f"project_name: x\ncontainers: {{'{name}': {{image: a}}}}")

    assert problem.reference == "config.bad-name"
    assert problem.where is not None
    assert problem.where[1:] == (2, 14, len(name) + 2)


def test_places_within_texts(tmp_path: Path) -> None:
    """The caret stands below the bad part of a command, a port or an expression, in quotes or not."""
    found = container_problems(
        tmp_path,
        """\
        image: a
        command: sh -c 'x
        ports:
          - 80:99999
          - "80:80/xyz"
        environment:
          A: "ab ${x:y}"
        """,
    )

    assert [problem.where and problem.where[1:] for problem in found] == [
        (5, 20, 1),
        (7, 12, 5),
        (8, 16, 3),
        (10, 17, 2),
    ]
