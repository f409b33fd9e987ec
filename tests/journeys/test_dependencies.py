"""Dependencies: started in order, healthy, set up, and gone afterwards."""

import json

import pytest

from tests.support.journey import Journey

pytestmark = pytest.mark.engine

WEB = """\
containers:
  web:
    image: taskrunner-test/busybox:1
    command: sh -c 'mkdir /www; echo "it works" > /www/index.html; sleep 0.3; exec httpd -f -p 80 -h /www'
    health_check:
      command: wget -q -O - http://localhost/
      interval: 5s
      retries: 3
    setup_commands:
      - command: sh -c 'echo "set up" > /www/setup.html'
      - command: sh -c 'pwd > /www/where.html'
        working_directory: /etc

  client:
    image: taskrunner-test/busybox:1
    dependencies:
      - web

tasks:
  fetch:
    run:
      container: client
      command: wget -q -O - http://web/index.html http://web/setup.html http://web/where.html
"""

UNHEALTHY = """\
containers:
  sick:
    image: taskrunner-test/busybox:1
    command: sh -c 'echo "starting up"; sleep 60'
    health_check:
      command: sh -c 'echo "still sick"; exit 1'
      interval: 0.2s
      retries: 2
  app:
    image: taskrunner-test/busybox:1
    dependencies: [sick]
tasks:
  task:
    run:
      container: app
      command: echo never
"""


def events(stdout: str) -> list[dict[str, object]]:
    """Return the events of the `json` style."""
    return [json.loads(line) for line in stdout.splitlines()]


def test_a_task_finds_its_dependency_ready(journey: Journey) -> None:
    """It is healthy and set up before the task starts, and reachable by its name."""
    result = journey.file("batect.yml", WEB).run("run", "-o", "quiet", "fetch")

    assert (0, "it works\nset up\n/etc\n", "") == (result.exit_code, result.stdout, result.stderr)


def test_readiness_is_noticed_long_before_the_interval(journey: Journey) -> None:
    """With an interval of 5 s, a web server that is ready after 0.3 s costs no 5 s."""
    journey.file("batect.yml", WEB)

    result = journey.run("run", "-o", "json", "fetch")
    assert result.exit_code == 0
    finished = next(e for e in events(result.stdout) if e["event"] == "TaskFinished")
    assert isinstance(finished["seconds"], float)
    assert finished["seconds"] < 4.5


def test_the_simple_style_tells_the_steps(journey: Journey) -> None:
    """Each step of a dependency has its line, in the order in which it happens."""
    result = journey.file("batect.yml", WEB).run("run", "-o", "simple", "fetch")

    position = -1
    for text in (
        "Running fetch",
        "web",
        "has become healthy",
        "set-up command",
        "it works",
        "finished with",
    ):
        position = result.stdout.find(text, position + 1)
        assert position >= 0, (text, result.stdout)


def test_an_unhealthy_dependency_ends_the_run(journey: Journey) -> None:
    """The last probe's output and the container's last lines are shown; the task never starts."""
    result = journey.file("batect.yml", UNHEALTHY).run("run", "task")

    assert result.exit_code == 125
    assert "never" not in result.stdout
    assert "sick" in result.stderr
    assert "still sick" in result.stderr
    assert "starting up" in result.stderr
    assert "--no-cleanup-after-failure" in result.stderr


def test_a_dependency_that_exits_before_it_is_healthy_ends_the_run_at_once(journey: Journey) -> None:
    """Nobody waits for retries of a container that is gone."""
    config = UNHEALTHY.replace("sleep 60", "exit 3").replace("interval: 0.2s", "interval: 20s")
    result = journey.file("batect.yml", config).run("run", "task")

    assert result.exit_code == 125
    assert result.seconds < 15
    assert "exit code 3" in result.stderr or "code 3" in result.stderr


def test_a_failing_setup_command_ends_the_run(journey: Journey) -> None:
    """Its exit code and output are shown."""
    config = WEB.replace("sh -c 'pwd > /www/where.html'", "sh -c 'echo broken migration; exit 7'")
    result = journey.file("batect.yml", config).run("run", "fetch")

    assert result.exit_code == 125
    assert "7" in result.stderr
    assert "broken migration" in result.stderr


def test_an_images_own_health_check_is_respected(journey: Journey) -> None:
    """HEALTHCHECK of the image counts where the config has none of its own."""
    journey.file(
        "img/Dockerfile",
        "FROM taskrunner-test/busybox:1\n"
        "HEALTHCHECK --interval=30s --retries=2 CMD test -e /tmp/ready\n"
        'CMD ["sh", "-c", "sleep 0.4; touch /tmp/ready; sleep 60"]\n',
    ).file(
        "batect.yml",
        "containers:\n"
        "  slow: {build_directory: img}\n"
        "  app: {image: taskrunner-test/busybox:1, dependencies: [slow]}\n"
        "tasks:\n"
        "  task: {run: {container: app, command: echo after}}\n",
    )

    result = journey.run("run", "-o", "json", "task")
    names = [e["event"] for e in events(result.stdout)]
    healthy = next(e for e in events(result.stdout) if e["event"] == "ContainerHealthy")
    assert result.exit_code == 0
    assert "HealthProbed" in names
    assert ("slow", True) == (healthy["container"], healthy["checked"])


def test_the_main_containers_health_check_hides_no_exit_code(journey: Journey) -> None:
    """A task in an image whose health check cannot succeed ends with its own exit code."""
    journey.file(
        "batect.yml",
        "containers:\n"
        "  app:\n"
        "    image: taskrunner-test/busybox:1\n"
        "    health_check: {command: 'false', interval: 0.1s, retries: 1}\n"
        "tasks:\n"
        "  task: {run: {container: app, command: sh -c 'sleep 1; exit 9'}}\n",
    )

    assert journey.run("run", "task").exit_code == 9


def test_aliases_and_hosts_are_found(journey: Journey) -> None:
    """Additional hostnames and hosts resolve in the task's network."""
    config = WEB.replace(
        "    command: sh -c 'mkdir", "    additional_hostnames: [shop.example]\n    command: sh -c 'mkdir"
    ).replace(
        "    dependencies:\n      - web",
        "    dependencies: [web]\n    additional_hosts: {fixed.example: 10.1.2.3}",
    )
    config = config.replace(
        "wget -q -O - http://web/index.html http://web/setup.html http://web/where.html",
        "sh -c 'wget -q -O - http://shop.example/ && grep fixed /etc/hosts'",
    )

    result = journey.file("batect.yml", config).run("run", "-o", "quiet", "fetch")
    assert result.exit_code == 0
    assert result.stdout.startswith("it works\n")
    assert "10.1.2.3" in result.stdout


def test_task_dependencies_and_customisations_apply(journey: Journey) -> None:
    """A task brings its own dependency and changes its environment."""
    journey.file(
        "batect.yml",
        "containers:\n"
        "  echo:\n"
        "    image: taskrunner-test/busybox:1\n"
        "    environment: {TEXT: plain}\n"
        "    command: sh -c 'mkdir /www; echo $TEXT > /www/index.html; exec httpd -f -h /www'\n"
        "    health_check: {command: wget -q -O /dev/null http://localhost/, interval: 1s, retries: 5}\n"
        "  app: {image: taskrunner-test/busybox:1}\n"
        "tasks:\n"
        "  task:\n"
        "    dependencies: [echo]\n"
        "    customise: {echo: {environment: {TEXT: customised}}}\n"
        "    run: {container: app, command: wget -q -O - http://echo/}\n",
    )

    assert journey.run("run", "-o", "quiet", "task").stdout == "customised\n"


def test_a_main_container_that_is_done_early_takes_its_set_up_with_it(journey: Journey) -> None:
    """Its exit code counts, however the two race."""
    journey.file(
        "batect.yml",
        "containers:\n"
        "  app:\n"
        "    image: taskrunner-test/busybox:1\n"
        "    setup_commands: [{command: sleep 5}, {command: 'true'}]\n"
        "tasks:\n"
        "  at-once: {run: {container: app, command: sh -c 'exit 6'}}\n"
        "  soon: {run: {container: app, command: sh -c 'sleep 0.1; exit 6'}}\n"
        "  later: {run: {container: app, command: sh -c 'sleep 0.4; exit 6'}}\n",
    )

    for task in ("at-once", "soon", "later") * 2:
        result = journey.run("run", "-o", "quiet", task)
        assert (6, "") == (result.exit_code, result.stderr)


def test_a_main_container_that_ends_before_it_is_healthy_ends_with_its_own_code(journey: Journey) -> None:
    """Also where its set-up commands have made its health matter."""
    journey.file(
        "batect.yml",
        "containers:\n"
        "  app:\n"
        "    image: taskrunner-test/busybox:1\n"
        "    health_check: {command: 'false', interval: 5s}\n"
        "    setup_commands: [{command: 'true'}]\n"
        "tasks:\n"
        "  task: {run: {container: app, command: sh -c 'sleep 0.5; exit 6'}}\n",
    )

    result = journey.run("run", "-o", "quiet", "task")
    assert (6, "") == (result.exit_code, result.stderr)


def test_a_set_up_command_of_the_main_container_can_fail(journey: Journey) -> None:
    """Where it ends by itself with an error, the task fails, as for any other container."""
    journey.file(
        "batect.yml",
        "containers:\n"
        "  app:\n"
        "    image: taskrunner-test/busybox:1\n"
        "    setup_commands: [{command: sh -c 'exit 9'}]\n"
        "tasks:\n"
        "  task: {run: {container: app, command: sleep 60}}\n",
    )

    result = journey.run("run", "task")
    assert result.exit_code == 125
    assert "9" in result.stderr
