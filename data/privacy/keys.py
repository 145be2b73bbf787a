"""The secret that turns e-mail addresses and phone numbers into keys that cannot be read back."""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
import stat
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

from data.errors import StoreError

VARIABLE = "BACKCAST_KEY"

FILE_NAME = "identity.key"


_SHORTEST_BYTES = 16


@dataclass(frozen=True, slots=True)
class Keys:
    """What makes keys of contacts and of erased records, under one secret.

    >>> Keys(b"k" * 32)
    Keys()
    >>> Keys.throwaway() == Keys.throwaway()
    False
    """

    secret: bytes = field(repr=False)

    @classmethod
    def of(cls, store: Path) -> Keys:
        """The keys of a store: under $BACKCAST_KEY, else the file `identity.key` in its folder.

        The file is made with mode 0600 the first time. Whoever loses it can no longer recognise a
        person of an earlier load, so it belongs into every backup. Raises StoreError when the
        secret is too short, cannot be read, or may be read by others.
        """
        if given := os.environ.get(VARIABLE):
            return cls(_checked(given.encode(), f"${VARIABLE}"))
        return cls(_read_or_create(store / FILE_NAME))

    @classmethod
    def throwaway(cls) -> Keys:
        """Keys for rows that nobody keeps: they are like those of no store, and leave no trace."""
        return cls(secrets.token_bytes(_SHORTEST_BYTES))

    def of_contact(self, spelling: str) -> str:
        """The key of an address or a number in its one spelling."""
        return Hasher(self.secret).digest(spelling)

    @property
    def record_salt(self) -> str:
        """What goes before a reference when its key in `erased_record` is made.

        The key is `sha256(salt || reference)`, so that the engine can make it of many references.
        """
        return Hasher(self.secret).digest("erased records")


def _read_or_create(path: Path) -> bytes:
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
    # Named so that the store sweeps it when this process is killed.
    descriptor, half = tempfile.mkstemp(dir=path.parent, prefix=f"{path.name}.", suffix=".part")
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(secrets.token_hex(32) + "\n")
            file.flush()
            os.fsync(file.fileno())
        path.hardlink_to(half)
    except FileExistsError:
        return
    finally:
        Path(half).unlink()


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
