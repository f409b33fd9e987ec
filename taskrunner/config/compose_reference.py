"""The field `from` of a container, apart from what reads the Compose file: few projects need that."""

from typing import Final

from taskrunner.config.decode import Decoder, Field, Rejected, Scope, text_of
from taskrunner.config.nodes import Node, quoted
from taskrunner.errors import Problem

__all__ = ["FROM_FIELD", "KEY", "reference"]

KEY: Final = "from"


def reference(node: Node, _: Scope) -> str:
    """Return a file and a service with a # between them. Raises Rejected."""
    text = text_of(node)
    file, sign, service = text.partition("#")
    if not (file and sign and service):
        message = f"{quoted(text)} names no Compose service: write the file, a # and the service."
        raise Rejected(
            Problem("config.bad-compose-reference", message, node.where, "Such as compose.yaml#db.")
        )
    return text


FROM_FIELD: Final = Field(
    KEY,
    Decoder(reference, {"type": "string", "pattern": "^[^#]+#.+$"}),
    "A service of a Compose file, `compose.yaml#service`; it gives what the container does not say itself.",
)
