"""BuildKit, through the Docker client of this machine."""

import os
import secrets
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from taskrunner.engine import images
from taskrunner.engine.build_spec import BuildError, SecretSource, SshSource
from taskrunner.engine.cancellation import Cancelled, CancelScope
from tests.engine.conftest import Box
from tests.engine.test_builds import Builder

pytestmark = pytest.mark.engine


class KitBuilder(Builder):
    """Builds with BuildKit."""

    buildkit = True


@pytest.fixture
def builder(box: Box, tmp_path: Path) -> Iterator[Builder]:
    """Give a builder; its images are gone afterwards."""
    folder = tmp_path / "context"
    folder.mkdir()
    yield KitBuilder(box, folder)
    box.close()
    for image in images.find(box.client, box.labels):
        for name in image.tags or (image.id,):
            images.remove(box.client, name)


def test_secrets_are_there_and_not_in_the_image(
    builder: Builder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A variable or a file, even one with a comma in its name, is readable while it is mounted."""
    monkeypatch.setenv("THE_TOKEN", "from the variable")
    (tmp_path / 'a,"b').write_text("from the file")
    image = builder.build(
        "RUN --mount=type=secret,id=one --mount=type=secret,id=two "
        "cat /run/secrets/one /run/secrets/two > /told; ls /run/secrets\n"
        "RUN ls /run/secrets 2>/dev/null | wc -l >> /told\n",
        secrets=(SecretSource("one", "THE_TOKEN", None), SecretSource("two", None, f'{tmp_path}/a,"b')),
    )

    told = builder.print_of(image, "sh", "-c", "cat /told")
    assert told == "from the variablefrom the file0\n"


def test_an_agent_and_keys_can_be_used(
    builder: Builder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The build gets a socket for the person's own agent, and one that has the keys of a file."""
    key = tmp_path / "key"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key)], check=True)
    agent = tmp_path / "agent"
    process = subprocess.Popen(["ssh-agent", "-D", "-a", str(agent)], stdout=subprocess.DEVNULL)
    try:
        until = time.monotonic() + 10
        while not agent.exists() and time.monotonic() < until:
            time.sleep(0.02)
        monkeypatch.setenv("SSH_AUTH_SOCK", str(agent))
        builder.build(
            'RUN --mount=type=ssh test -S "$SSH_AUTH_SOCK"\n'
            'RUN --mount=type=ssh,id=keys,required=true test -S "$SSH_AUTH_SOCK" && echo both\n',
            ssh=(SshSource("default", ()), SshSource("keys", (str(key),))),
        )
    finally:
        process.terminate()
        process.wait()

    assert "both\n" in builder.output


def test_stages_are_told_apart(builder: Builder) -> None:
    """Each stage counts its own steps, the target's successors are left out, and caches stay."""
    unique = secrets.token_hex(4)
    text = (
        # To newer engines, the name of a cache makes no other command of it.
        f"RUN --mount=type=cache,id={unique},target=/c echo {unique} >> /c/x; wc -l < /c/x > /lines\n"
        "FROM base AS middle\nARG WORD\nRUN echo said-$WORD\nFROM middle\nRUN exit 1\n"
    )
    settings = {"args": {"WORD": f"hello {unique}"}, "target": "middle"}

    builder.build(text, **settings)
    image = builder.build(f"ENV A={unique}\n{text}", **settings)

    assert f"said-hello {unique}\n" in builder.output
    # Stages are built side by side, in any order.
    assert {(2, 2, "base RUN"), (1, 1, "middle RUN")} <= {
        (number, total, " ".join(text.split()[:2])) for number, total, text in builder.steps
    }
    assert builder.print_of(image, "cat", "/lines") == "2\n"


def test_a_failing_build_tells_why(builder: Builder) -> None:
    """The error names the command, and its output is all there, once."""
    with pytest.raises(BuildError, match="exit code: 3") as caught:
        builder.build("RUN echo the reason >&2; exit 3\n")

    assert caught.value.output.count("\nthe reason\n") == 1
    assert "sha256:" not in caught.value.output


@pytest.mark.parametrize(
    ("dockerfile", "message"), [("COPY missing /x\n", "missing"), ("NONSENSE\n", "unknown instruction")]
)
def test_mistakes_are_told_in_the_engine_s_words(builder: Builder, dockerfile: str, message: str) -> None:
    """What is wrong with a Dockerfile is in the message."""
    with pytest.raises(BuildError, match=message):
        builder.build(dockerfile)


def test_a_build_can_be_given_up(builder: Builder) -> None:
    """Client and engine end the build: neither a process nor a temporary file is left of it."""
    mark = secrets.token_hex(4)
    scope, begun = CancelScope(), time.monotonic()

    def cancel_once_running() -> None:
        # Not before its first line: engine 26 forgets a command that is called off while it is being started.
        while f"\nrunning {mark}\n" not in builder.output and time.monotonic() - begun < 30:
            time.sleep(0.02)
        scope.cancel()

    threading.Thread(target=cancel_once_running).start()

    with pytest.raises(Cancelled):
        builder.build(f"RUN echo running {mark}; sleep 100; echo {mark}\n", scope)

    assert f"running {mark}" in builder.output
    assert time.monotonic() - begun < 40
    until = time.monotonic() + 10
    while (left := processes(mark)) and time.monotonic() < until:
        time.sleep(0.1)
    assert left == []


def processes(mark: str) -> list[str]:
    """Return the command lines of processes that have a mark in them, on this machine."""
    found = []
    for entry in os.listdir("/proc"):
        try:
            with open(f"/proc/{entry}/cmdline", encoding="utf-8", errors="replace") as file:
                found.append(file.read().replace("\0", " "))
        except OSError:
            continue
    return [line for line in found if mark in line]
