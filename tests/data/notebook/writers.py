"""People who write at once, in processes of their own, which a test may kill."""

from __future__ import annotations

import os
import signal
import threading
from datetime import UTC, datetime
from multiprocessing.connection import Connection
from pathlib import Path

import msgspec

from data.errors import NotebookConflict
from data.notebook.file import writing
from data.notebook.notebook import Notebook
from data.notebook.version import Kind

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)

SHARED = "shared"


def add_name(notebook: Notebook, name: str) -> None:
    """Add a name to a list that others add to, again and again until nobody was faster."""
    while True:
        newest = notebook.read(SHARED)
        number, names = (newest.number, msgspec.json.decode(newest.body)) if newest else (0, [])
        body = msgspec.json.encode([*names, name])
        try:
            notebook.write(Kind.PLAN, SHARED, "Names", body, based_on=number, written_at=NOW)
        except NotebookConflict:
            continue
        return


def write_from_many_threads(store: Path, prefix: str, threads: int, answer: Connection) -> None:
    """In each thread, write a note of one's own and add to the list. Sends what went wrong."""
    wrong: list[str] = []

    def write(number: int) -> None:
        notebook = Notebook(store, busy_seconds=60)
        try:
            name = f"{prefix}-{number}"
            notebook.write(Kind.NOTE, name, name, b"{}", based_on=0, written_at=NOW)
            add_name(notebook, name)
        except Exception as error:  # noqa: BLE001 - whatever it is, the test fails over it
            wrong.append(repr(error))

    running = [threading.Thread(target=write, args=(number,)) for number in range(threads)]
    for each in running:
        each.start()
    for each in running:
        each.join()
    answer.send(wrong)


def write_for_ever(store: Path, acknowledged: Connection) -> None:
    """Add one version after the other, and send the number of each when it is safe."""
    notebook = Notebook(store)
    number = 0
    while True:
        body = msgspec.json.encode(number)
        version = notebook.write(Kind.NOTE, "n", "Counted", body, based_on=number, written_at=NOW)
        number = version.number
        acknowledged.send(number)


def die_while_writing(store: Path, entry: str, _: Connection) -> None:
    """Insert half of what belongs together, and be killed before the end of it."""
    with writing(store, 10) as connection:
        connection.execute("INSERT INTO entry (id, kind) VALUES (?, 'note')", [entry])
        os.kill(os.getpid(), signal.SIGKILL)
