"""Host ports that two containers of one task would both take."""

from pathlib import Path

import pytest

from tests.unit.config.projects import load_text, problems

HEAD = """\
project_name: x
containers:
  app: {{image: a, dependencies: [db], ports: {app}}}
  db: {{image: a, ports: {db}}}
  other: {{image: a, ports: ["80:80"]}}
tasks:
  t:
    run: {{container: app, ports: {run}}}
    customise: {{db: {{ports: {custom}}}}}
"""


def text_of(app: str = "[]", db: str = "[]", run: str = "[]", custom: str = "[]") -> str:
    """Return a project whose task runs app and db, but not other."""
    return HEAD.format(app=app, db=db, run=run, custom=custom)


@pytest.mark.parametrize(
    "ports",
    [
        {"app": "['80:80']", "db": "['81:80']"},
        {"app": "['80:80']", "db": "['80:80/udp']"},
        {"app": "['80:80']", "run": "['80:80', '81:80']"},
        {"db": "['80:80']", "custom": "['80:80']"},
        {"app": "['1-5:1-5']", "db": "['6-9:6-9']"},
    ],
)
def test_no_clash(tmp_path: Path, ports: dict[str, str]) -> None:
    """Other ports, other protocols and the same mapping of the same container are fine."""
    assert load_text(tmp_path, text_of(**ports)).tasks["t"].run is not None


@pytest.mark.parametrize(
    ("ports", "line", "what"),
    [
        (
            {"app": "['80:80']", "db": "['80:80']"},
            4,
            "port 80/tcp by two containers: of 'db' here and of 'app'",
        ),
        ({"app": "['80:80', '80:81']"}, 3, "port 80/tcp twice: of 'app' here and of 'app'"),
        ({"app": "['80:80']", "run": "['80:81']"}, 8, "port 80/tcp twice: of 'app' here and of 'app'"),
        ({"run": "['80:80/udp']", "custom": "['80:90/udp']"}, 9, "port 80/udp by two containers: of 'db'"),
        ({"app": "['1-9:1-9']", "custom": "['8-12:1-5']"}, 9, "ports 8-9/tcp by two containers: of 'db'"),
        ({"app": "['1-9:1-9', '2:92']", "db": "['20:20', '20:21']"}, 3, "port 2/tcp twice: of 'app'"),
    ],
)
def test_clash(tmp_path: Path, ports: dict[str, str], line: int, what: str) -> None:
    """Two mappings that cannot hold at once are reported, ports that a task adds included."""
    problem = problems(tmp_path, text_of(**ports))[0]

    assert problem.reference == "config.port-clash"
    assert f"The task 't' would publish the host's {what}" in problem.message
    assert problem.where is not None
    assert problem.where.line == line


def test_each_clash_is_reported_once(tmp_path: Path) -> None:
    """Ten tasks with the same two containers have one clash, which names the first of them."""
    tasks = "".join(f"  t{n}: {{run: {{container: app}}}}\n" for n in range(10))

    [problem] = problems(tmp_path, text_of(app="['80:80']", db="['80:80']") + tasks)

    assert "The task 't' " in problem.message


def test_a_wide_range_covers_several(tmp_path: Path) -> None:
    """A range that spans others clashes with each of them, not just with the next."""
    found = problems(tmp_path, text_of(app="['1-99:1-99']", db="['10:10', '20:20']"))

    assert [problem.where and problem.where.column for problem in found] == [26, 35]
