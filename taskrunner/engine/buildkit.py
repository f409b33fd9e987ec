"""Building images with BuildKit, through an installed Docker client: no Python library speaks to it."""

import os
import re
import signal
import socket
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Final, NamedTuple

from taskrunner.engine.build_clients import BuildClient
from taskrunner.engine.build_spec import BuildError, BuildNews, BuildSpec
from taskrunner.engine.buildkit_progress import BuildKitLog
from taskrunner.engine.cancellation import CancelScope
from taskrunner.engine.client import Client
from taskrunner.engine.docker_cli import docker_cli
from taskrunner.engine.errors import advice

if TYPE_CHECKING:
    import subprocess

__all__ = ["BuildArgs", "arguments", "build", "build_args"]

_BLOCK = 1 << 16
# Told to stop, a client takes leave of the engine, which ends the build; buildx gives it three seconds.
_LEAVE_TAKING = 4.0
# These would name another builder, or change what is printed.
_NOT_INHERITED: Final = ("BUILDX_BUILDER", "BUILDKIT_PROGRESS")
_PLAIN_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
# What the client, its plugins, Go, OpenSSL or the loader of programs read from their environment.
_MEANS_SOMETHING: Final = re.compile(
    r"(DOCKER|BUILDX|BUILDKIT|COMPOSE|MOBY|GO|GRPC|OTEL|SSL|SSH|LD|DYLD|XDG|LC)_?[A-Z_]*$"
    r"|(PATH|HOME|USER|SHELL|TERM|LANG|TMPDIR|PWD|TZ|NO_COLOR|CI)$|(?i:.*_proxy)$"
)


def build(
    client: Client, builder: BuildClient, spec: BuildSpec, news: BuildNews, scope: CancelScope | None
) -> str:
    """Build an image and return its id.

    Raises BuildError, and Cancelled, upon which client and engine end the build.
    """
    # Most runs build nothing.
    import tempfile

    log = BuildKitLog(news)
    with tempfile.TemporaryDirectory(prefix="taskrunner-build-") as folder:
        id_file = os.path.join(folder, "image-id")
        cli = docker_cli(client.endpoint, client.docker_config, os.environ)
        words = (builder.program, *cli.arguments, *builder.words)
        given = build_args(spec.args, cli.environment)
        command = [*words, *arguments(builder, spec, client.endpoint.context, id_file, given)]
        code = _run(command, _environment({**cli.environment, **given.environment}), log, scope)
        if code != 0:
            message = log.message or f"The Docker client ended with exit code {code}."
            raise BuildError("engine.build-failed", message, advice(message), output=log.text)
        try:
            with open(id_file, encoding="ascii") as file:
                image_id = file.read().strip()
        except FileNotFoundError:
            image_id = ""
    if not image_id:
        raise BuildError(
            "engine.build-without-image", "The build ended, but the engine names no image.", output=log.text
        )
    return image_id


class BuildArgs(NamedTuple):
    """Build arguments as the client gets them."""

    words: tuple[str, ...]
    environment: Mapping[str, str]
    """Variables for the client's environment."""


def build_args(args: Mapping[str, str], environment: Mapping[str, str]) -> BuildArgs:
    """Hand values over in the client's environment, where other users of the machine cannot read them.

    People put passwords into build arguments, and what stands in a command is in every list of processes.
    An argument whose name means something to the client itself, with another value, has to stand there.
    """
    words, variables = [], {}
    for name, value in args.items():
        if environment.get(name) == value:
            words.append(f"--build-arg={name}")
        elif name in environment or not _PLAIN_NAME.fullmatch(name) or _MEANS_SOMETHING.match(name):
            words.append(f"--build-arg={name}={value}")
        else:
            words.append(f"--build-arg={name}")
            variables[name] = value
    return BuildArgs(tuple(words), variables)


def arguments(
    builder: BuildClient, spec: BuildSpec, context: str, id_file: str, given: BuildArgs
) -> list[str]:
    """Return the arguments that build an image on the engine of a context, and write its id to a file."""
    # A builder of another kind, which somebody may use by default, would keep the image to itself.
    chosen = [f"--builder={context or 'default'}"] if builder.buildx else []
    words = [
        *chosen,
        f"--progress={'rawjson' if builder.raw_json else 'plain'}",
        f"--iidfile={id_file}",
        f"--file={os.path.join(spec.directory, spec.dockerfile)}",
        *(f"--tag={tag}" for tag in spec.tags),
        *(f"--label={name}={value}" for name, value in spec.labels.items()),
        *given.words,
        *(f"--secret={_secret(source.id, source.variable, source.path)}" for source in spec.secrets),
        *(f"--ssh={source.id}" + _ssh_paths(source.paths) for source in spec.ssh),
    ]
    if spec.target is not None:
        words.append(f"--target={spec.target}")
    if spec.platform is not None:
        words.append(f"--platform={spec.platform}")
    if spec.pull:
        words.append("--pull")
    return [*words, "--", spec.directory]


def _secret(name: str, variable: str | None, path: str | None) -> str:
    source = f"env={variable}" if variable is not None else f"src={path}"
    return ",".join(map(_field, (f"id={name}", source)))


def _field(text: str) -> str:
    """Quote a field of comma-separated values (RFC 4180), where it needs that."""
    return '"' + text.replace('"', '""') + '"' if "," in text or '"' in text else text


def _ssh_paths(paths: tuple[str, ...]) -> str:
    return f"={','.join(paths)}" if paths else ""


def _environment(variables: Mapping[str, str]) -> Mapping[str, str]:
    return {
        **{name: value for name, value in variables.items() if name not in _NOT_INHERITED},
        "DOCKER_BUILDKIT": "1",
        # Without a registry that wants it, a statement about the build's origin only costs time.
        "BUILDX_NO_DEFAULT_ATTESTATIONS": "1",
    }


def _run(
    command: list[str], environment: Mapping[str, str], log: BuildKitLog, scope: CancelScope | None
) -> int:
    import subprocess

    ours, theirs = socket.socketpair()
    with ours, theirs:
        if scope is not None:
            scope.add(ours)
        try:
            process = subprocess.Popen(
                command,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                # Ctrl-C is for us: the client is told when its turn has come.
                start_new_session=True,
            )
        except OSError as error:
            raise BuildError(
                "engine.build-client", f"{command[0]} cannot be run: {error.strerror}.", output=""
            ) from error
        with process:
            try:
                for line in _lines(process, theirs):
                    log.feed(line)
                if scope is not None:
                    scope.check()
                # It has closed its output, so it is about to end.
                return process.wait()
            finally:
                if scope is not None:
                    scope.discard(ours)
                _end(process)


def _lines(process: "subprocess.Popen[bytes]", cancelled: socket.socket) -> Iterator[str]:
    """Yield what a process prints, until it ends or something can be read from a socket."""
    import select

    if process.stderr is None:
        raise LookupError("stderr")
    descriptor, rest = process.stderr.fileno(), b""
    poller = select.poll()
    poller.register(descriptor, select.POLLIN)
    poller.register(cancelled, select.POLLIN)
    while True:
        ready = {number for number, _ in poller.poll()}
        if cancelled.fileno() in ready:
            return
        data = os.read(descriptor, _BLOCK)
        *lines, rest = (rest + data).split(b"\n")
        yield from (line.decode(errors="replace").rstrip("\r") for line in lines)
        if not data:
            if rest:
                yield rest.decode(errors="replace")
            return


def _end(process: "subprocess.Popen[bytes]") -> None:
    """Make a process end that nobody waits for any more."""
    import subprocess

    if process.poll() is not None:
        return
    _signal(process, signal.SIGTERM)
    try:
        # Its last words are for nobody, but read: of a closed pipe it would die before it took leave.
        process.communicate(timeout=_LEAVE_TAKING)
    except subprocess.TimeoutExpired:
        _signal(process, signal.SIGKILL)
        process.wait()


def _signal(process: "subprocess.Popen[bytes]", number: int) -> None:
    # The whole group: buildx is a child of the client.
    try:
        os.killpg(process.pid, number)
    except ProcessLookupError:
        return
