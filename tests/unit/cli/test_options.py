"""Options: where they may stand, what they may say, and which of two wins."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple, NoReturn

import pytest
from hypothesis import given
from hypothesis import strategies as st

import taskrunner.cli.commands.clean as clean_verb
import taskrunner.plan.make as planning
from taskrunner.cli import arguments as args
from taskrunner.cli.app import run_app
from taskrunner.errors import UserError
from taskrunner.plan.make import PlanOptions
from tests.property.settings import PROFILE

CONFIG = """\
project_name: options
config_variables:
  colour: {}
containers:
  shell: {image: busybox}
tasks:
  hello: {run: {container: shell, command: echo hello}}
"""


class Seen(Exception):  # noqa: N818 - it is no error: the command came as far as the test wants it to
    """Carries what a command handed on."""

    def __init__(self, *values: Any) -> None:
        super().__init__(*values)
        self.values = values


class Planned(NamedTuple):
    """What `run` hands to the planner."""

    options: PlanOptions
    variables: dict[str, str | None]


def plan_of(*arguments: str) -> Planned:
    """Return what a command line makes of a run, up to its plan."""

    def stop(_project: object, options: PlanOptions, _environment: object, variables: Any) -> NoReturn:
        raise Seen(options, dict(variables))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(planning, "make_plan", stop)
        with pytest.raises(Seen) as seen:
            run_app(arguments)
    return Planned(*seen.value.values)


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Give the path of a config, whose folder is the current one."""
    path = tmp_path / "taskrunner.yml"
    path.write_text(CONFIG, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return str(path)


@pytest.fixture
def common_of(project: str, monkeypatch: pytest.MonkeyPatch) -> Callable[..., args.Common]:
    """Give a function that returns the common options which a command line with `clean` amounts to."""
    del project

    def stop(common: args.Common) -> NoReturn:
        raise Seen(common)

    def parse(*arguments: str) -> args.Common:
        with pytest.raises(Seen) as seen:
            run_app(arguments)
        found: args.Common = seen.value.values[0]
        return found

    monkeypatch.setattr(clean_verb, "connect", stop)
    return parse


def refusal(*arguments: str) -> UserError:
    """Return the error that a command line ends with."""
    with pytest.raises(UserError) as raised:
        run_app(arguments)
    return raised.value


class TestBothPlaces:
    def test_what_stands_after_the_verb_wins(self, common_of: Callable[..., args.Common]) -> None:
        """An option of both places has its later value; one of the first place alone is kept."""
        common = common_of("-f", "a.yml", "--docker-host", "unix:///a", "clean", "--docker-host", "unix:///b")

        assert ("a.yml", "unix:///b") == (common.config_file, common.docker_host)

    def test_an_option_before_the_verb_wins_over_a_variable(
        self, common_of: Callable[..., args.Common], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """What is typed is meant for this command, whichever place it has."""
        monkeypatch.setenv("DOCKER_CONFIG", "/of/the/environment")

        assert common_of("--docker-config", "/typed", "clean").docker_config == "/typed"

    @pytest.mark.parametrize(
        "arguments",
        [
            ("--cache-type", "directory", "run", "hello"),
            ("run", "--cache-type", "directory", "hello"),
            ("run", "hello", "--cache-type=directory"),
            ("--cache-type", "volume", "run", "hello", "--cache-type", "directory"),
        ],
    )
    def test_the_cache_type(self, project: str, arguments: tuple[str, ...]) -> None:
        """It is taken before the verb, after it and after the task."""
        del project

        assert plan_of(*arguments).options.cache_type == "directory"

    def test_host_and_context_exclude_each_other_over_both_places(self) -> None:
        """One before the verb and one after it are as contradictory as two in one place."""
        error = refusal("--docker-host", "unix:///a", "clean", "--docker-context", "work")

        assert error.reference == "cli.host-and-context"


class TestCacheType:
    @pytest.mark.parametrize(
        ("option", "environment", "expected"),
        [
            (None, {}, "volume"),
            (None, {"BATECT_CACHE_TYPE": "directory"}, "directory"),
            (None, {"BATECT_CACHE_TYPE": "directory", "TASKRUNNER_CACHE_TYPE": "volume"}, "volume"),
            (None, {"BATECT_CACHE_TYPE": "directory", "TASKRUNNER_CACHE_TYPE": ""}, "directory"),
            ("volume", {"TASKRUNNER_CACHE_TYPE": "directory"}, "volume"),
            ("directory", {"TASKRUNNER_CACHE_TYPE": "nonsense"}, "directory"),
        ],
    )
    def test_order(self, option: str | None, environment: dict[str, str], expected: str) -> None:
        """The option wins over our variable, ours over batect's, and one that is empty is not set."""
        assert expected == args.cache_type(args.Common(cache_type=option), environment)

    def test_unknown(self) -> None:
        """A type that does not exist is refused, wherever it comes from."""
        with pytest.raises(UserError) as raised:
            args.cache_type(args.Common(), {"TASKRUNNER_CACHE_TYPE": "disk"})

        assert raised.value.reference == "cli.unknown-cache-type"
        assert "'disk'" in raised.value.message


class TestPairs:
    def test_the_first_equals_sign_splits(self) -> None:
        """Values may have equals signs of their own, and may be empty."""
        assert [("a", "b=c"), ("d", "")] == args.pairs("--config-var", ["a=b=c", "d="])

    @pytest.mark.parametrize("text", ["", "a", "=b", "="])
    def test_no_pair(self, text: str) -> None:
        """What has no name or no equals sign is refused, and the option named."""
        with pytest.raises(UserError) as raised:
            args.pairs("--tag-image", [text])

        assert raised.value.reference == "cli.not-a-pair"
        assert "--tag-image" in raised.value.message

    def test_a_name_twice(self) -> None:
        """Of two values for one name neither is chosen silently."""
        with pytest.raises(UserError) as raised:
            args.single_values("--config-var", ["a=1", "b=2", "a=1"])

        assert raised.value.reference == "cli.given-twice"
        assert "'a'" in raised.value.message

    def test_names_of_caches(self) -> None:
        """`--clean-cache` may be repeated and takes commas."""
        assert args.split_names(["a,b", "c", ",d,"]) == ("a", "b", "c", "d")


class TestRun:
    def test_everything_reaches_the_plan(self, project: str) -> None:
        """Each option of the plan arrives where it belongs, whether before or after the task."""
        del project

        planned = plan_of(
            *("run", "--override-image", "shell=alpine:3", "--config-var", "colour=red=dark", "hello"),
            *("--skip-prerequisites", "--disable-ports", "--", "--fast", "-o", "quiet"),
        )

        assert planned.variables["colour"] == "red=dark"
        assert planned.options == PlanOptions(
            task="hello",
            arguments=("--fast", "-o", "quiet"),
            skip_prerequisites=True,
            override_images={"shell": "alpine:3"},
            tag_images={},
            disable_ports=True,
            cache_type="volume",
        )

    def test_an_image_may_have_several_tags(self, project: str) -> None:
        """`--tag-image` adds up, in the order given."""
        del project

        planned = plan_of("run", "--tag-image", "shell=a", "--tag-image=shell=b", "hello")

        assert planned.options.tag_images == {"shell": ("a", "b")}

    @pytest.mark.parametrize(
        ("arguments", "reference"),
        [
            ((), "cli.no-verb"),
            (("run",), "cli.no-task"),
            (("run", "hello", "--fast-please"), "cli.usage"),
            (("hello",), "cli.usage"),
            (("run", "hello", "world"), "config.unknown-task"),
            (("run", "hello", "--max-parallelism", "0"), "cli.usage"),
            (("run", "hello", "--config-var"), "cli.usage"),
            (("run", "hello", "--config-var", "x=1"), "config.unknown-variable"),
            (("run", "hello", "--override-image", "a=b", "--tag-image", "a=c"), "cli.override-and-tag"),
            (("run", "hello", "-o", "loud"), "cli.unknown-output-style"),
            (("list", "-o", "loud"), "cli.unknown-output-style"),
            (("run", "hello", "--no-color", "-o=fancy"), "cli.fancy-without-colour"),
            (("clean", "--all-hosts"), "clean.age-missing"),
            (("clean", "--older-than", "24h"), "clean.age-missing"),
            (("clean", "--all-hosts", "--older-than", "soon"), "clean.bad-age"),
        ],
    )
    def test_mistakes(self, project: str, arguments: tuple[str, ...], reference: str) -> None:
        """Each has its own reference and says what to do."""
        del project

        error = refusal(*arguments)

        assert reference == error.reference
        assert error.hint

    def test_a_verb_that_is_missing_is_explained(self) -> None:
        """Who types a task as with batect learns about `run`."""
        error = refusal("build")

        assert error.message == "No such command 'build'."
        assert "taskrunner run TASK" in str(error.hint)

    @pytest.mark.parametrize(
        "arguments", [("-f", "other.yml"), ("-fother.yml",), ("-f=other.yml",), ("--config-file=other.yml",)]
    )
    def test_forms_of_a_value(self, project: str, arguments: tuple[str, ...]) -> None:
        """All forms that batect takes name the same file; it has to exist to be read."""
        (Path(project).parent / "other.yml").write_text(CONFIG.replace("colour", "shape"), encoding="utf-8")

        assert "shape" in plan_of("run", *arguments, "hello").variables
        assert "shape" in plan_of(*arguments, "run", "hello").variables


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Give the path of a config."""
    path = tmp_path_factory.mktemp("project") / "taskrunner.yml"
    path.write_text(CONFIG, encoding="utf-8")
    return str(path)


@PROFILE
@given(
    extra=st.lists(st.one_of(st.text(), st.sampled_from(["--", "-o", "--help", "run", "-f=x", "--version"])))
)
def test_what_stands_behind_two_dashes_is_not_touched(config: str, extra: list[str]) -> None:
    """Whatever stands behind `--` reaches the task unchanged, even what looks like options of ours."""
    assert tuple(extra) == plan_of("-f", config, "run", "hello", "--", *extra).options.arguments
