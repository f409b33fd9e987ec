"""Pulling images: again if a transfer breaks off, and with advice if credentials are the matter."""

import re
from collections.abc import Callable, Mapping
from typing import Final

from taskrunner.engine.cancellation import CancelScope
from taskrunner.engine.client import Client
from taskrunner.engine.errors import ApiError, advice
from taskrunner.engine.images import split_reference
from taskrunner.engine.transfers import PAUSES, TIRED, broke_off
from taskrunner.errors import EngineError

__all__ = ["OnProgress", "pull"]

OnProgress = Callable[[str, int, int], None]

_CREDENTIALS: Final = (
    r"no basic auth credentials|unauthorized|authentication required|access denied|denied:"
    r"|incorrect username or password"
)


def pull(
    client: Client,
    reference: str,
    on_progress: OnProgress,
    scope: CancelScope | None,
    platform: str | None = None,
) -> None:
    """Pull an image, with the credentials that Docker's config has for its registry.

    `platform` is such as `linux/arm64`, and the engine's own where it is None.
    `on_progress` gets an operation such as `downloading`, and how many bytes are done of how many;
    the latter is zero where it is not known. Raises EngineError, and Cancelled.
    """
    # Most runs pull nothing.
    from taskrunner.engine.credentials import login_advice, pull_header
    from taskrunner.engine.progress import WAITING

    name, tag = split_reference(reference)
    headers = pull_header(client.docker_config, name)
    scope = scope or CancelScope()
    query = {"fromImage": name, "tag": tag, "platform": platform}
    message = _attempt(client, query, headers, on_progress, scope)
    for pause in PAUSES:
        if not broke_off(message):
            break
        on_progress(WAITING, 0, 0)
        scope.wait(pause)
        message = _attempt(client, query, headers, on_progress, scope)
    if not message:
        return
    if re.search(_CREDENTIALS, message, re.IGNORECASE):
        hint: str | None = login_advice(client.docker_config, name, sent=bool(headers))
    else:
        hint = TIRED if broke_off(message) else advice(message)
    raise EngineError("engine.pull-failed", message, hint)


def _attempt(
    client: Client,
    query: Mapping[str, str | None],
    headers: Mapping[str, str],
    on_progress: OnProgress,
    scope: CancelScope,
) -> str:
    """Try to pull; return the engine's reason why it cannot, or "" where it has."""
    from taskrunner.engine.progress import PullProgress

    progress = PullProgress()
    try:
        with client.stream("POST", "/images/create", query=query, headers=headers, scope=scope) as reply:
            for error, state in reply.values(lambda value: (value.get("error"), progress.note(value))):
                if error is not None:
                    return str(error)
                if state is not None:
                    on_progress(*state)
    except ApiError as error:
        return error.message
    return ""
