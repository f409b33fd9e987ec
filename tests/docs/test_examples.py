"""The examples: each loads, the doctor has nothing to say against it, and those whose programs are here run.

No registry is here to give the usual images: programs of this machine, from Debian's packages, stand in for
them, under `--override-image`.
"""

import json
import os
import shutil
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.support.images import BUSYBOX
from tests.support.journey import Journey
from tests.support.programs import build_programs
from tests.support.repositories import Repository

if TYPE_CHECKING:
    from docker import DockerClient

EXAMPLES = Path(__file__).parents[2] / "docs" / "examples"
NAMES = sorted(path.parent.name for path in EXAMPLES.glob("*/taskrunner.yml"))
WANTED = {"browser-test", "database", "go", "hello", "java", "monorepo", "node", "python"}

ENTRYPOINT = """\
#!/bin/sh
# Does what the usual image's entrypoint does, as far as the example needs it.
set -eu
data=/var/lib/postgresql/data
bin=$(echo /usr/lib/postgresql/*/bin)
[ "${1:-postgres}" = postgres ] || exec "$@"
mkdir -p "$data" /var/run/postgresql
chown postgres "$data" /var/run/postgresql
su postgres -c "$bin/initdb --pgdata=$data --auth=trust --locale=C --encoding=UTF8" >/dev/null
echo "host all all all trust" >> "$data/pg_hba.conf"
su postgres -c "echo \\"create database $POSTGRES_DB\\" | $bin/postgres --single -D $data postgres" >/dev/null
exec su postgres -c "exec $bin/postgres -D $data -c listen_addresses=*"
"""


@pytest.fixture
def example(journey: Journey, request: pytest.FixtureRequest, tmp_path: Path) -> Journey:
    """Give a copy of an example, with a repository for the bundle that one of them includes."""
    shutil.copytree(EXAMPLES / request.param, journey.folder, dirs_exist_ok=True)
    bundle = Repository(tmp_path / "served" / "task-bundle").file(
        "lint.yml",
        f"containers: {{linter: {{image: '{BUSYBOX}'}}}}\n"
        "tasks: {lint: {description: Look for mistakes., run: {container: linter, command: echo linted}}}\n",
    )
    bundle.commit(tag="1.0")
    (journey.home / ".gitconfig").write_text(
        f'[url "{bundle.folder}"]\n\tinsteadOf = https://git.example/acme/task-bundle.git\n'
        '[protocol "file"]\n\tallow = always\n'
    )
    return journey


def test_all_kinds_are_there() -> None:
    """There is one for each kind of project that people ask about."""
    assert WANTED == set(NAMES)


@pytest.mark.parametrize("example", NAMES, indirect=True)
def test_loads(example: Journey) -> None:
    """It has no mistakes, each task says what it does, and the doctor sees nothing to warn of."""
    listed = example.run("list", "-o", "quiet")
    found = json.loads(example.run("doctor", "--json").stdout)["findings"]

    assert 0 == listed.exit_code, listed.stderr
    assert all("\t" in line for line in listed.stdout.splitlines()), listed.stdout
    bad = [f for f in found if f["level"] in ("warning", "broken") and f["name"] != "engine.unreachable"]
    assert [] == [each for each in bad if not each["name"].startswith(("proxies.", "disk."))]


@contextmanager
def image(engine: "DockerClient", paths: Sequence[str], **more: object) -> Iterator[str]:
    """Give the reference of an image with programs of this machine, which is gone afterwards."""
    reference = f"taskrunner-test/example-{uuid.uuid4().hex[:8]}:1"
    build_programs(engine, reference, paths, **more)  # type: ignore[arg-type]
    try:
        yield reference
    finally:
        engine.images.remove(reference, force=True)


@pytest.mark.engine
@pytest.mark.parametrize("example", ["hello", "monorepo"], indirect=True)
def test_runs_in_busybox(example: Journey) -> None:
    """The examples whose image is busybox run."""
    for path in example.folder.rglob("*.yml"):
        path.write_text(path.read_text().replace("busybox:1.36", BUSYBOX))
    monorepo = (example.folder / "services").exists()

    result = example.run("run", "-o", "quiet", "test" if monorepo else "hello")

    assert 0 == result.exit_code, result.stderr
    assert ("api is fine\nweb is fine\n" if monorepo else "hello from taskrunner\n") == result.stdout
    if monorepo:
        assert "linted\n" == example.run("run", "-o", "quiet", "lint").stdout


@pytest.mark.engine
@pytest.mark.parametrize("example", ["python"], indirect=True)
def test_python_runs(example: Journey, engine: "DockerClient") -> None:
    """Its tests pass in a real Python, and a test can be chosen."""
    python = os.path.realpath("/usr/bin/python3")
    files = {"/usr/local/bin/python": f'#!/bin/sh\nexec {python} "$@"\n'}
    with image(engine, [python, f"/usr/lib/{os.path.basename(python)}"], files=files) as reference:
        result = example.run("run", "--override-image", f"python={reference}", "test", "--", "-k", "tenth")

    assert 0 == result.exit_code, result.stdout + result.stderr
    assert "Ran 1 test" in result.stdout + result.stderr


@pytest.mark.engine
@pytest.mark.parametrize("example", ["database"], indirect=True)
def test_database_runs(example: Journey, engine: "DockerClient") -> None:
    """A real PostgreSQL becomes healthy, is filled by its set-up command, and answers the test."""
    (server,) = Path("/usr/lib/postgresql").iterdir()
    share = f"/usr/share/postgresql/{server.name}"
    links = {
        f"/usr/local/bin/{name}": f'#!/bin/sh\nexec {server}/bin/{name} "$@"\n'
        for name in ("psql", "pg_isready")
    }
    accounts = {"/etc/passwd": "root:x:0:0::/root:/bin/sh\npostgres:x:999:999::/tmp:/bin/sh\n"}
    files = {**links, **accounts, "/entrypoint": ENTRYPOINT}
    with image(
        engine, [str(server), share], files=files, instructions='ENTRYPOINT ["/entrypoint"]'
    ) as reference:
        both = ("--override-image", f"database={reference}", "--override-image", f"client={reference}")
        result = example.run("run", *both, "test", timeout=120)

    assert 0 == result.exit_code, result.stdout + result.stderr
    assert "apple\n" in result.stdout
    assert "pear" not in result.stdout
