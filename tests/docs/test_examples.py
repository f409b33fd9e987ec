"""The examples: each loads, the doctor has nothing to say against it, and those whose programs are here run.

No registry is here to give the usual images: images in which the programs of this machine run, from Debian's
packages, stand in for them.
"""

import json
import os
import re
import shutil
import subprocess
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.support.images import BUSYBOX
from tests.support.journey import Journey
from tests.support.machine import machine_image, stand_in
from tests.support.repositories import Repository

if TYPE_CHECKING:
    from docker import DockerClient

EXAMPLES = Path(__file__).parents[2] / "docs" / "examples"
NAMES = sorted(path.parent.name for path in EXAMPLES.glob("*/taskrunner.yml"))
WANTED = {"browser-test", "database", "go", "hello", "java", "monorepo", "node", "python"}

POSTGRES = """\
#!/bin/sh
# Does what the usual image's entrypoint does, as far as the example needs it.
set -eu
data=/var/lib/postgresql/data
bin=$(echo /usr/lib/postgresql/*/bin)
PATH=$bin:$PATH
[ "${1:-postgres}" = postgres ] || exec "$@"
mkdir -p "$data" /var/run/postgresql
chown postgres "$data" /var/run/postgresql
as="setpriv --reuid=postgres --regid=postgres --clear-groups"
$as initdb --pgdata=$data --auth=trust --locale=C --encoding=UTF8 >/dev/null
echo "host all all all trust" >> "$data/pg_hba.conf"
echo "create database $POSTGRES_DB" | $as postgres --single -D $data postgres >/dev/null
exec $as postgres -D $data -c listen_addresses=*
"""
CLIENT = '#!/bin/sh\nexec /usr/lib/postgresql/*/bin/{} "$@"\n'

PYTHON = """\
#!/bin/sh
# The usual image has pip, and lets it install.
PIP_BREAK_SYSTEM_PACKAGES=1 PYTHONPATH=$PYTHONPATH:/pip exec /usr/bin/python3 "$@"
"""

NGINX = """\
#!/bin/sh
cat > /tmp/nginx.conf <<END
user root;
pid /tmp/nginx.pid;
error_log stderr;
events {}
http {
    access_log off;
    client_body_temp_path /tmp;
    proxy_temp_path /tmp/proxy;
    fastcgi_temp_path /tmp/fastcgi;
    uwsgi_temp_path /tmp/uwsgi;
    scgi_temp_path /tmp/scgi;
    types { text/html html; }
    server { listen 80; root /usr/share/nginx/html; }
}
END
exec nginx -c /tmp/nginx.conf -g 'daemon off;'
"""

MAVEN_SETTINGS = """\
<settings>
  <mirrors><mirror>
    <id>debian</id><mirrorOf>*</mirrorOf><url>file:///usr/share/maven-repo</url>
  </mirror></mirrors>
</settings>
"""


# A compiler, on a machine on which others compile too, takes its time.
pytestmark = pytest.mark.timeout(600)


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


def run(example: Journey, *arguments: str) -> str:
    """Run a task of an example to its good end, and return what it printed."""
    result = example.run("run", *arguments, timeout=400)

    assert 0 == result.exit_code, result.stdout + result.stderr
    return result.stdout + result.stderr


@pytest.mark.engine
@pytest.mark.parametrize("example", ["python"], indirect=True)
def test_python_runs(example: Journey, engine: "DockerClient") -> None:
    """What it asks for is installed, its tests pass in a real Python, and a test can be chosen."""
    import pip

    with machine_image(engine, {"python": PYTHON}) as image:
        mount = f"{os.path.dirname(pip.__file__)}:/pip/pip:ro"
        stand_in(example.folder / "taskrunner.yml", {"python": image}, [mount])
        shown = run(example, "test", "--", "-k", "tenth")

    assert "install finished with exit code 0" in shown
    assert "Ran 1 test" in shown


@pytest.mark.engine
@pytest.mark.parametrize("example", ["node"], indirect=True)
def test_node_runs(example: Journey, engine: "DockerClient") -> None:
    """What package.json asks for is installed, and Node.js runs the tests."""
    with machine_image(engine) as image:
        stand_in(example.folder / "taskrunner.yml", {"node": image})
        shown = run(example, "test")

    assert "install finished with exit code 0" in shown
    assert re.search("the tenth piece is free", shown)
    assert re.search("pass 1\n", shown)


@pytest.mark.engine
@pytest.mark.parametrize("example", ["go"], indirect=True)
def test_go_runs(example: Journey, engine: "DockerClient") -> None:
    """The tests pass, the program is built and works, and what was compiled is kept for the next run."""
    with machine_image(engine) as image:
        stand_in(example.folder / "taskrunner.yml", {"go": image})
        run(example, "build")
        again = run(example, "test")

    assert "(cached)" in again
    assert (
        b"45\n"
        == subprocess.run([example.folder / "bin" / "shop"], check=True, stdout=subprocess.PIPE).stdout
    )


@pytest.mark.engine
@pytest.mark.parametrize("example", ["java"], indirect=True)
def test_java_runs(example: Journey, engine: "DockerClient") -> None:
    """Maven compiles it, JUnit runs the tests, and they are packed into an archive."""
    (junit,) = Path("/usr/share/maven-repo/org/junit/jupiter/junit-jupiter").glob("5.*")
    java = re.search("-([0-9]+)-", os.path.realpath("/usr/bin/javac"))
    assert java
    # What Debian has in place of Maven's central repository, in the releases that it has.
    example.file("settings.xml", MAVEN_SETTINGS).file(
        ".mvn/maven.config",
        f"--settings=settings.xml\n-Djunit.version={junit.name}\n-Dmaven.compiler.release={java[1]}\n",
    )
    with machine_image(engine) as image:
        stand_in(example.folder / "taskrunner.yml", {"maven": image})
        shown = run(example, "package")

    assert "Tests run: 1, Failures: 0" in shown
    assert "com/example/Shop.class" in zipfile.ZipFile(example.folder / "target" / "shop.jar").namelist()


@pytest.mark.engine
@pytest.mark.parametrize("example", ["database"], indirect=True)
def test_database_runs(example: Journey, engine: "DockerClient") -> None:
    """A real PostgreSQL becomes healthy, is filled by its set-up command, and answers the test."""
    scripts = {name: CLIENT.format(name) for name in ("psql", "pg_isready")}
    entry = 'ENTRYPOINT ["/shims/entrypoint"]'
    with machine_image(engine, {**scripts, "entrypoint": POSTGRES}, [entry]) as image:
        stand_in(example.folder / "taskrunner.yml", {"database": image, "client": image})
        shown = run(example, "test")

    assert "apple\n" in shown
    assert "pear" not in shown


@pytest.mark.engine
@pytest.mark.parametrize("example", ["browser-test"], indirect=True)
def test_browser_runs(example: Journey, engine: "DockerClient") -> None:
    """A real browser sees what a script writes into the page, and a page without it is found out."""
    with machine_image(engine) as browser, machine_image(engine, {"site": NGINX}, ['CMD ["site"]']) as site:
        stand_in(example.folder / "taskrunner.yml", {"browser": browser, "site": site})
        shown = run(example, "test")
        page = example.folder / "site" / "index.html"
        page.write_text(page.read_text(encoding="utf-8").replace("1 + 2", "2 + 2"), encoding="utf-8")
        worse = example.run("run", "test")

    assert "The site shows its stock." in shown
    assert (1, True) == (worse.exit_code, "4 apples in stock" in worse.stdout + worse.stderr)
