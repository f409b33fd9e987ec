"""The rules of a task's first stage."""

from taskrunner.config.model import CommandLine, SetupCommand
from taskrunner.execution import events as e
from taskrunner.execution import steps
from taskrunner.execution.history import History
from taskrunner.execution.rules import Rule, split_ready
from taskrunner.execution.rules_run import run_rules
from taskrunner.plan.model import BuiltImage, PulledImage
from tests.support.plans import container, task

NETWORK = e.NetworkCreated("net", "project-network-abc123")
SETUP = SetupCommand(CommandLine("./migrate", ("./migrate",)), None)


def ready(rules: list[Rule], *events: e.Event) -> list[str]:
    """Return the steps that may happen after these events, as text: tuples of two kinds can be equal."""
    history = History()
    for event in events:
        history.add(event)
    return [repr(step) for step in split_ready(rules, history)[0]]


def created(name: str) -> e.ContainerCreated:
    """Return the event that a container exists."""
    return e.ContainerCreated(name, f"id-of-{name}", f"project-{name}-abc123")


def test_images_and_network_start_at_once() -> None:
    """Nothing waits that does not need something else first."""
    plan = task(container("db"), container("app", "db"))

    expected = [
        repr(steps.PullImage(PulledImage("image-of-db", always=False))),
        repr(steps.PullImage(PulledImage("image-of-app", always=False))),
        repr(steps.CreateNetwork()),
    ]
    assert expected == ready(run_rules(plan, network=True))


def test_no_network_rule_where_none_is_needed() -> None:
    """A single container is created as soon as its image is there."""
    rules = run_rules(task(container("app")), network=False)

    assert repr(steps.CreateNetwork()) not in [repr(rule.step) for rule in rules]
    assert repr(steps.CreateContainer("app")) in ready(
        rules, e.ImagePulled("image-of-app", "sha256:1", pulled=False)
    )


def test_a_container_waits_for_its_image_and_the_network() -> None:
    """Creation needs both, in whichever order they come."""
    rules = run_rules(task(container("db"), container("app", "db")), network=True)
    image = e.ImagePulled("image-of-db", "sha256:1", pulled=True)

    assert repr(steps.CreateContainer("db")) not in ready(rules, image)
    assert repr(steps.CreateContainer("db")) not in ready(rules, NETWORK)
    assert repr(steps.CreateContainer("db")) in ready(rules, image, NETWORK)
    assert repr(steps.CreateContainer("app")) not in ready(rules, image, NETWORK)


def test_where_a_name_will_do_a_container_is_created_beside_its_network() -> None:
    """It needs its image alone; but it starts only once the network is there."""
    rules = run_rules(task(container("db"), container("app", "db")), network=True, by_name=True)
    image = e.ImagePulled("image-of-db", "sha256:1", pulled=True)

    assert repr(steps.CreateContainer("db")) not in ready(rules)
    assert repr(steps.CreateContainer("db")) in ready(rules, image)
    assert repr(steps.RunContainer("db")) not in ready(rules, image, created("db"))
    assert repr(steps.RunContainer("db")) in ready(rules, image, created("db"), NETWORK)


def test_the_main_container_is_created_while_its_dependency_starts() -> None:
    """Creating needs no dependency: only starting does."""
    rules = run_rules(task(container("db"), container("app", "db")), network=True)
    events = (NETWORK, e.ImagePulled("image-of-app", "sha256:2", pulled=False))

    assert repr(steps.CreateContainer("app")) in ready(rules, *events)
    assert repr(steps.RunContainer("app")) not in ready(rules, *events, created("app"), created("db"))


def test_a_container_starts_once_all_its_dependencies_are_ready() -> None:
    """Being healthy is not enough where set-up commands still run."""
    plan = task(container("db"), container("queue"), container("app", "db", "queue"))
    rules = run_rules(plan, network=True)
    events = (NETWORK, created("db"), created("queue"), created("app"), e.ContainerReady("db"))

    assert repr(steps.RunContainer("app")) not in ready(
        rules, *events, e.ContainerHealthy("queue", checked=True)
    )
    assert repr(steps.RunContainer("app")) in ready(rules, *events, e.ContainerReady("queue"))


def test_containers_that_do_not_depend_on_each_other_start_together() -> None:
    """Siblings are ready at the same time."""
    plan = task(container("db"), container("queue"), container("app", "db", "queue"))

    steps_now = ready(run_rules(plan, network=True), NETWORK, created("db"), created("queue"))
    assert {repr(steps.RunContainer("db")), repr(steps.RunContainer("queue"))} <= set(steps_now)


def test_health_is_waited_for_from_the_start_of_a_dependency() -> None:
    """The wait begins when the container runs, and set-up commands follow health."""
    plan = task(container("db", setup_commands=(SETUP,)), container("app", "db"))
    rules = run_rules(plan, network=True)

    assert repr(steps.WaitForHealth("db")) in ready(rules, e.ContainerStarted("db"))
    assert repr(steps.RunSetupCommands("db")) not in ready(rules, e.ContainerStarted("db"))
    assert repr(steps.RunSetupCommands("db")) in ready(rules, e.ContainerHealthy("db", checked=False))


def test_the_main_containers_health_hides_no_exit_code() -> None:
    """Only set-up commands of its own make the main container's health matter."""
    plain = [repr(rule.step) for rule in run_rules(task(container("app")), network=False)]
    with_setup = [
        repr(rule.step) for rule in run_rules(task(container("app", setup_commands=(SETUP,))), network=False)
    ]

    assert repr(steps.WaitForHealth("app")) not in plain
    assert repr(steps.WaitForHealth("app")) in with_setup


def test_an_image_that_two_containers_share_is_pulled_once() -> None:
    """Of one reference there is one pull, and it is the one that always pulls if either asks for it."""
    same = PulledImage("redis:7", always=False)
    always = PulledImage("redis:7", always=True)
    plan = task(container("a", image=same), container("b", image=always), container("c", image=same))

    pulls = [rule.step for rule in run_rules(plan, network=True) if isinstance(rule.step, steps.PullImage)]
    assert [steps.PullImage(always)] == pulls


def test_a_built_image_does_not_stand_for_a_pulled_one_of_the_same_name() -> None:
    """A container called like another container's image waits for its own."""
    built = BuiltImage("redis", "/src", "Dockerfile", {}, None, pull=False, tags=(), after=-1)
    plan = task(container("redis", image=built), container("app", image=PulledImage("redis", always=False)))
    rules = run_rules(plan, network=False)

    assert repr(steps.CreateContainer("app")) not in ready(rules, e.ImageBuilt("redis", "sha256:1"))
    assert repr(steps.CreateContainer("redis")) in ready(rules, e.ImageBuilt("redis", "sha256:1"))
    assert repr(steps.CreateContainer("app")) in ready(rules, e.ImagePulled("redis", "sha256:2", pulled=True))


def test_a_rule_hands_out_its_step_once() -> None:
    """What was ready is gone from the rules that wait."""
    rules = run_rules(task(container("app")), network=False)
    first, waiting = split_ready(rules, History())

    assert first
    assert split_ready(waiting, History())[0] == []
