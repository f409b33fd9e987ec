"""From a container as configured to a container as it will be created, for one task."""

import os
from collections.abc import Iterator, Mapping

from taskrunner.config.expressions import evaluate
from taskrunner.config.model import (
    Build,
    CacheMount,
    CommandLine,
    Container,
    Customisation,
    Expression,
    LocalMount,
    Mount,
    PathExpression,
    Port,
    SecretFromFile,
    SetupCommand,
    TaskRun,
)
from taskrunner.config.nodes import quoted
from taskrunner.config.values import is_image
from taskrunner.errors import ConfigError, Position, Problem
from taskrunner.plan.caches import CacheStore
from taskrunner.plan.model import (
    BindMount,
    BuildSecret,
    BuildSsh,
    BuiltImage,
    ImageSource,
    MemoryMount,
    PlannedMount,
    PortBinding,
    PulledImage,
    VolumeMount,
)
from taskrunner.records import NamedTuple

__all__ = ["Evaluator", "bindings", "overlay_ports"]

_ENGINE_SOCKET = "/var/run/docker.sock"


class Evaluator(NamedTuple):
    """Evaluates what a config leaves open, collecting problems instead of stopping at the first."""

    environment: Mapping[str, str]
    variables: Mapping[str, str | None]
    caches: CacheStore
    cache_type: str
    proxies: Mapping[str, str]
    """Proxy variables of the host; empty where they are not to be propagated."""
    problems: list[Problem]
    env_files: dict[str, None]
    """Every file of variables that was looked for."""

    def note(self, *found: Problem) -> None:
        """Note problems, each once: several tasks may use the container that has them."""
        self.problems.extend(problem for problem in found if problem not in self.problems)

    def text(self, expression: Expression) -> str:
        """Return an expression's value, or "" after noting the problem."""
        try:
            return evaluate(expression, self.environment, self.variables)
        except ConfigError as error:
            self.note(*error.problems)
            return ""

    def texts(self, *layers: Mapping[str, Expression]) -> dict[str, str]:
        """Return the values of several maps, later ones winning, evaluating only what wins."""
        merged: dict[str, Expression] = {}
        for layer in layers:
            merged.update(layer)
        return {name: self.text(expression) for name, expression in merged.items()}

    def path(self, path: PathExpression) -> str:
        """Return an absolute host path: `~` is the home folder, relative paths start at the base."""
        text = os.path.expanduser(self.text(path.expression))
        if text == _ENGINE_SOCKET:
            return text
        return os.path.normpath(os.path.join(path.base, text))

    def mount(self, mount: Mount) -> PlannedMount:
        """Return a mount as the engine takes it."""
        self.inside(mount.container, mount.where)
        if isinstance(mount, LocalMount):
            source = self.path(mount.local)
            if ":" in source:
                self.note(
                    Problem(
                        "plan.colon-in-mount",
                        f"The host path {source} cannot be mounted: the engine takes no path with a colon.",
                        mount.where,
                        "Rename the folder, or mount one above it.",
                    )
                )
            return BindMount(source, mount.container, mount.options)
        if isinstance(mount, CacheMount):
            if self.cache_type == "directory":
                return BindMount(self.caches.directory(mount.name), mount.container, mount.options)
            return VolumeMount(self.caches.volume(mount.name), mount.container, mount.options, mount.name)
        return MemoryMount(mount.container, mount.options or "")

    def inside(self, path: str, where: Position) -> str:
        """Return a path in a container, noting one that does not begin at its root."""
        if not path.startswith("/"):
            absolute = os.path.normpath(f"/{path}")
            message = f"{quoted(path)} is a path in a container, and those begin with a /."
            self.note(
                Problem(
                    "plan.relative-in-container", message, where, f"Write `{absolute}`, if that is meant."
                )
            )
        return path

    def image(
        self, container: Container, override: str | None, tags: tuple[str, ...], project: str
    ) -> ImageSource:
        """Return where a container's image comes from."""
        if override is not None:
            return PulledImage(override, always=False, platform=container.platform)
        if container.build is None:
            return PulledImage(self._reference(container), container.always_pull, container.platform)
        build = container.build
        return BuiltImage(
            container=container.name,
            directory=self.path(build.directory),
            dockerfile=build.dockerfile,
            args={**self.proxies, **self.texts(build.args)},
            target=build.target,
            pull=container.always_pull,
            tags=(f"{project}-{container.name}", *tags),
            after=-1,
            secrets=tuple(self.secrets(build)),
            ssh=tuple(self.ssh(build)),
            platform=container.platform,
        )

    def _reference(self, container: Container) -> str:
        if container.image is None:
            return ""
        noted = len(self.problems)
        text = self.text(container.image)
        if len(self.problems) == noted and not is_image(text):
            message = f"This comes to {quoted(text)}, which is not the name of an image."
            hint = "Check the variables in it, and that those are set which have no default."
            self.note(Problem("config.bad-image", message, container.image.where, hint))
        return text

    def command(self, command: CommandLine | None) -> CommandLine | None:
        """Return a command with its words evaluated; its text is what a shell would be given."""
        if command is None or command.expressions is None:
            return command
        import shlex

        words = tuple(self.text(word) for word in command.expressions)
        return CommandLine(shlex.join(words), words)

    def set_up(self, commands: tuple[SetupCommand, ...]) -> tuple[SetupCommand, ...]:
        """Return set-up commands with their words evaluated."""
        return tuple(each._replace(command=self.command(each.command) or each.command) for each in commands)

    def secrets(self, build: Build) -> Iterator[BuildSecret]:
        """Yield where a build's secrets come from, noting those that are not set."""
        for name, source in build.secrets.items():
            if isinstance(source, SecretFromFile):
                yield BuildSecret(name, None, self.path(source.path))
                continue
            yield BuildSecret(name, source.variable, None)
            if source.variable not in self.environment:
                self.note(
                    Problem(
                        "plan.build-secret-not-set",
                        f"The build secret '{name}' is the environment variable {source.variable}, "
                        "which is not set.",
                        build.secrets_where,
                        f"Set {source.variable}, to nothing if the build can do without it.",
                    )
                )

    def ssh(self, build: Build) -> Iterator[BuildSsh]:
        """Yield the SSH agents of a build, noting those that are not there."""
        for agent in build.ssh:
            yield BuildSsh(agent.id, tuple(self.path(path) for path in agent.paths))
            if not agent.paths and not self.environment.get("SSH_AUTH_SOCK"):
                self.note(
                    Problem(
                        "plan.no-ssh-agent",
                        f"The build uses the SSH agent '{agent.id}', but SSH_AUTH_SOCK is not set.",
                        build.ssh_where,
                        "Start one (`eval $(ssh-agent)`, `ssh-add`), or name keys under `paths`.",
                    )
                )


def overlay_ports(container: Container, change: TaskRun | Customisation | None) -> tuple[Port, ...]:
    """Return a container's ports with those that a task adds; what is there twice counts once."""
    added = change.ports if change is not None else ()
    seen: dict[tuple[object, ...], Port] = {}
    for port in (*container.ports, *added):
        seen.setdefault((port.local, port.container, port.protocol), port)
    return tuple(seen.values())


def bindings(ports: tuple[Port, ...]) -> tuple[PortBinding, ...]:
    """Return one binding a port: ranges are paired in order."""
    return tuple(
        PortBinding(local, inner, port.protocol)
        for port in ports
        for local, inner in zip(
            range(port.local.first, port.local.last + 1),
            range(port.container.first, port.container.last + 1),
            strict=True,
        )
    )
