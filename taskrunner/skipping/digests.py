"""The hash function of records: BLAKE2, from the interpreter itself where that can be had.

`hashlib` loads OpenSSL first, which takes longer than to hash all that a run looks at.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hashlib import blake2b
else:
    try:
        from _blake2 import blake2b
    except ImportError:
        from hashlib import blake2b

__all__ = ["digest_of_text", "new_digest"]

_SIZE = 32


def new_digest(data: bytes = b"") -> "blake2b":
    """Return a hash object that has taken some bytes."""
    return blake2b(data, digest_size=_SIZE)


def digest_of_text(text: str) -> str:
    """Return the digest of a text, in hexadecimal."""
    return new_digest(text.encode(errors="surrogateescape")).hexdigest()
