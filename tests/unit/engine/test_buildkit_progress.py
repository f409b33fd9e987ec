"""What clients of BuildKit print, as recorded from them, and what becomes of it."""

import base64
import json

import pytest

from taskrunner.engine.build_spec import BuildNews
from taskrunner.engine.buildkit_progress import BuildKitLog

PLAIN = """\
#1 [internal] load build definition from Dockerfile
#1 sha256:bdaae1fca0294171eee163bdaf3195587583bb4e74b50a420e8185607c2e3b5f
#1 transferring dockerfile: 241B done
#1 DONE 0.0s

#4 [first 1/2] FROM docker.io/library/alpine:3@sha256:aa
#4 resolve docker.io/library/alpine:3 done
#4 sha256:4abcf20661432fb2d719aaf90656f55c287f8ca915dc1c92ec14ff61e67fbaf8 1.05MB / 3.41MB 0.3s
#4 sha256:99 0B / 2kB 0.3s
#4 sha256:4abcf20661432fb2d719aaf90656f55c287f8ca915dc1c92ec14ff61e67fbaf8 3.41MB / 3.41MB 0.3s done
#4 extracting sha256:4abcf20661432fb2d719aaf90656f55c287f8ca915dc1c92ec14ff61e67fbaf8 0.1s done
#4 DONE 0.4s

#5 [first 2/2] RUN make
#5 0.167 out1
#5 ...

#6 [stage-1 1/2] RUN --mount=type=cache,target=/c go
#6 0.285 a  b
#6 CACHED

#5 [first 2/2] RUN make
#5 0.968 out2
#5 ERROR: executor failed running [/bin/sh -c make]: exit code: 3
------
 > [first 2/2] RUN make:
------
"""


class Heard:
    """Whoever a build tells what happens."""

    def __init__(self) -> None:
        self.steps: list[tuple[int, int, str, str]] = []
        self.output = ""
        self.downloads: list[tuple[int, int]] = []
        self.log = BuildKitLog(
            BuildNews(lambda *step: self.steps.append(step), self.hear, lambda *d: self.downloads.append(d))
        )

    def hear(self, text: str) -> None:
        """Take what was printed."""
        self.output += text

    def feed(self, text: str) -> None:
        """Take lines."""
        for line in text.splitlines():
            self.log.feed(line)


def test_plain_lines() -> None:
    """Steps, output and downloads are told; what only interests BuildKit is not."""
    heard = Heard()

    heard.feed(PLAIN)
    heard.feed("executor failed running [/bin/sh -c make]: exit code: 3")

    assert heard.steps == [
        (1, 2, "FROM docker.io/library/alpine:3@sha256:aa", "first"),
        (2, 2, "RUN make", "first"),
        (1, 2, "RUN --mount=type=cache,target=/c go", "stage-1"),
    ]
    assert heard.downloads == [(1050000, 3410000), (1050000, 3412000), (3410000, 3412000)]
    assert heard.output == (
        "[first 1/2] FROM docker.io/library/alpine:3@sha256:aa\n"
        "[first 2/2] RUN make\nout1\n"
        "[stage-1 1/2] RUN --mount=type=cache,target=/c go\na  b\n"
        "[first 2/2] RUN make\nout2\nERROR: executor failed running [/bin/sh -c make]: exit code: 3\n"
        "------\n > [first 2/2] RUN make:\n------\n"
        "executor failed running [/bin/sh -c make]: exit code: 3\n"
    )
    assert heard.log.text == heard.output
    assert heard.log.message == "executor failed running [/bin/sh -c make]: exit code: 3"


def test_the_error_of_newer_clients() -> None:
    """What follows ERROR is the message, even if a hint stands below it."""
    heard = Heard()

    heard.feed("ERROR: failed to solve: exit code: 3\n\nView build details: docker-desktop://x")

    assert heard.log.message == "failed to solve: exit code: 3"


@pytest.mark.parametrize("indent", [None, 2])  # as buildx 0.13 has it
def test_json(indent: int | None) -> None:
    """The same comes of the form for programs; a line of ours never stands behind half of another."""
    heard = Heard()
    text = base64.b64encode(b"out1\nout").decode()
    make = {"digest": "sha256:2", "name": "[build 2/4] RUN make"}
    for status in (
        {"vertexes": [{"digest": "sha256:1", "name": "[internal] load", "started": "2026-01-01"}]},
        {"vertexes": [make]},
        {"vertexes": [{**make, "started": "2026-01-01"}]},
        {"statuses": [{"id": "sha256:9", "vertex": "sha256:2", "current": 5, "total": 10}]},
        {"statuses": [{"id": "transferring context", "vertex": "sha256:1", "current": 5}]},
        {"logs": [{"vertex": "sha256:2", "stream": 1, "data": text}]},
        {"warnings": [{"vertex": "sha256:1", "short": base64.b64encode(b"do not").decode()}]},
        {"vertexes": [{**make, "started": "x", "error": "exit 3"}]},
    ):
        heard.feed(json.dumps(status, indent=indent))
    heard.feed("ERROR: failed to solve: exit 3\n{not json")

    assert heard.steps == [(2, 4, "RUN make", "build")]
    assert heard.downloads == [(5, 10)]
    assert heard.output == (
        "[build 2/4] RUN make\nout1\nout\nWARNING: do not\nERROR: exit 3\n"
        "ERROR: failed to solve: exit 3\n{not json\n"
    )
    assert heard.log.message == "failed to solve: exit 3"
