"""Ids that tell reports of one installation from another's, and say nothing about whose it is.

An id is made of a random secret that stays on the machine, never of anything that the machine or the
person has. Whoever holds the secret can work out all ids ever made of it, and so prove that data with
such an id are theirs.
"""

import os
import sys
import time
from importlib import import_module

__all__ = ["random_id", "user_id"]


def random_id() -> str:
    """Return a random UUID of version 4: a session's id, or a user's where none may last, as on CI."""
    return _uuid4(os.urandom(16))


def user_id(secret: str, level: str, now: float) -> str:
    """Return the id that a person with this secret has at this level at this time.

    It has the form of a UUID of version 4 and is the start of the SHA-256 of a label and the secret:
    `user <secret>` from level `middle` up, `user 2026-W47 <secret>` for `basic`, with the week of
    ISO 8601 in UTC. `now` is in seconds since 1970. Without a secret the id is random.
    """
    if not secret:
        return random_id()
    week = time.strftime("%G-W%V ", time.gmtime(now)) if level == "basic" else ""
    return _uuid4(_sha256(f"user {week}{secret}".encode())[:16])


def _sha256(data: bytes) -> bytes:
    # hashlib loads OpenSSL: 4 ms of every run, for 70 bytes. The interpreter's own `random` avoids it too.
    try:
        module = import_module("_sha2" if sys.version_info >= (3, 12) else "_sha256")
    except ImportError:
        module = import_module("hashlib")
    digest: bytes = module.sha256(data).digest()
    return digest


def _uuid4(data: bytes) -> str:
    """Return 16 bytes as RFC 9562 writes a UUID, with the bits of version and variant set."""
    number = int.from_bytes(data) & ~(0xF << 76) & ~(0x3 << 62) | 0x4 << 76 | 0x2 << 62
    digits = f"{number:032x}"
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))
