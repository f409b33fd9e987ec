"""The plan of a run: which tasks in which order, and what each container becomes."""

from pathlib import Path
from typing import Any, ClassVar

import pytest

from taskrunner.errors import Problem, UserError
from taskrunner.plan.model import (
    BindMount,
    BuiltImage,
    MemoryMount,
    PlannedContainer,
    PortBinding,
    PulledImage,
    RunPlan,
    VolumeMount,
)
from tests.unit.plan.planning import main_container, plan, problems

SERVICE = """\
containers:
  app:
    image: app:1
    command: serve --port 80
    working_directory: /app
    environment: {LEVEL: info, REGION: eu, HOST: "${HOSTNAME:-nowhere}"}
    ports: ["8080:80", "9000-9001:90-91/udp"]
    dependencies: [db]
  db:
    image: db:1
    environment: {PASSWORD: secret}
    ports: ["5432:5432"]
    working_directory: /db
tasks:
  plain: {run: {container: app}}
  go:
    run:
      container: app
      command: test "a b"
      entrypoint: /bin/sh -c
      working_directory: /test
      environment: {LEVEL: debug, MORE: "1"}
      ports: ["8080:80", "8443:443"]
    customise:
      db:
        environment: {PASSWORD: other, EXTRA: "2"}
        ports: ["5433:5433"]
        working_directory: /elsewhere
"""


class TestMerging:
    def test_the_task_changes_its_main_container(self, tmp_path: Path) -> None:
        """What `run` says wins; environment and ports are added up, and what is there twice counts once."""
        main = main_container(plan(tmp_path, SERVICE))

        assert main.command == ("test", "a b")
        assert main.entrypoint == ("/bin/sh", "-c")
        assert main.working_directory == "/test"
        assert main.environment == {"LEVEL": "debug", "REGION": "eu", "HOST": "nowhere", "MORE": "1"}
        assert main.ports == (
            PortBinding(8080, 80, "tcp"),
            PortBinding(9000, 90, "udp"),
            PortBinding(9001, 91, "udp"),
            PortBinding(8443, 443, "tcp"),
        )

    def test_customise_changes_a_dependency(self, tmp_path: Path) -> None:
        """What `customise` says wins for that container, and for it alone."""
        db = plan(tmp_path, SERVICE).tasks[0].containers["db"]

        assert db.environment == {"PASSWORD": "other", "EXTRA": "2"}
        assert db.working_directory == "/elsewhere"
        assert db.ports == (PortBinding(5432, 5432, "tcp"), PortBinding(5433, 5433, "tcp"))

    def test_nothing_is_changed_by_other_tasks(self, tmp_path: Path) -> None:
        """A task without changes of its own takes the containers as they are."""
        made = plan(tmp_path, SERVICE, "plain")
        main, db = main_container(made), made.tasks[0].containers["db"]

        assert (main.command, main.command_text) == (("serve", "--port", "80"), "serve --port 80")
        assert (main.entrypoint, main.working_directory) == (None, "/app")
        assert db.environment == {"PASSWORD": "secret"}

    def test_only_what_wins_is_evaluated(self, tmp_path: Path) -> None:
        """A variable that a task overrides need not be set on the host."""
        text = """
            containers:
              app: {image: app:1, environment: {TOKEN: $TOKEN}}
            tasks:
              go: {run: {container: app, environment: {TOKEN: none}}}
            """

        assert main_container(plan(tmp_path, text)).environment == {"TOKEN": "none"}

    def test_no_ports_on_request(self, tmp_path: Path) -> None:
        """`--disable-ports` holds for all containers."""
        containers = plan(tmp_path, SERVICE, disable_ports=True).tasks[0].containers

        assert [container.ports for container in containers.values()] == [(), ()]


class TestArguments:
    CONFIG = """
        containers:
          app: {image: app:1, command: serve}
          bare: {image: bare:1}
        tasks:
          before: {run: {container: app, command: prepare}}
          go: {prerequisites: [before], run: {container: app, command: test --all}}
          of-container: {run: {container: app}}
          bare: {run: {container: bare}}
          only-prerequisites: {prerequisites: [before]}
        """

    def test_the_named_task_gets_them(self, tmp_path: Path) -> None:
        """They stand after its command, and are shown as a shell would take them; prerequisites get none."""
        made = plan(tmp_path, self.CONFIG, arguments=("a b", "-c"))
        before, main = made.tasks[0].containers["app"], main_container(made)

        assert main.command == ("test", "--all", "a b", "-c")
        assert main.command_text == "test --all 'a b' -c"
        assert (before.command, before.command_text) == (("prepare",), "prepare")

    def test_the_container_may_have_the_command(self, tmp_path: Path) -> None:
        """A task without a command of its own adds them to its container's."""
        assert main_container(plan(tmp_path, self.CONFIG, "of-container", arguments=("x",))).command == (
            "serve",
            "x",
        )

    @pytest.mark.parametrize(
        ("task", "why"),
        [("bare", "has no command of its own"), ("only-prerequisites", "only has prerequisites")],
    )
    def test_there_is_nothing_to_add_to(self, tmp_path: Path, task: str, why: str) -> None:
        """Arguments that would be lost are refused; without any, the task can be planned."""
        with pytest.raises(UserError) as raised:
            plan(tmp_path, self.CONFIG, task, arguments=("x",))

        assert raised.value.reference == "plan.arguments-without-command"
        assert why in raised.value.message
        assert plan(tmp_path, self.CONFIG, task).tasks[-1].name == task


class TestOrder:
    CONFIG = """
        containers:
          app: {image: app:1, dependencies: [db]}
          db: {image: db:1, dependencies: [disk]}
          disk: {image: disk:1}
          mail: {image: mail:1, dependencies: [disk]}
        tasks:
          a: {run: {container: disk}}
          b: {prerequisites: [a], run: {container: disk}}
          c: {prerequisites: [a], run: {container: disk}}
          go: {prerequisites: [c, b], dependencies: [mail, db], run: {container: app}}
        """

    def test_tasks(self, tmp_path: Path) -> None:
        """Prerequisites come first, in the order in which they are written, each once."""
        made = plan(tmp_path, self.CONFIG)

        assert [(0, "a"), (1, "c"), (2, "b"), (3, "go")] == [(t.number, t.name) for t in made.tasks]
        assert [False, False, False, True] == [task.requested for task in made.tasks]

    def test_prerequisites_are_skipped_on_request(self, tmp_path: Path) -> None:
        """`--skip-prerequisites` leaves the named task alone."""
        assert [t.name for t in plan(tmp_path, self.CONFIG, skip_prerequisites=True).tasks] == ["go"]

    def test_containers(self, tmp_path: Path) -> None:
        """Dependencies come before their dependants, the main container last, with those of the task."""
        task = plan(tmp_path, self.CONFIG).tasks[-1]
        order = list(task.containers)

        assert sorted(order) == ["app", "db", "disk", "mail"]
        assert order[-1] == task.main == "app"
        assert order.index("disk") < min(order.index("db"), order.index("mail"))
        assert task.containers["app"].dependencies == ("db", "mail")

    def test_a_dependency_of_the_task_is_none_of_a_dependency(self, tmp_path: Path) -> None:
        """What the task adds is waited for by its main container alone."""
        task = plan(tmp_path, self.CONFIG).tasks[-1]

        assert task.containers["db"].dependencies == ("disk",)

    def test_network(self, tmp_path: Path) -> None:
        """A task needs a network for several containers, or for names of its one container."""
        text = """
            containers:
              one: {image: one:1}
              named: {image: one:1, additional_hostnames: [alias]}
            tasks:
              one: {run: {container: one}}
              named: {run: {container: named}}
              go: {dependencies: [one], run: {container: named}}
            """

        assert [plan(tmp_path, text, name).tasks[0].needs_network for name in ("one", "named", "go")] == [
            False,
            True,
            True,
        ]


class TestImages:
    CONFIG = """
        containers:
          app: {image: app:1}
          fresh: {image: fresh:1, image_pull_policy: Always}
          built:
            build_directory: image
            dockerfile: Dockerfile.dev
            build_target: dev
            build_args: {VERSION: "${VERSION:-1}"}
        tasks:
          go: {dependencies: [app, fresh], run: {container: built}}
        """

    @pytest.fixture(autouse=True)
    def build_directory(self, tmp_path: Path) -> None:
        """Make what the build needs."""
        (tmp_path / "image").mkdir()
        (tmp_path / "image" / "Dockerfile.dev").touch()

    def test_sources(self, tmp_path: Path) -> None:
        """Images are pulled or built as configured, and a built one is named after project and container."""
        containers = plan(tmp_path, self.CONFIG, tag_images={"built": ("x:1", "x:2")}).tasks[0].containers

        assert containers["app"].image == PulledImage("app:1", always=False)
        assert containers["fresh"].image == PulledImage("fresh:1", always=True)
        assert containers["built"].image == BuiltImage(
            container="built",
            directory=str(tmp_path / "image"),
            dockerfile="Dockerfile.dev",
            args={"VERSION": "1"},
            target="dev",
            pull=False,
            tags=("shop-built", "x:1", "x:2"),
            after=-1,
        )

    def test_overrides(self, tmp_path: Path) -> None:
        """Another image stands in for a configured one and for a build, whose folder need not exist then."""
        (tmp_path / "image" / "Dockerfile.dev").unlink()
        override = {"built": "mine:1", "fresh": "mine:2"}

        containers = plan(tmp_path, self.CONFIG, override_images=override).tasks[0].containers

        assert containers["built"].image == PulledImage("mine:1", always=False)
        assert containers["fresh"].image == PulledImage("mine:2", always=False)

    @pytest.mark.parametrize("option", ["override_images", "tag_images"])
    def test_an_unknown_container(self, tmp_path: Path, option: str) -> None:
        """A name that the config does not have is refused with a suggestion."""
        given: dict[str, Any] = {option: {"biult": ("x",)}}

        with pytest.raises(UserError) as raised:
            plan(tmp_path, self.CONFIG, "go", **given)

        assert raised.value.reference == "plan.unknown-container"
        assert "'built'" in str(raised.value.hint)

    def test_a_tag_for_what_is_not_built(self, tmp_path: Path) -> None:
        """Whoever asks for a tag gets it or an error, before anything runs."""
        with pytest.raises(UserError) as raised:
            plan(tmp_path, self.CONFIG, tag_images={"app": ("x:1",)})

        assert raised.value.reference == "plan.tag-without-build"


class TestMounts:
    CONFIG = """
        containers:
          app:
            image: app:1
            volumes:
              - .:/code
              - local: ${SOURCES:-src}/../lib
                container: /lib
                options: ro
              - ~/keys:/keys
              - /var/run/docker.sock:/var/run/docker.sock
              - {type: cache, name: modules, container: /modules, options: z}
              - {type: tmpfs, container: /tmp, options: size=1m}
        tasks:
          go: {run: {container: app}}
        """

    def test_sources(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """Host paths are absolute and tidy, `~` is the home folder, and caches are volumes."""
        monkeypatch.setenv("HOME", "/home/sam")

        mounts = main_container(plan(tmp_path, self.CONFIG)).mounts

        key = (tmp_path / ".taskrunner" / "caches" / "key").read_text().split()[-1]
        assert mounts == (
            BindMount(str(tmp_path), "/code", None),
            BindMount(str(tmp_path / "lib"), "/lib", "ro"),
            BindMount("/home/sam/keys", "/keys", None),
            BindMount("/var/run/docker.sock", "/var/run/docker.sock", None),
            VolumeMount(f"taskrunner-cache-{key}-modules", "/modules", "z", "modules"),
            MemoryMount("/tmp", "size=1m"),
        )

    def test_caches_as_folders(self, tmp_path: Path) -> None:
        """With the cache type `directory` a cache is a folder of the project, and no key is made."""
        mounts = main_container(plan(tmp_path, self.CONFIG, cache_type="directory")).mounts

        folder = tmp_path / ".taskrunner" / "caches"
        assert BindMount(str(folder / "modules"), "/modules", "z") in mounts
        assert not folder.exists()

    def test_a_colon_in_a_path(self, tmp_path: Path) -> None:
        """A host path that the engine would misread is refused with its place."""
        (found,) = problems(tmp_path, self.CONFIG, environment={"SOURCES": "/with:colon/src"})

        assert found.reference == "plan.colon-in-mount"
        assert found.where is not None
        assert found.where.line == 8

    def test_a_path_in_a_container_begins_at_its_root(self, tmp_path: Path) -> None:
        """A relative one is refused for mounts and for the person's home, before the engine would say so."""
        config = """
            containers:
              app:
                image: x
                volumes: [".:code", {type: cache, name: things, container: ./cache}]
                run_as_current_user: {enabled: true, home_directory: home/me}
            tasks:
              go: {run: {container: app}}
            """

        found = problems(tmp_path, config)

        assert {("plan.relative-in-container", line) for line in (6, 7)} == {
            (each.reference, each.where and each.where.line) for each in found
        }
        assert {each.hint for each in found} == {
            f"Write `/{path}`, if that is meant." for path in ("code", "cache", "home/me")
        }


class TestProblems:
    CONFIG = """
        containers:
          app:
            build_directory: image
            build_ssh: [{id: default}]
            build_secrets: {token: {environment: TOKEN}}
            run_as_current_user: {enabled: true, home_directory: /home/me}
            environment: {A: $FIRST, B: $SECOND, C: $FIRST}
          unused:
            image: x
            environment: {D: $THIRD}
            run_as_current_user: {enabled: true, home_directory: /home/me}
        tasks:
          before: {run: {container: app}}
          go: {prerequisites: [before], run: {container: app}}
        """

    @staticmethod
    def line(problem: Problem) -> int | None:
        """Return the line of a problem."""
        return problem.where.line if problem.where else None

    def test_all_at_once_with_their_places(self, tmp_path: Path) -> None:
        """Everything that is wrong with what the run uses is told, each with its line; the rest is not."""
        found = problems(tmp_path, self.CONFIG)

        told = {(p.reference, self.line(p)) for p in found}
        assert told == {
            ("plan.no-ssh-agent", 6),
            ("plan.build-secret-not-set", 7),
            ("config.environment-variable-not-set", 9),
            ("plan.build-impossible", 5),
        }
        messages = " ".join(p.message for p in found)
        assert all(name in messages for name in ("FIRST", "SECOND", "SSH_AUTH_SOCK", "TOKEN"))
        assert "THIRD" not in messages

    def test_each_once(self, tmp_path: Path) -> None:
        """Two tasks that use one container do not double its problems."""
        found = problems(tmp_path, self.CONFIG)

        assert len(found) == len(set(found))

    def test_unknown_task(self, tmp_path: Path) -> None:
        """A task that does not exist is refused before anything is evaluated."""
        with pytest.raises(UserError) as raised:
            plan(tmp_path, self.CONFIG, "gone")

        assert raised.value.reference == "config.unknown-task"


class TestProxies:
    CONFIG = """
        containers:
          app:
            build_directory: image
            build_args: {https_proxy: own}
            environment: {HTTP_PROXY: own}
            additional_hostnames: [other.name]
            dependencies: [db]
          db: {image: x}
        tasks:
          go: {run: {container: app}}
        """
    HOST: ClassVar = {
        "http_proxy": "http://proxy:1",
        "https_proxy": "http://proxy:2",
        "no_proxy": "a.example",
    }

    def made(self, tmp_path: Path, **options: bool) -> RunPlan:
        """Return the plan on a host that has proxies."""
        (tmp_path / "image").mkdir()
        (tmp_path / "image" / "Dockerfile").touch()
        return plan(tmp_path, self.CONFIG, environment=self.HOST, **options)

    def test_containers_and_builds_get_the_hosts_proxies(self, tmp_path: Path) -> None:
        """What the config says wins, and containers reach one another without a proxy."""
        app, db = main_container(self.made(tmp_path)), self.made_db(tmp_path)

        assert (app.environment["http_proxy"], app.environment["HTTP_PROXY"]) == ("http://proxy:1", "own")
        assert db.environment["no_proxy"] == "a.example,db,app,other.name"
        assert isinstance(app.image, BuiltImage)
        assert app.image.args["http_proxy"] == "http://proxy:1"
        assert app.image.args["https_proxy"] == "own"
        assert app.image.args["no_proxy"] == "a.example"

    def made_db(self, tmp_path: Path) -> PlannedContainer:
        """Return the dependency."""
        return plan(tmp_path, self.CONFIG, environment=self.HOST).tasks[0].containers["db"]

    def test_they_can_be_kept_away(self, tmp_path: Path) -> None:
        """--no-proxy-vars means none at all."""
        app = main_container(self.made(tmp_path, propagate_proxies=False))

        assert app.environment == {"HTTP_PROXY": "own"}
        assert isinstance(app.image, BuiltImage)
        assert app.image.args == {"https_proxy": "own"}
