"""What a command line amounts to, whoever read it: typed values, and the rules between them."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from taskrunner.errors import UserError
from taskrunner.records import NamedTuple

if TYPE_CHECKING:
    from taskrunner.usage import Usage

__all__ = [
    "Before",
    "Common",
    "RunArguments",
    "buildkit",
    "cache_type",
    "checked",
    "common_of",
    "merge",
    "pairs",
    "run_arguments_of",
    "single_values",
    "split_names",
]

# Not left to typer: an option before the verb wins over a variable that the verb would read for itself.
_CACHE_TYPE_VARIABLES = ("TASKRUNNER_CACHE_TYPE", "BATECT_CACHE_TYPE")

_NOT_WITH_CONTEXT = ("docker_host", "docker_tls", "docker_cert")


class Common(NamedTuple):
    """The options that are taken before the verb and after it."""

    config_file: str | None = None
    output: str | None = None
    no_color: bool = False
    log_file: str | None = None
    docker_host: str | None = None
    docker_context: str | None = None
    docker_config: str | None = None
    cache_type: str | None = None
    docker_tls: bool = False
    docker_tls_verify: bool = False
    docker_tls_ca_cert: str | None = None
    docker_tls_cert: str | None = None
    docker_tls_key: str | None = None
    docker_cert_path: str | None = None
    refresh_includes: bool = False


class Before(NamedTuple):
    """What stands before the verb, what stands after `--`, and the command's telemetry."""

    common: Common
    arguments: tuple[str, ...]
    usage: "Usage"


class RunArguments(NamedTuple):
    """What `run` takes besides the common options; a parameter of typer's has the same name."""

    task: Sequence[str] = ()
    config_vars_file: str | None = None
    config_var: Sequence[str] = ()
    override_image: Sequence[str] = ()
    tag_image: Sequence[str] = ()
    use_network: str | None = None
    disable_ports: bool = False
    skip_prerequisites: bool = False
    max_parallelism: int | None = None
    parallel: bool = False
    no_cleanup_after_failure: bool = False
    no_cleanup_after_success: bool = False
    no_cleanup: bool = False
    no_proxy_vars: bool = False
    enable_buildkit: bool = False
    rebuild: bool = False
    force: bool = False
    explain: bool = False
    timeline: str | None = None
    watch: bool = False
    shell_on_failure: bool = False


def common_of(params: Mapping[str, Any]) -> Common:
    """Return the common options among a verb's parameters."""
    return Common(**{name: params[name] for name in Common._fields if params.get(name)})


def run_arguments_of(params: Mapping[str, Any]) -> RunArguments:
    """Return what `run` takes among its parameters."""
    return RunArguments(**{name: params[name] for name in RunArguments._fields if params.get(name)})


def merge(first: Common, after: Common) -> Common:
    """Return the options of both places; what stands after the verb wins.

    Raises UserError for values that exclude one another.
    """
    given = {name: value for name, value in after._asdict().items() if value}
    return checked(first._replace(**given))


def checked(merged: Common) -> Common:
    """Return the options. Raises UserError for values that do not exist or exclude one another."""
    if merged.docker_context:
        _check_alone(merged)
    if merged.output:
        from taskrunner.output.styles import choose

        choose(merged.output, no_color=merged.no_color, stdout_is_terminal=False, environment={})
    return merged


def _check_alone(merged: Common) -> None:
    for field in Common._fields:
        if field.startswith(_NOT_WITH_CONTEXT) and getattr(merged, field):
            raise UserError(
                "cli.host-and-context",
                f"--{field.replace('_', '-')} and --docker-context exclude one another.",
                "A context says which host it means, and how to talk to it: leave one of them out.",
            )


def pairs(option: str, values: Sequence[str] | None) -> list[tuple[str, str]]:
    """Split each NAME=VALUE at its first equals sign. Raises UserError where there is none."""
    found = []
    for text in values or ():
        name, sign, value = text.partition("=")
        if not name or not sign:
            raise UserError(
                "cli.not-a-pair",
                f"{option} takes NAME=VALUE, but '{text}' is not of that form.",
                f"Write {option} NAME=VALUE, with no blanks around the equals sign.",
            )
        found.append((name, value))
    return found


def cache_type(common: Common, environment: Mapping[str, str]) -> str:
    """Return where caches live: the option's value, else a variable's. Raises UserError for what is none."""
    named = (common.cache_type, *map(environment.get, _CACHE_TYPE_VARIABLES))
    value = next(filter(None, named), "volume")
    if value not in ("volume", "directory"):
        raise UserError(
            "cli.unknown-cache-type", f"'{value}' is no cache type.", "The types are volume and directory."
        )
    return value


def buildkit(environment: Mapping[str, str], *, enabled: bool) -> bool | None:
    """Return whether BuildKit is wanted, or None where nobody has said. Raises UserError."""
    text = environment.get("DOCKER_BUILDKIT", "")
    if enabled or text.lower() in ("1", "t", "true", "yes"):
        return True
    if not text:
        return None
    if text.lower() not in ("0", "f", "false", "no"):
        raise UserError(
            "cli.bad-buildkit",
            f"DOCKER_BUILDKIT is '{text}', which is neither yes nor no.",
            "Set it to 1 or 0.",
        )
    return False


def single_values(option: str, values: Sequence[str] | None) -> dict[str, str]:
    """Split each NAME=VALUE, and raise UserError where a name is there twice."""
    found: dict[str, str] = {}
    for name, value in pairs(option, values):
        if name in found:
            raise UserError(
                "cli.given-twice", f"{option} is there twice for '{name}'.", "Leave one of them out."
            )
        found[name] = value
    return found


def split_names(values: Sequence[str] | None) -> tuple[str, ...]:
    """Return the names of an option that may be repeated and takes commas."""
    return tuple(name for text in values or () for name in text.split(",") if name)
