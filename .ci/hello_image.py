"""Print the image that the quick start's task runs in.

That is the one that its config names where it is on the engine or can be pulled, and otherwise one
that is made from this machine's busybox under a name of its own, which is then found again.
Exit code 3: neither is possible without Debian's package busybox-static.
"""

import json
import os
import sys
from typing import Final

import docker
import requests

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, ROOT)

from tests.support.images import ensure_busybox  # noqa: E402 - found only with the line above

NAMED: Final = "busybox:1.36"
OWN: Final = "taskrunner-hello/busybox:local"
PATIENCE: Final = 3
"""Seconds without a word from the engine after which a registry counts as out of reach."""


def find_image(client: docker.DockerClient) -> str:
    """Return a reference that is on the engine; raise RuntimeError where none can be had."""
    for reference in (NAMED, OWN):
        if client.images.list(reference):
            return reference
    if pull(client, NAMED):
        return NAMED
    return ensure_busybox(OWN)


def pull(client: docker.DockerClient, reference: str) -> bool:
    """Pull an image; return False where no registry has it or none answers soon."""
    repository, _, tag = reference.partition(":")
    # Not docker-py's own pull: that one waits without limit.
    address = f"{client.api.base_url}/images/create"
    query = {"fromImage": repository, "tag": tag}
    try:
        with client.api.post(address, params=query, stream=True, timeout=PATIENCE) as answer:
            lines = [json.loads(line) for line in answer.iter_lines()]
    except requests.exceptions.RequestException:
        return False
    return answer.ok and not any("error" in line for line in lines)


def main() -> int:
    """Print the reference and return the exit code."""
    client = docker.from_env()
    try:
        print(find_image(client))
    except RuntimeError as error:
        print(error, file=sys.stderr)
        return 3
    finally:
        client.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
