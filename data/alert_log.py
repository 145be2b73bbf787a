"""What was found of each alert at the last check, and whom it was told: a file in the store.

It is replaced whole at each check. Who loses it loses nothing but that: alerts that hold are told
once more.
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from enum import StrEnum
from pathlib import Path

import msgspec

from data.errors import StoreBusyError, StoreError
from data.storage.files import create_folder, explained, synchronise
from data.storage.lock import locked

FOLDER, FILE_NAME = "alerts", "last_check.json"

_FORMAT = 1


class AlertState(StrEnum):
    """How an alert stands: what it asks holds, or does not, or did and is still to be told.

    UNKNOWN: there is no number to judge by. BROKEN: the rule cannot be checked.
    """

    HOLDS = "holds"
    FINE = "does not hold"
    ENDED = "has ended"
    UNKNOWN = "no number"
    BROKEN = "cannot be checked"

    @property
    def is_active(self) -> bool:
        """Whether somebody is to be told that it is so."""
        return self in (AlertState.HOLDS, AlertState.BROKEN)


class AlertEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How one alert stands, since when, and which destinations were told that it holds.

    `about` distinguishes what one rule is about, such as its sources. `link` is the page with its
    parameters, without the cockpit's address. `until` is when one that has ended did so. `told` are
    marks of destinations.
    """

    rule: str
    about: str
    state: AlertState
    since: datetime
    value: str
    sentence: str
    link: str
    until: datetime | None = None
    told: tuple[str, ...] = ()


class AlertLog(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All alerts as they stood at the last check; `salt` is what destinations are marked with."""

    checked_at: datetime
    entries: tuple[AlertEntry, ...]
    salt: str = msgspec.field(default_factory=lambda: secrets.token_hex(16))
    format: int = _FORMAT

    def mark(self, destination: str) -> str:
        """What stands for a destination in the log: its address is a secret, and cannot be read.

        >>> log = AlertLog(datetime(2026, 1, 1), (), salt="s")
        >>> log.mark("json://a.example") == log.mark("json://a.example/t")
        False
        """
        return hmac.digest(self.salt.encode(), destination.encode(), "sha256").hex()[:16]


def read_alert_log(store: Path) -> AlertLog | None:
    """The log of a store's last check; None before the first.

    Raises StoreError when the file cannot be read or is damaged.
    """
    path = store / FOLDER / FILE_NAME
    with explained(store):
        if not path.exists():
            return None
        written = path.read_bytes()
    try:
        log = msgspec.json.decode(written, type=AlertLog)
    except (msgspec.DecodeError, msgspec.ValidationError) as error:
        raise StoreError(
            f"{path} is damaged or of another version: {error}. Move it away: alerts that hold are"
            " then told once more."
        ) from error
    return log


def write_alert_log(store: Path, log: AlertLog) -> None:
    """Replace the log, whole or not at all. Raises StoreError when the disk fails."""
    folder = store / FOLDER
    with explained(store):
        create_folder(folder)
        part = folder / f"{FILE_NAME}.part"
        part.write_bytes(msgspec.json.encode(log))
        part.chmod(0o600)
        synchronise(part)
        part.replace(folder / FILE_NAME)
        synchronise(folder)


@contextmanager
def checking_alone(store: Path, seconds: float) -> Iterator[None]:
    """Hold the lock of the checks for the block, so that nothing is told twice.

    Raises StoreBusyError when another check does not end in time.
    """
    folder = store / FOLDER
    with explained(store):
        create_folder(folder)
    taken = False
    try:
        with locked(folder / "LOCK", seconds):
            taken = True
            yield
    except StoreBusyError as busy:
        if taken:
            raise
        raise StoreBusyError(
            f"Another check of the alerts is at work and did not end within {seconds:g} seconds."
            " Try again when it has."
        ) from busy
