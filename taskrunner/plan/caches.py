"""Where a project keeps its caches: a key of its own, volumes named after it, or folders.

A project that comes from batect keeps batect's folder and volume names, so that its caches stay warm.
"""

import os

from taskrunner.errors import UserError
from taskrunner.host.files import read_start
from taskrunner.records import NamedTuple

__all__ = ["CacheStore", "store_of"]

_ALPHABET = "abcdefghijklmnopqrstuvwxyz0123456789"
_KEY_LENGTH = 6
_LARGEST = 4096
_COMMENT = """\
# This file names the caches of this project on a Docker Engine: leave it where it is.
# Do not put it under version control: two checkouts must not share caches.
"""


class CacheStore(NamedTuple):
    """A project's caches."""

    folder: str
    """Absolute path; holds the key and, with cache type `directory`, one folder a cache."""
    prefix: str
    """What the names of cache volumes start with, before the key."""

    def key(self) -> str:
        """Return the project's key, making it at first need.

        Raises UserError where the key's file cannot be understood or written.
        """
        path = os.path.join(self.folder, "key")
        found = _read_key(path)
        return found if found is not None else _write_key(path)

    def volume_prefix(self) -> str | None:
        """Return what every volume of this project starts with, or None where there can be none."""
        found = _read_key(os.path.join(self.folder, "key"))
        return None if found is None else f"{self.prefix}-{found}-"

    def volume(self, cache: str) -> str:
        """Return the name of a cache's volume."""
        return f"{self.prefix}-{self.key()}-{cache}"

    def directory(self, cache: str) -> str:
        """Return the path of a cache's folder."""
        return os.path.join(self.folder, cache)


def store_of(project_directory: str, config_file: str) -> CacheStore:
    """Return the caches of the project whose root config is `config_file`."""
    batect = os.path.join(project_directory, ".batect", "caches")
    if os.path.basename(config_file).startswith("batect") or os.path.exists(os.path.join(batect, "key")):
        return CacheStore(batect, "batect-cache")
    return CacheStore(os.path.join(project_directory, ".taskrunner", "caches"), "taskrunner-cache")


def _read_key(path: str) -> str | None:
    try:
        lines = [line.strip() for line in read_start(path, _LARGEST).decode().splitlines()]
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise _broken(path) from error
    keys = [line for line in lines if line and not line.startswith("#")]
    if len(keys) != 1 or not set(keys[0]) <= set(_ALPHABET):
        raise _broken(path)
    return keys[0]


def _write_key(path: str) -> str:
    key = "".join(_ALPHABET[byte % len(_ALPHABET)] for byte in os.urandom(_KEY_LENGTH))
    temporary = f"{path}.{os.getpid()}"
    try:
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(temporary, "w", encoding="utf-8") as file:
            file.write(f"{_COMMENT}{key}\n")
        try:
            # A link fails where the file exists: of two first runs at once, one key wins for both.
            os.link(temporary, path)
        except FileExistsError:
            key = _read_key(path) or key
        finally:
            os.unlink(temporary)
    except OSError as error:
        raise UserError(
            "plan.cache-key-not-writable",
            f"The project's cache key cannot be written to {path}: {error.strerror}.",
            "Make the folder writable, or use no cache volumes.",
        ) from error
    return key


def _broken(path: str) -> UserError:
    return UserError(
        "plan.cache-key-broken",
        f"The cache key in {path} cannot be read: one line of small letters and digits is expected.",
        "Delete the file to start with new, empty caches.",
    )
