"""Whatever happens to a writer, no acknowledged load is lost and the store can be used again.

BACKCAST_KILLS sets how many times a writer is killed at a random moment (default 20).
"""

from __future__ import annotations

import multiprocessing
import os
import random
from collections.abc import Callable
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess

import pytest

from data.errors import EmptyStoreError, StoreBusyError
from data.storage.rewriting import RewritingStore
from data.storage.store import Store
from tests.data.storage.writing_process import (
    hold_the_lock,
    load_and_die,
    load_for_ever,
    load_much_on_a_small_disk,
    load_several,
    mend_and_die,
    rewrite_and_die,
    rewrite_without,
)

Load = Callable[[str], None]

Loaded = Callable[[], list[str]]


KILLS = int(os.environ.get("BACKCAST_KILLS", "20"))


# The steps of writing in order. `_synchronise_folder` is called twice, `_copy` only when there is
# a generation to copy. The load is there once CURRENT names it; in a store that had none before,
# once the file has its name.
STEPS = [
    ("_create_folder", 1),
    ("_sweep", 1),
    ("_copy", 1),
    ("_publish", 1),
    ("_synchronise_file", 1),
    ("_rename", 1),
    ("_synchronise_folder", 1),
    ("_write_pointer", 1),
    ("_replace_pointer", 1),
    ("_synchronise_folder", 2),
    ("_prune", 1),
]

MOMENTS = [(step, call, after) for step, call in STEPS for after in (False, True)]


# Forked from a process that has imported everything and started no threads.
_processes = multiprocessing.get_context("forkserver")

_processes.set_forkserver_preload(["tests.data.storage.writing_process"])


def start(work: Callable[..., None], *arguments: object) -> tuple[BaseProcess, Connection]:
    """A process at work, given a pipe as its last argument, and our end of that pipe."""
    ours, theirs = _processes.Pipe(duplex=False)
    process = _processes.Process(target=work, args=(*arguments, theirs), daemon=True)
    process.start()
    theirs.close()
    return process, ours


def received(answers: Connection) -> list[str]:
    """Everything that a process said before it ended."""
    said = []
    try:
        while True:
            said.append(answers.recv())
    except EOFError:
        return said


def assert_swept(store: Store) -> None:
    left = [each.name for each in store.path.iterdir() if ".part" in each.name]
    abandoned = list(store.path.glob("*.abandoned"))
    assert left + abandoned == []


@pytest.mark.parametrize(("step", "call", "after"), MOMENTS)
def test_killed_at_a_step_of_a_later_load(
    store: Store, load: Load, loaded: Loaded, step: str, call: int, after: bool
) -> None:
    load("old")
    process, _ = start(load_and_die, store.path, "killed", step, call, after)
    process.join(30)
    assert process.exitcode == -9
    published = MOMENTS.index((step, call, after)) >= MOMENTS.index(("_replace_pointer", 1, True))
    expected = ["killed", "old"] if published or (step, after) == ("_publish", True) else ["old"]
    assert loaded() == expected
    assert store.fallback() is None
    load("new")
    assert loaded() == sorted([*expected, "new"])
    assert_swept(store)


@pytest.mark.parametrize(
    ("step", "call", "after"), [moment for moment in MOMENTS if moment[0] != "_copy"]
)
def test_killed_at_a_step_of_the_first_load(
    store: Store, load: Load, loaded: Loaded, step: str, call: int, after: bool
) -> None:
    process, _ = start(load_and_die, store.path, "killed", step, call, after)
    process.join(30)
    assert process.exitcode == -9
    named = MOMENTS.index((step, call, after)) >= MOMENTS.index(("_rename", 1, True))
    expected = ["killed"] if named or (step, after) == ("_publish", True) else []
    if expected:
        assert loaded() == expected
    else:
        with pytest.raises(EmptyStoreError):
            store.current()
    load("new")
    assert loaded() == [*expected, "new"]
    assert store.fallback() is None
    assert_swept(store)


# The steps of rewriting two generations. Old is what CURRENT names until it is replaced;
# `_obey_obsolete` is called by the sweep first.
REWRITING_STEPS = [
    ("_sweep", 1),
    ("next_path", 2),
    ("_publish_all", 1),
    ("_synchronise_file", 2),
    ("_write_obsolete", 1),
    ("_rename", 1),
    ("_rename", 2),
    ("_synchronise_folder", 1),
    ("_write_pointer", 1),
    ("_replace_pointer", 1),
    ("_synchronise_folder", 2),
    ("_obey_obsolete", 2),
]

REWRITING = [(step, call, after) for step, call in REWRITING_STEPS for after in (False, True)]


@pytest.mark.parametrize(
    ("step", "call", "after", "rerun"),
    [(*moment, number // 2 % 2 == number % 2) for number, moment in enumerate(REWRITING)],
)
def test_killed_at_a_step_of_a_rewriting(
    store: Store, load: Load, loaded: Loaded, step: str, call: int, after: bool, rerun: bool
) -> None:
    load("gone")
    load("kept")
    old = store.generations()
    process, _ = start(rewrite_and_die, store.path, "gone", step, call, after)
    process.join(30)
    assert process.exitcode == -9
    replaced = REWRITING.index((step, call, after)) >= REWRITING.index(
        ("_replace_pointer", 1, True)
    )
    new = replaced or (step, after) == ("_publish_all", True)
    assert loaded() == (["kept"] if new else ["gone", "kept"])
    assert store.fallback() is None
    if not new:
        assert store.generations() == old
    if rerun:
        rewrite_without(RewritingStore(store.path), "gone")
    else:
        load("later")
    expected = ["kept"] if rerun or new else ["gone", "kept"]
    assert loaded() == sorted(expected if rerun else [*expected, "later"])
    assert_swept(store)
    left = {each.path for each in old} & {each.path for each in store.generations()}
    assert left == (set() if rerun or new else {each.path for each in old})
    assert not (store.path / "OBSOLETE").exists()


# The steps of mending in order. The store is mended once CURRENT is replaced.
MENDING_STEPS = [
    ("_sweep", 1),
    ("_set_damaged_aside", 1),
    ("_synchronise_folder", 1),
    ("_write_pointer", 1),
    ("_replace_pointer", 1),
    ("_synchronise_folder", 2),
]

MENDING = [(step, call, after) for step, call in MENDING_STEPS for after in (False, True)]


@pytest.mark.parametrize(("step", "call", "after"), MENDING)
def test_killed_at_a_step_of_mending(
    store: Store, load: Load, loaded: Loaded, step: str, call: int, after: bool
) -> None:
    load("old")
    load("lost")
    store.current().path.write_bytes(b"damaged")
    process, _ = start(mend_and_die, store.path, step, call, after)
    process.join(30)
    assert process.exitcode == -9
    mended = MENDING.index((step, call, after)) >= MENDING.index(("_replace_pointer", 1, True))
    assert (store.fallback() is None) == mended
    assert loaded() == ["old"]
    assert (store.mend() is None) == mended
    assert store.fallback() is None
    assert [each.path.read_bytes() for each in store.damaged()] == [b"damaged"]
    load("new")
    assert loaded() == ["new", "old"]
    assert_swept(store)


def test_killed_at_random_moments(store: Store, load: Load, loaded: Loaded) -> None:
    load("0000")
    expected = {"0000"}
    moments = random.Random(20240229)
    for kill in range(1, KILLS + 1):
        process, answers = start(load_for_ever, store.path, f"{kill:04d}-")
        if moments.random() < 0.5:
            answers.poll(10)
        process.join(moments.uniform(0, 0.2))
        process.kill()
        process.join(30)
        acknowledged = set(received(answers))
        now = set(loaded())
        assert acknowledged | expected <= now, "an acknowledged load is lost"
        assert len(now - acknowledged - expected) <= 1, "more than the load in progress"
        assert store.fallback() is None
        expected = now
    load("9999")
    assert set(loaded()) == expected | {"9999"}
    assert_swept(store)


def test_two_processes_that_load_at_once_both_get_everything_in(
    store: Store, loaded: Loaded
) -> None:
    writers = [start(load_several, store.path, prefix, 3)[0] for prefix in "ab"]
    for writer in writers:
        writer.join(60)
        assert writer.exitcode == 0
    assert loaded() == ["a0", "a1", "a2", "b0", "b1", "b2"]


def test_a_busy_store_names_the_process_and_is_free_as_soon_as_that_dies(
    store: Store, load: Load, loaded: Loaded
) -> None:
    load("old")
    holder, answers = start(hold_the_lock, store.path)
    assert answers.recv() == "held"
    impatient = Store(store.path, lock_timeout_seconds=0.2)
    busy = f"Another load \\(process {holder.pid}\\) is writing"
    with pytest.raises(StoreBusyError, match=busy), impatient.writing():
        pass
    assert loaded() == ["old"]
    holder.kill()
    holder.join(30)
    load("new")
    assert loaded() == ["new", "old"]


def test_a_disk_that_fills_up_during_a_load_leaves_the_store_as_it_was(
    store: Store, load: Load, loaded: Loaded
) -> None:
    load("old")
    writer, answers = start(load_much_on_a_small_disk, store.path, 8_000_000)
    writer.join(60)
    assert received(answers) == [
        f"The disk of {store.path} is full. Free some space and try again; "
        "the store is as it was before."
    ]
    assert loaded() == ["old"]
    assert_swept(store)
    load("new")
    assert loaded() == ["new", "old"]
