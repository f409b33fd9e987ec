"""Kernel capabilities: their names, with or without `CAP_` in front."""

from typing import Any, Final

from taskrunner.config.decode import Decoder, Scope, list_of, text_of
from taskrunner.config.nodes import Node
from taskrunner.config.scalars import choice

__all__ = ["CAPABILITIES", "CAPABILITY_LIST"]

# fmt: off
CAPABILITIES: Final = (
    "AUDIT_CONTROL", "AUDIT_READ", "AUDIT_WRITE", "BLOCK_SUSPEND", "BPF", "CHECKPOINT_RESTORE", "CHOWN",
    "DAC_OVERRIDE", "DAC_READ_SEARCH", "FOWNER", "FSETID", "IPC_LOCK", "IPC_OWNER", "KILL", "LEASE",
    "LINUX_IMMUTABLE", "MAC_ADMIN", "MAC_OVERRIDE", "MKNOD", "NET_ADMIN", "NET_BIND_SERVICE",
    "NET_BROADCAST", "NET_RAW", "PERFMON", "SETFCAP", "SETGID", "SETPCAP", "SETUID", "SYSLOG", "SYS_ADMIN",
    "SYS_BOOT", "SYS_CHROOT", "SYS_MODULE", "SYS_NICE", "SYS_PACCT", "SYS_PTRACE", "SYS_RAWIO",
    "SYS_RESOURCE", "SYS_TIME", "SYS_TTY_CONFIG", "WAKE_ALARM", "ALL",
)
# fmt: on


def _capability(node: Node, scope: Scope) -> Any:
    text = text_of(node, "a capability")
    bare = text.removeprefix("CAP_")
    return bare if bare in CAPABILITIES else _CAPABILITY_CHOICE.read(node, scope)


_CAPABILITY_CHOICE: Final = choice({name: name for name in CAPABILITIES}, "a capability")
_CAPABILITY: Final = Decoder(
    _capability, {"enum": [*CAPABILITIES, *(f"CAP_{name}" for name in CAPABILITIES)]}
)
CAPABILITY_LIST: Final = list_of(_CAPABILITY, same=lambda name: name)
