"""A backup and a restoration are whole or not there, whoever is killed on the way."""

from __future__ import annotations

import multiprocessing
import os
import shutil
import signal
import stat
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest

from data import backup as backups
from data.backup import LIST, Backup, back_up, read_backup, restore
from data.definition_files import append_version
from data.errors import EmptyStoreError, StoreBusyError, StoreError
from data.notebook.file import writing
from data.notebook.notebook import Notebook
from data.notebook.version import Kind, Version
from data.storage.lock import locked
from data.storage.store import Store

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)

Load = Callable[[str], None]
LoadsIn = Callable[[Path], list[str]]


def write(store: Path, based_on: int = 0) -> Version:
    body = str(based_on).encode()
    return Notebook(store).write(Kind.PLAN, "q1", "Q1", body, based_on=based_on, written_at=NOW)


@pytest.fixture
def filled(store: Store, load: Load) -> Store:
    """Two loads, two versions of a plan, a key, an own mapping and saved definitions."""
    load("a")
    load("b")
    write(store.path)
    write(store.path, 1)
    (store.path / "identity.key").write_text("k" * 64)
    (store.path / "mappings").mkdir()
    (store.path / "mappings" / "own.toml").write_text("name = 'own'")
    (store.path / "mappings" / ".mapping-half").touch()
    append_version(store.path, "a = 1", since=NOW.date(), saved_at=NOW, based_on=0)
    return store


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "backups" / "monday"


@pytest.fixture
def new(tmp_path: Path) -> Store:
    """Another store, which is not there yet."""
    return Store(tmp_path / "new", lock_timeout_seconds=10)


def contents(folder: Path) -> dict[str, bytes]:
    files = (each for each in folder.rglob("*") if each.is_file())
    return {each.relative_to(folder).as_posix(): each.read_bytes() for each in files}


def test_what_was_backed_up_comes_back(
    filled: Store, new: Store, folder: Path, loads_in: LoadsIn
) -> None:
    made = back_up(filled, folder, NOW)
    assert [each.path for each in made.files] == [
        filled.current().path.name,
        "definitions/0001-from-2026-03-02-saved-20260302T093000Z.toml",
        "identity.key",
        "mappings/own.toml",
        "notebook.sqlite",
    ]
    assert (made.made_at, made.generation, made.has_key) == (NOW, filled.current().path.name, True)
    assert read_backup(folder) == made
    assert restore(folder, new) == made
    assert loads_in(new.current().path) == ["a", "b"]
    assert new.fallback() is None
    assert new.current().number == filled.current().number
    assert Notebook(new.path).history("q1") == Notebook(filled.path).history("q1")
    for name in ("identity.key", "mappings/own.toml", made.files[1].path):
        assert (new.path / name).read_bytes() == (filled.path / name).read_bytes()
    with new.writing():
        pass
    assert loads_in(new.current().path) == ["a", "b"]


def test_nobody_else_may_look_into_a_backup_or_what_comes_of_it(
    filled: Store, new: Store, folder: Path
) -> None:
    back_up(filled, folder, NOW)
    restore(folder, new)
    for place in (folder, new.path):
        for each in (place, *place.rglob("*")):
            assert stat.S_IMODE(each.stat().st_mode) == (0o700 if each.is_dir() else 0o600), each


def test_a_restored_generation_never_has_a_name_that_was_used(filled: Store, folder: Path) -> None:
    """A process that has the old file open would silently see that one."""
    back_up(filled, folder, NOW)
    before = filled.current().path
    shutil.rmtree(filled.path)
    restore(folder, filled)
    assert filled.current().path.parent == before.parent
    assert filled.current().path.name != before.name


def test_an_open_notebook_is_copied_as_it_was_last_written(
    filled: Store, new: Store, folder: Path
) -> None:
    """Its newest version lies in the log, and another one is being written."""
    with writing(filled.path, 1) as connection:
        connection.execute("COMMIT")
        write(filled.path, 2)
        assert (filled.path / "notebook.sqlite-wal").stat().st_size > 0
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("INSERT INTO entry (id, kind) VALUES ('half', 'note')")
        back_up(filled, folder, NOW)
    restore(folder, new)
    assert [each.number for each in Notebook(new.path).history("q1")] == [1, 2, 3]
    assert not {each for each in contents(folder) if each.startswith("notebook.sqlite-")}


def test_a_store_that_nothing_was_loaded_into_has_what_was_written(
    store: Store, new: Store, folder: Path
) -> None:
    written = write(store.path)
    made = back_up(store, folder, NOW)
    assert (made.generation, made.has_key) == (None, False)
    restore(folder, new)
    assert Notebook(new.path).history("q1") == (written,)
    assert new.generations() == []


def test_there_is_no_backup_of_nothing(store: Store, folder: Path) -> None:
    for _ in range(2):
        with pytest.raises(EmptyStoreError):
            back_up(store, folder, NOW)
        assert not folder.parent.exists() or not any(folder.parent.iterdir())
        store.path.mkdir(exist_ok=True)


def test_a_backup_never_takes_the_place_of_something(filled: Store, folder: Path) -> None:
    made = back_up(filled, folder, NOW)
    before = contents(folder)
    with pytest.raises(StoreError, match=r"is there already\. Name a folder that is not"):
        back_up(filled, folder, NOW)
    assert contents(folder) == before
    assert read_backup(folder) == made
    with pytest.raises(StoreError, match="lies in the store itself"):
        back_up(filled, filled.path / "backup", NOW)
    (folder.parent / "file").touch()
    with pytest.raises(StoreError, match="was not made: "):
        back_up(filled, folder.parent / "file" / "monday", NOW)


def test_a_backup_waits_for_a_load(filled: Store, folder: Path) -> None:
    filled.lock_timeout_seconds = 0.05
    said: list[str] = []
    with locked(filled.path / "LOCK", 1), pytest.raises(StoreBusyError):
        back_up(filled, folder, NOW, said.append)
    assert len(said) == 1
    assert not folder.parent.exists()


def test_a_generation_that_was_not_closed_is_no_backup(filled: Store, folder: Path) -> None:
    log = filled.current().path.with_suffix(".duckdb.wal")
    log.touch()
    with pytest.raises(StoreError, match=f"{log.name} lies beside"):
        back_up(filled, folder, NOW)
    assert not any(folder.parent.iterdir())


def a_page(content: bytes) -> bytes:
    return content[:8192] + b"\xff" * 200 + content[8392:]


def an_older_version(content: bytes) -> bytes:
    first = b"2026-03-02T09:30:00+00:00open0"
    assert content.count(first) == 1
    return content.replace(first, first[:-1] + b"7")


@pytest.mark.parametrize("damage", [a_page, an_older_version])
def test_a_damaged_notebook_is_no_backup(
    filled: Store, folder: Path, damage: Callable[[bytes], bytes]
) -> None:
    path = filled.path / "notebook.sqlite"
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(StoreError, match="damaged"):
        back_up(filled, folder, NOW)
    assert not any(folder.parent.iterdir())


@pytest.mark.parametrize("name", ["duckdb", "identity.key", "own.toml", "notebook.sqlite", LIST])
def test_a_backup_of_which_something_is_missing_or_changed_is_refused(
    filled: Store, new: Store, folder: Path, name: str
) -> None:
    back_up(filled, folder, NOW)
    (path,) = (each for each in folder.rglob("*") if each.name.endswith(name))
    content = path.read_bytes()
    for changed in (content[:-1], b"\xff" + content[1:], b"", None):
        path.unlink()
        if changed is not None:
            path.write_bytes(changed)
        with pytest.raises(StoreError, match=r"no whole backup: .* Nothing was restored"):
            restore(folder, new)
        path.write_bytes(content)
    assert not new.path.exists()
    restore(folder, new)


def test_a_backup_that_changes_while_it_is_restored_is_refused(
    filled: Store, new: Store, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    back_up(filled, folder, NOW)
    look = backups._missing

    def look_and_change(backup: Backup, store: Path) -> list[backups.File]:
        (folder / "identity.key").write_text("j" * 64)
        return look(backup, store)

    monkeypatch.setattr(backups, "_missing", look_and_change)
    with pytest.raises(StoreError, match=r"identity\.key changed while it was read"):
        restore(folder, new)
    assert list(contents(new.path)) == ["LOCK"]


def with_list(folder: Path, change: Callable[[Backup], Backup]) -> None:
    listed = msgspec.json.decode((folder / LIST).read_bytes(), type=Backup)
    (folder / LIST).write_bytes(msgspec.json.encode(change(listed)))


def test_a_list_that_leads_out_of_the_store_is_refused(
    filled: Store, new: Store, folder: Path
) -> None:
    back_up(filled, folder, NOW)
    (folder.parent / "outside").touch()
    outside = backups.File("../outside", 0, "")
    with_list(folder, lambda it: msgspec.structs.replace(it, files=(*it.files, outside)))
    with pytest.raises(StoreError, match=r"\.\./outside is no file of a store"):
        restore(folder, new)


def test_a_backup_of_a_newer_version_is_refused(filled: Store, new: Store, folder: Path) -> None:
    back_up(filled, folder, NOW)
    with_list(folder, lambda it: msgspec.structs.replace(it, format=it.format + 1))
    with pytest.raises(StoreError, match="newer version of Backcast"):
        restore(folder, new)
    assert not new.path.exists()


def test_nothing_is_restored_into_a_store_that_has_anything_else(
    filled: Store, new: Store, folder: Path
) -> None:
    back_up(filled, folder, NOW)
    new.path.mkdir()
    for name in ("identity.key", "notebook.sqlite", "CURRENT", "00001-00000000.duckdb", "x"):
        (new.path / name).write_text("other")
        with pytest.raises(StoreError, match=f"is not empty: {name} is in it"):
            restore(folder, new)
        (new.path / name).unlink()
    assert [each.name for each in new.path.iterdir()] == ["LOCK"]
    restore(folder, new)


def die_at(step: str, call: int) -> None:
    """From now on, be killed before the given call of one step."""
    calls = 0
    original: Callable[..., object] = getattr(backups, step)

    def deadly(*arguments: object) -> object:
        nonlocal calls
        calls += 1
        if calls == call:
            os.kill(os.getpid(), signal.SIGKILL)
        return original(*arguments)

    setattr(backups, step, deadly)


def back_up_and_die(store: Path, folder: Path, step: str, call: int) -> None:
    die_at(step, call)
    back_up(Store(store), folder, NOW)


def restore_and_die(folder: Path, store: Path, step: str, call: int) -> None:
    die_at(step, call)
    restore(folder, Store(store))


_processes = multiprocessing.get_context("forkserver")

_processes.set_forkserver_preload(["tests.data.test_backup"])


def killed(work: Callable[..., None], *arguments: object) -> None:
    process = _processes.Process(target=work, args=arguments)
    process.start()
    process.join(30)
    assert process.exitcode == -9


@pytest.mark.parametrize(
    ("step", "call"),
    [("copy_closed", 1), ("_write", 1), ("_described", 1), ("_write", 3), ("synchronise", 3)],
)
def test_a_backup_that_is_killed_leaves_none_and_the_next_one_is_whole(
    filled: Store, folder: Path, step: str, call: int
) -> None:
    killed(back_up_and_die, filled.path, folder, step, call)
    assert not folder.exists()
    half = folder.with_name("monday.part")
    assert half.is_dir()
    if not (half / LIST).exists():
        with pytest.raises(StoreError, match="BACKUP is missing"):
            read_backup(half)
    made = back_up(filled, folder, NOW)
    assert read_backup(folder) == made
    assert not half.exists()


@pytest.mark.parametrize(
    ("step", "call"), [("_stage", 1), ("_stage", 4), ("_put", 1), ("_put", 2), ("_put", 4)]
)
def test_a_restoration_that_is_killed_is_completed_by_another(
    filled: Store, new: Store, folder: Path, loads_in: LoadsIn, step: str, call: int
) -> None:
    made = back_up(filled, folder, NOW)
    killed(restore_and_die, folder, new.path, step, call)
    assert new.generations() == []
    assert restore(folder, new) == made
    assert loads_in(new.current().path) == ["a", "b"]
    assert Notebook(new.path).history("q1") == Notebook(filled.path).history("q1")
    saved = filled.path.glob("definitions/*.toml")
    assert sorted(contents(new.path)) == sorted(
        [
            "CURRENT",
            "LOCK",
            new.current().path.name,
            *(each.relative_to(filled.path).as_posix() for each in saved),
            "identity.key",
            "mappings/own.toml",
            "notebook.sqlite",
        ]
    )


def test_a_restoration_that_is_killed_before_it_is_current_is_completed_too(
    filled: Store, new: Store, folder: Path, loads_in: LoadsIn
) -> None:
    back_up(filled, folder, NOW)
    restore(folder, new)
    (new.path / "CURRENT").unlink()
    before = new.current()
    restore(folder, new)
    assert new.current() == before
    assert new.fallback() is None
    assert loads_in(before.path) == ["a", "b"]
