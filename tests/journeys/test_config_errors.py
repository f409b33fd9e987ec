"""Mistakes in a config: found at load, all at once, each with its place and its remedy."""

import pytest

from tests.support.journey import Journey

CONFIG = """\
containers:
  app:
    image: alpine
    enviroment:
      A: b
    working_directory: [1, 2]
  db:
    build_directory: db
    image: postgres
    dependencies: [app]
tasks:
  test:
    run:
      container: ap
      command: "echo 'unbalanced"
    prerequisites: [buidl]
  build:
    descripton: x
    run: {container: app}
"""

PORTS = """\
containers:
  a: {image: i, ports: ['8080:80'], dependencies: [b]}
  b: {image: i, ports: ['8080:81']}
tasks:
  t: {run: {container: a}}
"""


def test_all_mistakes_are_shown_with_place_caret_and_suggestion(journey: Journey) -> None:
    """A misspelt key is answered with its line, a caret and the right key."""
    result = journey.file("batect.yml", CONFIG).run("list")

    assert result.exit_code == 2
    assert result.stdout == ""
    lines = result.stderr.splitlines()
    place = next(i for i, line in enumerate(lines) if "batect.yml:4:5" in line)
    assert "enviroment" in lines[place]
    text = lines.index(next(line for line in lines[place:] if line.endswith("enviroment:")), place)
    caret = lines[text + 1]
    assert lines[text].index("enviroment") == caret.index("^")
    assert "'environment'" in result.stderr
    for expected in ("batect.yml:6:", "'description'", "'app'", "'build'", "batect.yml:15:", "unbalanced"):
        assert expected in result.stderr, expected
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize(
    ("config", "told"),
    [
        ("", "batect.yml"),
        ("tasks: [", "batect.yml:1:9"),
        ("tasks:\n  a:\n    run: {container: x}\n", "'x'"),
        ("tasks:\n  a: {prerequisites: [b]}\n  b: {prerequisites: [a]}\n", "cycle"),
        (
            "containers: {a: {image: i, dependencies: [b]}, b: {image: i, dependencies: [a]}}\n",
            "cycle",
        ),
        (
            PORTS,
            "8080",
        ),
        ("containers:\n  a: {image: i}\n  a: {image: j}\n", "batect.yml:3:3"),
        ("include:\n  - missing.yml\n", "missing.yml"),
        ("include:\n  - {type: git, repo: 'https://git.example/x.git', ref: v1}\n", "batect.yml:2:"),
        ("project_name: Not Valid\n", "batect.yml:1:15"),
    ],
)
def test_what_is_wrong_is_said_where_it_is(journey: Journey, config: str, told: str) -> None:
    """No mistake waits for the run, and none ends in a traceback."""
    result = journey.file("batect.yml", config).run("list")

    assert result.exit_code == 2
    assert told in result.stderr
    assert "Traceback" not in result.stderr


def test_no_config_at_all_is_explained(journey: Journey) -> None:
    """The message names the files that were looked for."""
    result = journey.run("list")

    assert result.exit_code == 2
    assert "taskrunner.yml" in result.stderr
    assert "batect.yml" in result.stderr


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ((), "verb"),
        (("run",), "Which task"),
        (("run", "a", "b"), "run a -- b"),
        (("run", "--config-var", "nonsense", "a"), "NAME=VALUE"),
        (("run", "--config-var", "unknown=1", "a"), "unknown"),
        (("run", "--override-image", "nobody=x", "a"), "nobody"),
        (("run", "--override-image", "app=x", "--tag-image", "app=y", "a"), "app"),
        (("run", "--tag-image", "app=y", "a"), "app"),
        (("run", "-o", "fancy", "--no-color", "a"), "fancy"),
        (("run", "-o", "nice", "a"), "nice"),
        (("run", "--max-parallelism", "0", "a"), "max-parallelism"),
        (("run", "--cache-type", "nice", "a"), "nice"),
        (("run", "--docker-host", "unix:///x", "--docker-context", "y", "a"), "--docker-context"),
        (("run", "--docker-host", "npipe://x", "a"), "npipe"),
        (("run", "only", "--", "more"), "only"),
        (("-f", "nowhere.yml", "list"), "nowhere.yml"),
        (("frobnicate",), "frobnicate"),
    ],
)
def test_mistakes_on_the_command_line_are_explained(
    journey: Journey, arguments: tuple[str, ...], told: str
) -> None:
    """Each says what is wrong, and none ends in a traceback."""
    journey.file(
        "batect.yml",
        "containers: {app: {image: x}}\ntasks:\n  a: {run: {container: app}}\n  only: {prerequisites: [a]}\n",
    )

    result = journey.run(*arguments)
    assert result.exit_code in (2, 125)
    assert told in result.stderr
    assert "Traceback" not in result.stderr
