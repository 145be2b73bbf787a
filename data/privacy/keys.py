"""The secret that turns e-mail addresses and phone numbers into keys that cannot be read back."""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
import stat
import tempfile
from pathlib import Path

from data.errors import StoreError

VARIABLE = "BACKCAST_KEY"

FILE_NAME = "identity.key"


_SHORTEST_BYTES = 16


def read_or_create(store_path: Path) -> bytes:
    """The key of a store: $BACKCAST_KEY, else the file `identity.key` in the store's folder.

    The file is made with mode 0600 the first time. Whoever loses it can no longer recognise a
    person of an earlier load, so it belongs into a backup of its own. Raises StoreError when the
    key is too short, cannot be read, or may be read by others.
    """
    if given := os.environ.get(VARIABLE):
        return _checked(given.encode(), f"${VARIABLE}")
    path = store_path / FILE_NAME
    try:
        if not path.exists():
            _create(path)
        if path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
            raise StoreError(f"{path} may be read by others. Run: chmod 600 {path}")
        return _checked(path.read_bytes().strip(), str(path))
    except OSError as error:
        raise StoreError(
            f"{path} cannot be read or made: {error.strerror}. Check the folder's permissions, "
            f"or set ${VARIABLE}."
        ) from error


def _checked(key: bytes, place: str) -> bytes:
    if len(key) < _SHORTEST_BYTES:
        raise StoreError(
            f"{place} is shorter than {_SHORTEST_BYTES} bytes. Use the key this store was made "
            "with; for a new store, 64 random hexadecimal digits."
        )
    return key


def _create(path: Path) -> None:
    """Write a new key so that no reader ever sees half of one, and the first writer wins."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, unfinished = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(secrets.token_hex(32) + "\n")
            file.flush()
            os.fsync(file.fileno())
        Path(path).hardlink_to(unfinished)
    except FileExistsError:
        return
    finally:
        Path(unfinished).unlink()


def record_salt(store_path: Path) -> str:
    """What goes before a reference when its key in `erased_record` is made, from the store's key.

    The key is `sha256(salt || reference)`, so that the engine can make it of many references.
    """
    return Hasher(read_or_create(store_path)).digest("erased records")


class Hasher:
    """HMAC-SHA-256 under one key.

    >>> len(Hasher(b"k" * 32).digest("ann@acme.test"))
    64
    """

    def __init__(self, key: bytes) -> None:
        self._keyed = hmac.new(key, digestmod="sha256")

    @staticmethod
    def block(key: bytes, length: int) -> bytes:
        """The key as HMAC pads it to a block of SHA-256, for an engine that makes the same keys."""
        short = key if len(key) <= length else hashlib.sha256(key).digest()
        return short.ljust(length, b"\0")

    def digest(self, text: str) -> str:
        """The key of a text, 64 hexadecimal digits."""
        keyed = self._keyed.copy()
        keyed.update(text.encode())
        return keyed.hexdigest()
