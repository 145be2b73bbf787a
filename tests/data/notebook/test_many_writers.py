"""However many write at once, and whoever is killed: no version is lost and none is half there."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable
from itertools import pairwise
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path

import msgspec
import pytest

from data.errors import StoreBusyError
from data.notebook.file import FILE_NAME, writing
from data.notebook.notebook import Notebook
from data.notebook.version import Kind
from tests.data.notebook.writers import (
    NOW,
    SHARED,
    die_while_writing,
    write_for_ever,
    write_from_many_threads,
)

_processes = multiprocessing.get_context("forkserver")

_processes.set_forkserver_preload(["tests.data.notebook.writers"])


def start(work: Callable[..., None], *arguments: object) -> tuple[BaseProcess, Connection]:
    ours, theirs = _processes.Pipe(duplex=False)
    process = _processes.Process(target=work, args=(*arguments, theirs), daemon=True)
    process.start()
    theirs.close()
    return process, ours


def test_a_hundred_writers_lose_no_version(tmp_path: Path) -> None:
    """They make the file, too: whoever comes first."""
    working = [start(write_from_many_threads, tmp_path, prefix, 25) for prefix in "abcd"]
    for process, answer in working:
        assert answer.recv() == []
        process.join()
    notebook = Notebook(tmp_path)
    writers = sorted(f"{prefix}-{number}" for prefix in "abcd" for number in range(25))
    assert sorted(each.id for each in notebook.entries(Kind.NOTE)) == writers
    history = notebook.history(SHARED)
    assert [each.number for each in history] == list(range(1, 101))
    lists = [msgspec.json.decode(each.body) for each in history]
    assert sorted(lists[-1]) == writers
    assert all(later[:-1] == earlier for earlier, later in pairwise(lists))
    assert [each.name for each in tmp_path.iterdir()] == [FILE_NAME]


def test_a_writer_that_is_killed_loses_nothing_that_was_acknowledged(tmp_path: Path) -> None:
    process, acknowledged = start(write_for_ever, tmp_path)
    number = 0
    while number < 25:
        number = acknowledged.recv()
    process.kill()
    process.join()
    while acknowledged.poll():
        try:
            number = acknowledged.recv()
        except EOFError:
            break
    notebook = Notebook(tmp_path)
    history = notebook.history("n")
    assert [msgspec.json.decode(each.body) for each in history] == list(range(len(history)))
    assert len(history) in (number, number + 1)
    notebook.write(Kind.NOTE, "n", "On", b"1", based_on=len(history), written_at=NOW)


def test_of_a_writer_that_is_killed_halfway_nothing_is_there(tmp_path: Path) -> None:
    notebook = Notebook(tmp_path)
    notebook.write(Kind.NOTE, "old", "Old", b"1", based_on=0, written_at=NOW)
    process, _ = start(die_while_writing, tmp_path, "half")
    process.join()
    assert process.exitcode == -9
    assert [each.id for each in notebook.entries()] == ["old"]
    notebook.write(Kind.NOTE, "half", "Whole", b"2", based_on=0, written_at=NOW)
    assert [each.id for each in notebook.entries()] == ["old", "half"]


def test_readers_do_not_wait_for_a_writer_and_writers_do(tmp_path: Path) -> None:
    notebook = Notebook(tmp_path, busy_seconds=0.05)
    notebook.write(Kind.NOTE, "n", "Note", b"1", based_on=0, written_at=NOW)
    with writing(tmp_path, 1):
        assert [each.id for each in notebook.entries()] == ["n"]
        with pytest.raises(StoreBusyError, match="Somebody else is writing"):
            notebook.write(Kind.NOTE, "n", "Note", b"2", based_on=1, written_at=NOW)
    assert notebook.write(Kind.NOTE, "n", "Note", b"2", based_on=1, written_at=NOW).number == 2
