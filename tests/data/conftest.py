"""A store to load into, and the smallest load there is: one exchange rate and its load."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from data.engine.warehouse import DuckDBWarehouse
from data.privacy.keys import VARIABLE
from data.sql import Query, Step
from data.storage.rewriting import RewritingStore
from data.storage.store import Store
from tests.data.forget.planted import KEY, Planted
from tests.data.storage import writing_process

Loads = list[str]


def _loads_in(path: Path) -> Loads:
    query = Query(
        Step("rates", "SELECT load_id FROM exchange_rate"),
        Step(
            "paired",
            "SELECT load_id, load.load_id AS entered FROM rates LEFT JOIN load USING (load_id)",
        ),
        Step("ordered", "SELECT * FROM paired ORDER BY load_id"),
    )
    with DuckDBWarehouse.open(path) as warehouse:
        frame = warehouse.query(query)
    assert frame["load_id"].equals(frame["entered"]), "half a load is in the store"
    return frame["load_id"].to_list()


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "store", lock_timeout_seconds=10)


@pytest.fixture
def write_load() -> Callable[[Path, str], None]:
    """Write a named load into a file handed out by `Store.writing`."""
    return writing_process.write_load


@pytest.fixture
def load(store: Store) -> Callable[[str], None]:
    """Load something under a name."""

    def run(name: str) -> None:
        with store.writing() as part:
            writing_process.write_load(part, name)

    return run


@pytest.fixture
def loads_in() -> Callable[[Path], Loads]:
    """The names of the loads that a generation's file holds, in order of name."""
    return _loads_in


@pytest.fixture
def loaded(store: Store) -> Callable[[], Loads]:
    """The names of the loads that a reader sees now."""
    return lambda: _loads_in(store.current().path)


@pytest.fixture(scope="session")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three generations: leads, then stages and interactions, then the rest. Only to be copied."""
    folder = tmp_path_factory.mktemp("filled")
    (folder / "files").mkdir()
    planted = Planted(RewritingStore(folder / "store"), folder / "files")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(VARIABLE, KEY)
        planted.load("leads.csv")
        planted.load("stages.csv", "interactions.csv")
        planted.load("people.csv", "consents.csv", "tags.csv")
    return folder


@pytest.fixture
def planted(filled: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Planted:
    """A copy of the filled store for one test."""
    monkeypatch.setenv(VARIABLE, KEY)
    shutil.copytree(filled, tmp_path / "copy")
    return Planted(RewritingStore(tmp_path / "copy" / "store"), tmp_path / "copy" / "files")
