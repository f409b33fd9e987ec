"""What every step of a run works with."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from taskrunner.engine.cancellation import CancelScope
from taskrunner.engine.client import Client
from taskrunner.execution.bus import Bus
from taskrunner.execution.exits import ExitWatch
from taskrunner.execution.images import ImageStore
from taskrunner.execution.labels import Owner
from taskrunner.records import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable

    from taskrunner.errors import TaskrunnerError
    from taskrunner.execution.local_proxies import LocalProxies
    from taskrunner.host.terminal import Terminal
    from taskrunner.plan.model import RunPlan
    from taskrunner.skipping.tasks import TaskSkipper

__all__ = ["NO_INPUT", "ConfigSource", "Input", "RunContext", "RunOptions"]


class Input(NamedTuple):
    """Where a container's input comes from."""

    descriptor: int | None = None
    """File descriptor that it reads; None for no input."""
    terminal: "Terminal | None" = None
    """The person's terminal; None where the container gets none."""


NO_INPUT = Input()


class ConfigSource(NamedTuple):
    """Where a watched run gets its plan from, again whenever the config has changed."""

    files: tuple[str, ...]
    """What to watch: every file that was read, or would be if it were there."""
    patterns: tuple[str, ...]
    """And every file that one of these patterns matches."""
    load: "Callable[[], tuple[RunPlan, ConfigSource]]"
    """Read the config again; raises TaskrunnerError where it cannot be used."""
    explain: "Callable[[TaskrunnerError], str]"
    """Return what is wrong with it, in lines for a person."""


class RunOptions(NamedTuple):
    """What a person asked for, as far as it shapes how the plan is carried out."""

    use_network: str | None = None
    """Name or id of an existing network; None for one of the task's own, where it needs one."""
    max_parallelism: int | None = None
    parallel: bool = False
    """Whether tasks that do not need one another run at the same time."""
    cleanup_after_success: bool = True
    """For the named task; prerequisites that succeed are always cleaned up."""
    cleanup_after_failure: bool = True
    shell_on_failure: bool = False
    """Whether a shell opens where a task failed; only with a terminal in `input`."""
    attach_all: bool = False
    """Whether listeners want the output of every container, not only the main one's."""
    terminal: str | None = None
    """Value of TERM for every container; None for none."""
    buildkit: bool | None = None
    """Whether images are built with BuildKit; None where the person has not said."""
    rebuild: bool = False
    """Build images even if nothing has changed."""
    proxies: Mapping[str, str] = {}
    """The host's proxy variables, where containers and builds get them."""
    local_proxies: "LocalProxies | None" = None
    """What leads containers to those that are on this machine's localhost; None where none are."""
    skipper: "TaskSkipper | None" = None
    """Decides which tasks need not run; None where all of them do."""
    explain: bool = False
    """Tell why each task runs."""
    watch: ConfigSource | None = None
    """Run again whenever the tasks' inputs change, or the config, which comes from here; None for one run."""
    input: Input = NO_INPUT
    """For the named task's main container."""


class RunContext(NamedTuple):
    """One run: the engine, who we are, and where news goes."""

    client: Client
    owner: Owner
    labels: dict[str, str]
    options: RunOptions
    bus: Bus
    images: ImageStore
    image_scope: CancelScope
    exits: ExitWatch
