"""What the store promises when nobody is killed."""

from __future__ import annotations

import errno
import os
import re
import shutil
import threading
from collections import namedtuple
from collections.abc import Callable
from pathlib import Path

import pytest

from data.engine.draft import Draft
from data.errors import EmptyStoreError, StoreBusyError, StoreError
from data.storage.store import NothingToPublish, Store

Load = Callable[[str], None]

Loaded = Callable[[], list[str]]

LoadsIn = Callable[[Path], list[str]]

WriteLoad = Callable[[Path, str], None]


def names(store: Store) -> list[str]:
    return sorted(entry.name for entry in store.path.iterdir())


def leftovers(store: Store) -> list[str]:
    return [name for name in names(store) if ".part" in name or ".abandoned" in name]


def test_a_new_store_is_empty_and_says_how_to_fill_it(store: Store) -> None:
    with pytest.raises(EmptyStoreError, match="python -m loaders load FILE"):
        store.current()
    assert store.generations() == []
    assert store.fallback() is None


def test_each_load_is_a_generation_that_holds_all_loads_so_far(
    store: Store, load: Load, loads_in: LoadsIn
) -> None:
    for name in "abc":
        load(name)
    assert [each.name for each in store.generations()] == ["00001", "00002", "00003"]
    assert store.current() == store.generations()[-1]
    contents = [loads_in(each.path) for each in store.generations()]
    assert contents == [["a"], ["a", "b"], ["a", "b", "c"]]


def test_only_the_last_generations_are_kept(store: Store, load: Load) -> None:
    for name in "abcde":
        load(name)
    assert [each.number for each in store.generations()] == [3, 4, 5]
    assert len(names(store)) == len(["CURRENT", "LOCK"]) + 3


def test_nobody_else_may_look_into_the_store(store: Store, load: Load) -> None:
    load("a")
    assert store.path.stat().st_mode & 0o777 == 0o700
    for entry in store.path.iterdir():
        assert entry.stat().st_mode & 0o777 == 0o600, entry.name


def test_a_load_that_fails_leaves_the_store_as_it_was(
    store: Store, load: Load, loaded: Loaded, write_load: WriteLoad
) -> None:
    load("a")
    before = names(store)
    with pytest.raises(ZeroDivisionError), store.writing() as part:  # noqa: PT012
        write_load(part, "b")
        raise ZeroDivisionError
    assert names(store) == before
    assert loaded() == ["a"]


@pytest.mark.parametrize("step", ["_write_pointer", "_replace_pointer"])
def test_a_load_that_cannot_be_named_current_takes_no_room(
    store: Store, load: Load, loaded: Loaded, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    load("a")
    before = names(store)

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as disk:
        disk.setattr(Store, step, full)
        with pytest.raises(StoreError, match="is full"):
            load("b")
    assert (names(store), loaded()) == (before, ["a"])
    load("c")
    assert loaded() == ["a", "c"]


def test_a_load_may_find_that_there_is_nothing_to_publish(
    store: Store, load: Load, write_load: WriteLoad
) -> None:
    load("a")
    before = names(store)
    with store.writing() as part:
        write_load(part, "b")
        raise NothingToPublish
    assert names(store) == before


def test_a_failed_first_load_leaves_an_empty_store(store: Store, write_load: WriteLoad) -> None:
    with store.writing() as part:
        write_load(part, "a")
        raise NothingToPublish
    with pytest.raises(EmptyStoreError):
        store.current()


def test_a_file_that_was_not_closed_is_not_published(
    store: Store, load: Load, loaded: Loaded
) -> None:
    load("a")
    with pytest.raises(StoreError, match="still open"), store.writing() as part:
        draft = Draft.open(part)
    draft.close()
    with pytest.raises(StoreError, match=r"not closed, .*\.wal"), store.writing() as part:  # noqa: PT012
        draft = Draft.open(part)
        draft.execute("CREATE TABLE open (n INT)")
    assert loaded() == ["a"]
    assert leftovers(store) == []


def test_a_load_that_wrote_no_file_is_not_published(store: Store) -> None:
    with pytest.raises(StoreError, match="missing"), store.writing():
        pass


def test_a_generation_with_a_log_beside_it_is_not_copied(store: Store, load: Load) -> None:
    load("a")
    log = store.current().path.with_suffix(".duckdb.wal")
    log.write_bytes(b"rows that the file lacks")
    with pytest.raises(StoreError, match=r"\.wal lies beside"):
        load("b")
    log.unlink()
    load("b")


def test_a_full_disk_is_noticed_before_the_load(
    store: Store, load: Load, loaded: Loaded, monkeypatch: pytest.MonkeyPatch
) -> None:
    load("a")
    usage = namedtuple("usage", "total used free")
    size = store.current().path.stat().st_size
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage(0, 0, int(size * 2.4)))
    with pytest.raises(
        StoreError, match=r"has \d MB free, and a load needs \d MB. Free some space"
    ):
        load("b")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage(0, 0, int(size * 2.6)))
    load("c")
    assert loaded() == ["a", "c"]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_may_not_be_written_is_named(store: Store, load: Load) -> None:
    load("a")
    store.path.chmod(0o500)
    try:
        with pytest.raises(StoreError, match=f"{store.path} may not be used: Permission denied"):
            load("b")
        assert store.fallback() is None
    finally:
        store.path.chmod(0o700)


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    with (
        pytest.raises(StoreError, match="Not a directory"),
        Store(tmp_path / "file/store").writing(),
    ):
        pass


@pytest.mark.parametrize(
    "pointer",
    [
        None,
        b"",
        b"\n",
        b"\x00\xff\xfe garbage",
        b"00001.duckdb\n",
        b"../../../etc/passwd\n",
        b"/etc/passwd",
        b"00099-0123abcd.duckdb\n",
        b"../00001-0123abcd.duckdb\n",
        b"x" * 100_000,
    ],
    ids=lambda pointer: "missing" if pointer is None else repr(pointer[:20]),
)
def test_a_damaged_pointer_falls_back_to_the_newest_generation_and_says_so(
    store: Store, load: Load, loaded: Loaded, pointer: bytes | None
) -> None:
    load("a")
    load("b")
    assert store.fallback() is None
    current = store.path / "CURRENT"
    if pointer is None:
        current.unlink()
    else:
        current.write_bytes(pointer)
    assert loaded() == ["a", "b"]
    fallback = store.fallback()
    assert fallback is not None
    assert "CURRENT" in str(fallback)
    assert "Version 00002 of its data is shown" in str(fallback)
    load("c")
    assert loaded() == ["a", "b", "c"]
    assert store.fallback() is None
    assert store.current().number == (100 if pointer and b"00099" in pointer else 3)


def test_a_pointer_cannot_lead_out_of_the_store(
    store: Store, load: Load, loaded: Loaded, tmp_path: Path
) -> None:
    load("a")
    outside = tmp_path / "00009-0123abcd.duckdb"
    shutil.copyfile(store.current().path, outside)
    for text in (f"../{outside.name}", str(outside)):
        (store.path / "CURRENT").write_text(text)
        assert store.current().number == 1
        assert "not the name of a version" in str(store.fallback())


def test_a_half_written_file_is_never_shown(store: Store, load: Load) -> None:
    load("a")
    shutil.copyfile(store.current().path, store.path / "00002-0123abcd.duckdb.part")
    (store.path / "CURRENT").unlink()
    assert store.current().number == 1


@pytest.mark.parametrize("damage", ["cut short", "overwritten", "emptied", "gone"])
def test_a_damaged_generation_falls_back_to_the_one_before(
    store: Store, load: Load, loaded: Loaded, damage: str
) -> None:
    load("a")
    load("b")
    path = store.current().path
    content = path.read_bytes()
    match damage:
        case "cut short":
            path.write_bytes(content[:20_000])
        case "overwritten":
            path.write_bytes(b"\x5a" * len(content))
        case "emptied":
            path.write_bytes(b"")
        case "gone":
            path.unlink()
    assert loaded() == ["a"]
    assert "which CURRENT names, is missing or damaged" in str(store.fallback())


def test_a_load_after_a_fallback_starts_from_what_is_shown_and_mends_the_store(
    store: Store, load: Load, loaded: Loaded
) -> None:
    load("a")
    load("b")
    store.current().path.unlink()
    assert "Version 00001 of its data is shown" in str(store.fallback())
    load("c")
    assert loaded() == ["a", "c"]
    assert store.fallback() is None
    assert store.current().number == 3


def test_a_damaged_generation_takes_the_place_of_no_good_one(
    store: Store, load: Load, loads_in: LoadsIn
) -> None:
    for name in "abc":
        load(name)
    store.current().path.write_bytes(b"damaged")
    load("d")
    assert [each.number for each in store.generations()] == [1, 2, 4]
    assert [loads_in(each.path) for each in store.generations()] == [
        ["a"],
        ["a", "b"],
        ["a", "b", "d"],
    ]
    (damaged,) = store.damaged()
    assert damaged.number == 3
    assert damaged.path.read_bytes() == b"damaged"
    for name in "efgh":
        load(name)
    assert store.damaged() == [damaged]


def test_a_generation_newer_than_a_damaged_one_is_no_leftover(
    store: Store, load: Load, loaded: Loaded
) -> None:
    load("a")
    load("b")
    damaged = store.current().path
    shutil.copyfile(damaged, store.path / "00003-0123abcd.duckdb")
    damaged.write_bytes(b"damaged")
    assert store.current().number == 3
    load("c")
    assert loaded() == ["a", "b", "c"]
    assert [each.number for each in store.damaged()] == [2]


def test_mending_needs_no_room_and_no_new_generation(
    store: Store, load: Load, loaded: Loaded, monkeypatch: pytest.MonkeyPatch
) -> None:
    load("a")
    shown = store.current()
    load("b")
    store.current().path.write_bytes(b"damaged")
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage(0, 0, 0))
    fallback = store.mend()
    assert fallback is not None
    assert fallback.shown == shown
    assert (store.current(), store.fallback(), store.mend()) == (shown, None, None)
    assert [each.number for each in store.damaged()] == [2]
    monkeypatch.undo()
    load("c")
    assert loaded() == ["a", "c"]
    assert store.current().number == 3


def test_an_empty_store_has_nothing_to_mend(store: Store) -> None:
    assert store.mend() is None
    assert not store.path.exists()


def test_a_store_of_damaged_generations_says_what_to_do(store: Store, load: Load) -> None:
    load("a")
    load("b")
    for generation in store.generations():
        generation.path.write_bytes(b"damaged")
    with pytest.raises(StoreError, match=r"No version of the data .* Restore the folder"):
        store.current()
    with pytest.raises(StoreError, match="No version of the data"):
        load("c")


def test_what_killed_writers_left_is_swept_by_the_next(store: Store, load: Load) -> None:
    load("a")
    left = ["00002-0123abcd.duckdb.part", "00002-0123abcd.duckdb.part.wal", "CURRENT.part"]
    for name in left:
        (store.path / name).write_bytes(b"half written")
    temporary = store.path / "00002-0123abcd.duckdb.part.tmp"
    temporary.mkdir()
    (temporary / "spilled").write_bytes(b"rows")
    load("b")
    assert leftovers(store) == []


def test_a_generation_that_never_became_current_is_neither_shown_nor_used_as_a_number(
    store: Store, load: Load, loaded: Loaded
) -> None:
    load("a")
    orphan = store.path / "00002-0123abcd.duckdb"
    shutil.copyfile(store.current().path, orphan)
    assert [each.number for each in store.generations()] == [1]
    load("b")
    assert [each.number for each in store.generations()] == [1, 3]
    assert loaded() == ["a", "b"]
    assert leftovers(store) == []


def test_everything_is_on_the_disk_before_the_next_step_relies_on_it(
    store: Store, load: Load, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in "abc":
        load(name)
    events: list[tuple[str, str]] = []
    real_fsync, real_rename = os.fsync, Path.rename
    real_replace, real_unlink = Path.replace, Path.unlink

    def fsync(descriptor: int) -> None:
        number = os.fstat(descriptor).st_ino
        found = [
            each for each in (store.path, *store.path.iterdir()) if each.stat().st_ino == number
        ]
        events.append(("fsync", kind(found[0])))
        real_fsync(descriptor)

    def rename(path: Path, target: Path) -> Path:
        events.append(("rename", f"{kind(path)} to {kind(target)}"))
        return real_rename(path, target)

    def replace(path: Path, target: Path) -> Path:
        events.append(("rename", f"{kind(path)} to {kind(target)}"))
        return real_replace(path, target)

    def unlink(path: Path, missing_ok: bool = False) -> None:
        if path.exists():
            events.append(("delete", kind(path)))
            real_unlink(path)

    def kind(path: Path) -> str:
        return {store.path: "folder"}.get(path) or re.sub(r"^\d{5}-.{8}", "generation", path.name)

    monkeypatch.setattr(os, "fsync", fsync)
    monkeypatch.setattr(Path, "rename", rename)
    monkeypatch.setattr(Path, "replace", replace)
    monkeypatch.setattr(Path, "unlink", unlink)
    load("d")
    assert events == [
        ("fsync", "generation.duckdb.part"),
        ("rename", "generation.duckdb.part to generation.duckdb"),
        ("fsync", "folder"),
        ("fsync", "CURRENT.part"),
        ("rename", "CURRENT.part to CURRENT"),
        ("fsync", "folder"),
        ("delete", "generation.duckdb"),
    ]


def test_restoring_a_generation_publishes_it_under_a_new_number(
    store: Store, load: Load, loaded: Loaded
) -> None:
    load("a")
    load("b")
    restored = store.restore(store.generations()[0])
    assert restored.name == "00003"
    assert loaded() == ["a"]
    load("c")
    assert loaded() == ["a", "c"]


def test_a_generation_that_is_no_longer_kept_cannot_be_restored(store: Store, load: Load) -> None:
    load("a")
    first = store.current()
    for name in "bcd":
        load(name)
    with pytest.raises(StoreError, match=r"Version 00001 is no longer .* 00002, 00003, 00004"):
        store.restore(first)
    assert store.current().number == 4


def test_a_store_emptied_and_filled_again_never_uses_a_file_name_twice(
    store: Store, load: Load
) -> None:
    load("a")
    first = store.current()
    shutil.rmtree(store.path)
    load("a")
    assert store.current().number == first.number
    assert store.current().path != first.path


def test_a_second_writer_waits_for_the_first(
    store: Store, load: Load, loaded: Loaded, write_load: WriteLoad
) -> None:
    waiting = threading.Event()
    messages: list[str] = []

    def on_wait(message: str) -> None:
        messages.append(message)
        waiting.set()

    def second() -> None:
        with store.writing(on_wait) as part:
            write_load(part, "b")

    with store.writing() as part:
        write_load(part, "a")
        thread = threading.Thread(target=second)
        thread.start()
        assert waiting.wait(10)
    thread.join(10)
    assert loaded() == ["a", "b"]
    assert messages == [
        f"Another load (process {os.getpid()}) is writing to the store. "
        "Waiting up to 10 seconds for it to finish."
    ]


def test_a_second_writer_gives_up_after_its_patience_and_names_the_first(store: Store) -> None:
    impatient = Store(store.path, lock_timeout_seconds=0.1)
    with store.writing():
        busy = f"process {os.getpid()}.* did not finish within 0.1 seconds"
        with pytest.raises(StoreBusyError, match=busy), impatient.writing():
            pass
        raise NothingToPublish


def test_the_store_is_where_the_environment_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BACKCAST_STORE", str(tmp_path / "elsewhere"))
    assert Store.from_environment().path == tmp_path / "elsewhere"
    monkeypatch.delenv("BACKCAST_STORE")
    assert Store.from_environment().path.parts[-2:] == ("data", "store")
