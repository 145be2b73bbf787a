"""What people wrote stays through everything that happens to the store beside it."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from data.__main__ import main
from data.definition_files import append_version, saved_versions
from data.engine.warehouse import DuckDBWarehouse
from data.forget.forget import Contact, ContactKind, Outcome, forget
from data.notebook.notebook import Notebook
from data.notebook.version import Kind, Version
from data.sql import Query, Step
from data.storage.store import Store
from data.storage.work_folders import WorkFolder, sweep
from loaders.load import undo
from tests.data.forget.planted import ANN, Planted

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)

ROOT = Path(__file__).parents[3]


def write(store: Path) -> tuple[Version, ...]:
    """Two versions of a plan."""
    notebook = Notebook(store)
    first = notebook.write(Kind.PLAN, "q1", "Q1", b"1", based_on=0, written_at=NOW)
    return first, notebook.write(Kind.PLAN, "q1", "Q1", b"2", based_on=1, written_at=NOW)


def test_loads_prune_old_generations_and_not_the_notebook(
    store: Store, load: Callable[[str], None]
) -> None:
    written = write(store.path)
    for name in "abcde":
        load(name)
    store.restore(store.generations()[0])
    assert Notebook(store.path).history("q1") == written


def test_sweeping_leaves_the_notebook_and_its_log(store: Store) -> None:
    written = write(store.path)
    (store.path / "00001-00000000.duckdb.part").touch()
    WorkFolder(store.path).close()
    for name in ("notebook.sqlite-wal", "notebook.sqlite-shm"):
        (store.path / name).touch()
    before = {each.name for each in store.path.iterdir()}
    sweep(store.path)
    after = {each.name for each in store.path.iterdir()}
    assert before - after == {"00001-00000000.duckdb.part"}
    assert Notebook(store.path).history("q1") == written


def test_a_damaged_store_is_mended_around_the_notebook(
    store: Store, load: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BACKCAST_STORE", str(store.path))
    written = write(store.path)
    load("a")
    load("b")
    store.current().path.write_bytes(b"damaged")
    assert main(["mend"]) == 0
    assert store.fallback() is None
    assert Notebook(store.path).history("q1") == written


def test_undoing_a_load_and_erasing_a_person_leave_what_was_written(planted: Planted) -> None:
    store = planted.store
    written = write(store.path)
    forgotten = forget(store, Contact(ContactKind.EMAIL, ANN, None))
    assert forgotten.outcome is Outcome.ERASED
    with DuckDBWarehouse.open(store.current().path) as warehouse:
        loads = warehouse.query(Query(Step("loads", "SELECT min(load_id) AS load_id FROM load")))
    undo(store, loads["load_id"].item())
    assert Notebook(store.path).history("q1") == written


def test_emptying_the_store_removes_what_was_loaded_and_no_more(
    store: Store, load: Callable[[str], None]
) -> None:
    written = write(store.path)
    load("a")
    (store.path / "identity.key").write_text("k" * 64)
    (store.path / "mappings").mkdir()
    (store.path / "mappings" / "own.toml").touch()
    append_version(store.path, "a = 1", since=NOW.date(), saved_at=NOW, based_on=0)
    environment = os.environ | {"BACKCAST_STORE": str(store.path)}
    subprocess.run(["make", "clean-store"], cwd=ROOT, env=environment, check=True)
    left = {each.name for each in store.path.iterdir()}
    assert left == {"LOCK", "definitions", "identity.key", "mappings", "notebook.sqlite"}
    assert len(saved_versions(store.path)) == 1
    assert store.generations() == []
    assert Notebook(store.path).history("q1") == written


def test_a_store_without_a_notebook_opens_as_ever(
    store: Store, load: Callable[[str], None], loaded: Callable[[], list[str]]
) -> None:
    load("a")
    assert loaded() == ["a"]
    assert Notebook(store.path).entries() == ()
    assert not Notebook(store.path).path.exists()
