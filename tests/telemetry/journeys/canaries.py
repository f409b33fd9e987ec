"""Words that nobody else uses, planted as names, and the search for every form in which they may leave."""

import base64
import hashlib
import os
import uuid
from collections.abc import Iterator, Mapping

__all__ = ["Canaries", "contents"]

_DIGESTS = ("md5", "sha1", "sha256")
_ENOUGH = 16
"""Hexadecimal digits of a digest, which may have been cut short."""


class Canaries:
    """The words of one test, each known by the place in which it was planted."""

    def __init__(self) -> None:
        self._secrets: dict[str, set[str]] = {}

    def __getitem__(self, place: str) -> str:
        """Return the word for a place, made when it is first asked for; lower case, letters and digits."""
        if place not in self._secrets:
            self._secrets[place] = {f"zq{uuid.uuid4().hex[:12]}{place}"}
        return min(self._secrets[place], key=len)

    def within(self, place: str, pattern: str) -> str:
        """Return a longer value with a place's word for `{}`, of which no digest may be found either."""
        value = pattern.format(self[place])
        self._secrets[place].add(value)
        return value

    @property
    def places(self) -> tuple[str, ...]:
        """The places that have a word."""
        return tuple(self._secrets)

    def found(self, contents: Mapping[str, bytes]) -> set[tuple[str, str, str]]:
        """Return what got out: the place, the form, and where it was found."""
        needles = list(self._needles())
        seen = ((name, data, _folded(data)) for name, data in contents.items())
        return {
            (place, form, name)
            for name, data, folded in seen
            for place, form, needle in needles
            if needle in (data if form.startswith("base64") else folded)
        }

    def _needles(self) -> Iterator[tuple[str, str, bytes]]:
        for place, secrets in self._secrets.items():
            for form, text in _forms(self[place]):
                yield place, form, text.encode()
            for secret in secrets:
                for form, text in _digests(secret):
                    yield place, form, text.encode()


def contents(folder: str) -> dict[str, bytes]:
    """Return everything in a folder, names of files included."""
    found = {}
    for parent, folders, names in os.walk(folder):
        for name in [*folders, *names]:
            path = os.path.join(parent, name)
            inside = os.path.relpath(path, folder)
            found[inside] = inside.encode()
            if name in names:
                with open(path, "rb") as file:
                    found[inside] += b"\n" + file.read()
    return found


def _folded(data: bytes) -> bytes:
    """Return data in lower case and without hyphens, with which a digest can be made to look like an id."""
    return data.lower().replace(b"-", b"")


def _forms(word: str) -> Iterator[tuple[str, str]]:
    data = word.encode()
    yield "plain", word
    yield "reversed", word[::-1]
    yield "hex", data.hex()
    yield "url", "".join(f"%{byte:02x}" for byte in data)
    for offset in range(3):
        # Whatever stands around the word changes the first and the last characters.
        whole = base64.b64encode(b"\0" * offset + data).decode().rstrip("=")
        yield f"base64+{offset}", whole[4 if offset else 0 : -2]
    yield "base64 of base64", base64.b64encode(base64.b64encode(data)).decode()[:_ENOUGH]


def _digests(secret: str) -> Iterator[tuple[str, str]]:
    for name in _DIGESTS:
        for variant in (secret, secret.upper(), f"{secret}\n"):
            digest = hashlib.new(name, variant.encode(), usedforsecurity=False).digest()
            yield name, digest.hex()[:_ENOUGH]
            yield f"base64 of {name}", base64.b64encode(digest).decode()[:_ENOUGH]
            yield f"base64url of {name}", base64.urlsafe_b64encode(digest).decode()[:_ENOUGH]
