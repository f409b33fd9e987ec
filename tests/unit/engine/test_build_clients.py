"""Finding a client that can use BuildKit, among scripts that answer as the real ones do."""

import json
from pathlib import Path

import pytest

from taskrunner.engine import build_clients
from taskrunner.engine.build_clients import BuildClient, find_build_client
from taskrunner.engine.build_spec import BuildSpec, SecretSource, SshSource
from taskrunner.engine.buildkit import arguments, build_args

OLD = "#!/bin/sh\n[ $1 = --version ] && echo 'Docker version 20.10.24+dfsg1, build 297e128' || exit 1\n"
NEW = "#!/bin/sh\n[ $1 = --version ] && echo 'Docker version 28.2.2, build e6534b4' || exit 1\n"
NEW_WITH_PLUGIN = (
    "#!/bin/sh\n[ $1 = --version ] && echo 'Docker version 28.2.2, build e6534b4' "
    "|| echo github.com/docker/buildx v0.12.0 542e5d8\n"
)
PLUGIN = "#!/bin/sh\n[ $1 = version ] && echo github.com/docker/buildx v0.13.1 788433953af\n"
PODMAN = "#!/bin/sh\necho podman version 4.3.1\n"
BROKEN = "#!/bin/sh\nexit 126\n"


@pytest.fixture(autouse=True)
def no_plugins_of_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """Look for plugins below the test's own folders alone."""
    monkeypatch.setattr(build_clients, "_PLUGIN_FOLDERS", ())


def script(path: Path, text: str) -> str:
    """Write an executable script and return its path."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(0o755)
    return str(path)


def find(root: Path, *programs: str) -> BuildClient | None:
    """Look for a client where these scripts stand on the PATH, one folder each."""
    folders = [root / str(number) for number in range(len(programs))]
    for folder, text in zip(folders, programs, strict=True):
        script(folder / "docker", text)
    return find_build_client(str(root / "config"), {"PATH": ":".join(map(str, folders))})


@pytest.mark.parametrize(
    ("programs", "number", "buildx"),
    [
        ([OLD], 0, False),
        ([NEW, OLD], 1, False),
        ([PODMAN, BROKEN, NEW_WITH_PLUGIN], 2, True),
        ([NEW, PODMAN, BROKEN], None, False),
        ([], None, False),
    ],
)
def test_the_first_client_that_works_is_taken(
    tmp_path: Path, programs: list[str], number: int | None, buildx: bool
) -> None:
    """A client without what it needs, a program of another kind or a broken one is passed over."""
    found = find(tmp_path, *programs)

    if number is None:
        assert found is None
    else:
        words = ("buildx", "build") if buildx else ("build",)
        assert found == BuildClient(f"{tmp_path}/{number}/docker", words, buildx, raw_json=False)


def test_a_plugin_needs_no_client(tmp_path: Path) -> None:
    """It is found in Docker's config folder, and in the folders that Docker's config adds."""
    extra = tmp_path / "extra"
    plugin = script(extra / "docker-buildx", PLUGIN)
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "config.json").write_text(json.dumps({"cliPluginsExtraDirs": [str(extra)]}))

    assert find(tmp_path, OLD) == BuildClient(plugin, ("build",), buildx=True, raw_json=True)


def test_the_command_line() -> None:
    """Everything that was asked for is asked for; a build of a plugin goes to the engine that was named."""
    spec = BuildSpec(
        "/ctx",
        "ci/File",
        {"A": "b c"},
        "stage",
        True,
        ("t:1",),
        {"l": "v"},
        (SecretSource("one", "VARIABLE", None), SecretSource("two", None, "/a,b")),
        (SshSource("default", ()), SshSource("keys", ("/k1", "/k2"))),
    )

    given = build_args(spec.args, {})
    words = arguments(BuildClient("p", ("build",), buildx=True, raw_json=True), spec, "", "/tmp/id", given)

    assert words == [
        *("--builder=default", "--progress=rawjson", "--iidfile=/tmp/id"),
        *("--file=/ctx/ci/File", "--tag=t:1", "--label=l=v", "--build-arg=A"),
        *("--secret=id=one,env=VARIABLE", '--secret=id=two,"src=/a,b"'),
        *("--ssh=default", "--ssh=keys=/k1,/k2", "--target=stage", "--pull", "--", "/ctx"),
    ]


def test_values_of_build_arguments_stand_in_no_list_of_processes() -> None:
    """They go in the environment, unless the client itself would read something else from it."""
    args = {
        "PASSWORD": "s3cret",
        "http_proxy": "p",
        "HTTP_PROXY": "q",
        "PATH": "/x",
        "DOCKER_HOST": "h",
        "A-B": "1",
    }

    given = build_args(args, {"http_proxy": "p", "PATH": "/bin"})

    assert given.environment == {"PASSWORD": "s3cret"}
    assert given.words == (
        "--build-arg=PASSWORD",
        "--build-arg=http_proxy",
        "--build-arg=HTTP_PROXY=q",
        "--build-arg=PATH=/x",
        "--build-arg=DOCKER_HOST=h",
        "--build-arg=A-B=1",
    )
