"""Loads in a process of their own, which a test may kill at any moment or at a chosen step."""

from __future__ import annotations

import os
import resource
import signal
from collections.abc import Callable
from datetime import datetime
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, TypeVar

from data.engine.draft import Draft
from data.errors import StoreError
from data.storage.rewriting import RewritingStore
from data.storage.store import Store

AnyStore = TypeVar("AnyStore", bound=Store)


def write_load(part: Path, name: str) -> None:
    """Two tables in one transaction, which must never be seen apart."""
    with Draft.open(part, memory_limit="200MB", threads=1) as draft, draft.transaction():
        draft.execute("INSERT INTO exchange_rate VALUES ('EUR', DATE '2024-01-01', 1.1, ?)", [name])
        moment = datetime(2024, 1, 1)
        draft.execute(
            "INSERT INTO load VALUES "
            "(?, 'rates.csv', 'none', 'rate', 1, 1, 0, 0, ?, ?, ?, NULL, NULL)",
            [name, moment, moment, moment],
        )


def _mortal(kind: type[AnyStore], step: str, call: int, after: bool) -> type[AnyStore]:
    """A store that is killed before or after the given call of one step."""
    calls = 0
    original: Callable[..., Any] = getattr(kind, step)

    def deadly(*arguments: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls == call and not after:
            os.kill(os.getpid(), signal.SIGKILL)
        result = original(*arguments)
        if calls == call and after:
            os.kill(os.getpid(), signal.SIGKILL)
        return result

    return type("MortalStore", (kind,), {step: deadly})


def load_and_die(folder: Path, name: str, step: str, call: int, after: bool, _: Connection) -> None:
    """Load something, and be killed before or after the given call of one step."""
    with _mortal(Store, step, call, after)(folder).writing() as part:
        write_load(part, name)


def mend_and_die(folder: Path, step: str, call: int, after: bool, _: Connection) -> None:
    """Mend the store, and be killed before or after the given call of one step."""
    _mortal(Store, step, call, after)(folder).mend()


def load_for_ever(folder: Path, prefix: str, acknowledged: Connection) -> None:
    """Load one thing after the other, and send the name of each when it is safe."""
    store = Store(folder)
    number = 0
    while True:
        number += 1
        name = f"{prefix}{number:04d}"
        with store.writing() as part:
            write_load(part, name)
        acknowledged.send(name)


def load_several(folder: Path, prefix: str, count: int, _: Connection) -> None:
    """Load several things, waiting for other writers."""
    store = Store(folder, lock_timeout_seconds=30)
    for number in range(count):
        with store.writing() as part:
            write_load(part, f"{prefix}{number}")


def hold_the_lock(folder: Path, held: Connection) -> None:
    """Hold the store's lock, and say so, until killed."""
    with Store(folder).writing():
        held.send("held")
        signal.pause()


def load_much_on_a_small_disk(folder: Path, limit_bytes: int, answer: Connection) -> None:
    """Load more than fits in the largest file allowed, and send the error's words."""
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit_bytes, limit_bytes))
    try:
        with Store(folder).writing() as part, Draft.open(part, threads=1) as draft:
            draft.execute(
                "INSERT INTO exchange_rate SELECT md5(i::VARCHAR), DATE '2024-01-01', 1, "
                "md5((i + 1)::VARCHAR) FROM range(2000000) AS numbers(i)"
            )
    except StoreError as error:
        answer.send(str(error))


def forget_load(path: Path, name: str) -> None:
    """Take a load out of one generation, if it is in it."""
    with Draft.open(path, memory_limit="200MB", threads=1) as draft:
        draft.execute("DELETE FROM exchange_rate WHERE load_id = ?", [name])
        draft.execute("DELETE FROM load WHERE load_id = ?", [name])


def rewrite_without(store: RewritingStore, name: str) -> None:
    """Rewrite every generation without a load."""
    with store.rewriting() as rewriting:
        for generation in rewriting.kept:
            rewriting.rewrite(generation, lambda path: forget_load(path, name))


def rewrite_and_die(
    folder: Path, name: str, step: str, call: int, after: bool, _: Connection
) -> None:
    """Rewrite every generation, and be killed before or after the given call of one step."""
    rewrite_without(_mortal(RewritingStore, step, call, after)(folder), name)
