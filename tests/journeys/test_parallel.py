"""Tasks at the same time: what waits for what, how it is told, and how it ends."""

import signal

import pytest

from tests.support.journey import Journey

pytestmark = pytest.mark.engine

# Each of the two waits until the other one runs: one after another they would never end.
MEETING = """
containers:
  shell: {image: IMAGE, volumes: [".:/code"], working_directory: /code}
tasks:
  first:
    run: {container: shell, command: sh -c 'touch a; until test -e b; do sleep .1; done; echo first'}
  second:
    run: {container: shell, command: sh -c 'touch b; until test -e a; do sleep .1; done; echo second'}
  both: {prerequisites: [first, second], run: {container: shell, command: sh -c 'cat; echo both'}}
"""


def config(journey: Journey, image: str, text: str) -> None:
    """Write a config in which IMAGE stands for an image."""
    journey.file("taskrunner.yml", f"project_name: {journey.project}\n{text.replace('IMAGE', image)}")


@pytest.mark.parametrize("style", ["quiet", "simple", "all"])
def test_prerequisites_at_once(journey: Journey, busybox: str, style: str) -> None:
    """Prerequisites run at the same time, the task after both, and each is told in its turn."""
    config(journey, busybox, MEETING)

    result = journey.run("-o", style, "run", "--parallel", "both", stdin="input\n")

    assert result.exit_code == 0
    printed = [line.split(" | ")[-1] for line in result.stdout.splitlines()]
    wanted = [line for line in printed if line in {"first", "second", "input", "both"}]
    assert wanted == (["first", "second", "both"] if style == "all" else ["first", "second", "input", "both"])
    if style == "simple":
        told = [line for line in result.stdout.splitlines() if "finished with exit code" in line]
        assert [line.split()[0] for line in told] == ["first", "second", "both"]


def test_named_tasks_at_once(journey: Journey, busybox: str) -> None:
    """Several tasks of one call run at the same time, too."""
    config(journey, busybox, MEETING)

    result = journey.run("-o", "quiet", "run", "--parallel", "first", "second")

    assert (0, "first\nsecond\n") == (result.exit_code, result.stdout)


def test_what_is_needed_is_waited_for(journey: Journey, busybox: str) -> None:
    """A chain stays a chain, and what two tasks need runs once."""
    config(
        journey,
        busybox,
        """
containers:
  shell: {image: IMAGE, volumes: [".:/code"], working_directory: /code}
tasks:
  base: {run: {container: shell, command: sh -c 'sleep 0.3; echo x >> base; echo base'}}
  left: {prerequisites: [base], run: {container: shell, command: sh -c 'cat base'}}
  right: {prerequisites: [base], run: {container: shell, command: sh -c 'cat base'}}
  all: {prerequisites: [left, right]}
""",
    )

    result = journey.run("-o", "quiet", "run", "--parallel", "all")

    assert (0, "base\nx\nx\n") == (result.exit_code, result.stdout)


FAILING = """
containers:
  shell: {image: IMAGE, volumes: [".:/code"], working_directory: /code}
tasks:
  slow:
    run: {container: shell, command: sh -c 'until test -e failed; do sleep .1; done; sleep 0.3; echo slow'}
  fails: {run: {container: shell, command: sh -c 'echo fails; touch failed; exit 7'}}
  after: {prerequisites: [fails], run: {container: shell, command: echo after}}
  all: {prerequisites: [slow, after, fails], run: {container: shell, command: echo all}}
"""


def test_a_failure(journey: Journey, busybox: str) -> None:
    """A task that fails lets the others end, nothing else starts, and its exit code is the command's."""
    config(journey, busybox, FAILING)

    result = journey.run("-o", "quiet", "run", "--parallel", "all")

    assert (7, "slow\nfails\n") == (result.exit_code, result.stdout)


def test_one_port_for_two(journey: Journey, busybox: str) -> None:
    """Tasks that publish the same port of the host do not run at the same time."""
    config(
        journey,
        busybox,
        """
containers:
  one: {image: IMAGE, command: sh -c 'sleep 0.3; echo one', ports: ["PORT:80"]}
  two: {image: IMAGE, command: sh -c 'sleep 0.3; echo two', ports: ["PORT:80"]}
tasks:
  one: {run: {container: one}}
  two: {run: {container: two}}
""".replace("PORT", str(_free_port())),
    )

    result = journey.run("-o", "quiet", "run", "--parallel", "one", "two")

    assert (0, "one\ntwo\n") == (result.exit_code, result.stdout)


def _free_port() -> int:
    import socket

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


def test_an_interrupt(journey: Journey, busybox: str) -> None:
    """Ctrl-C ends all of them, and nothing is left."""
    config(
        journey,
        busybox,
        """
containers:
  shell: {image: IMAGE, volumes: [".:/code"], working_directory: /code, dependencies: [db]}
  db: {image: IMAGE, command: sleep 60}
tasks:
  one:
    run:
      container: shell
      command: sh -c 'touch one; until test -e two; do sleep .1; done; echo up; sleep 9'
  two: {run: {container: shell, command: sh -c 'touch two; sleep 60'}}
  all: {prerequisites: [one, two], run: {container: shell, command: echo never}}
""",
    )
    running = journey.start("-o", "quiet", "run", "--parallel", "all")
    running.wait_for("up")

    running.signal(signal.SIGINT, group=True)
    result = running.finish(60)

    assert (130, "up\n") == (result.exit_code, result.stdout)


def test_images_are_shared(journey: Journey, busybox: str) -> None:
    """Tasks that build and use one image at the same time build it once."""
    journey.file("image/Dockerfile", f"FROM {busybox}\nRUN sleep 1; echo {journey.project} > /built\n")
    config(
        journey,
        busybox,
        """
containers: {tool: {build_directory: image}}
tasks:
  one: {run: {container: tool, command: cat /built}}
  two: {run: {container: tool, command: cat /built}}
  three: {run: {container: tool, command: cat /built}}
""",
    )

    result = journey.run("run", "--parallel", "one", "two", "three")

    assert result.exit_code == 0
    assert result.stdout.count("Building tool...") == 1
    assert result.stdout.count(f"\n{journey.project}\n") == 3


def test_with_a_shell(journey: Journey, busybox: str) -> None:
    """There is one terminal: a shell on failure and tasks at once exclude each other."""
    config(journey, busybox, MEETING)

    result = journey.run("run", "--parallel", "--shell-on-failure", "both")

    assert (2, True) == (result.exit_code, "cli.parallel-and-shell" in result.stderr)
