"""`python -m data`: what a person gets, in words and exit status."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest

from data.__main__ import main
from data.definitions import BUILT_IN
from data.engine.draft import Draft
from data.engine.warehouse import DuckDBWarehouse
from data.sql import Query, Step
from data.storage.store import Store


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    monkeypatch.setenv("BACKCAST_STORE", str(tmp_path / "store"))
    monkeypatch.delenv("BACKCAST_DEFINITIONS", raising=False)
    return Store.from_environment()


def channels(store: Store) -> list[str]:
    with DuckDBWarehouse.open(store.current().path) as warehouse:
        frame = warehouse.query(Query(Step("touches", "SELECT channel FROM touch")))
    return frame["channel"].to_list()


def write(store: Store, *statements: str) -> None:
    with store.writing() as path, Draft.open(path) as draft:
        for each in statements:
            draft.execute(each)


def in_force(definitions: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own = folder / "terms.toml"
    own.write_text(definitions, encoding="utf-8")
    monkeypatch.setenv("BACKCAST_DEFINITIONS", str(own))


def test_changed_definitions_take_effect_with_derive(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(
        store,
        "INSERT INTO interaction BY NAME SELECT 'i' AS interaction_id, 'l' AS load_id,"
        " TIMESTAMP '2026-01-01' AS occurred_at, 'page_view' AS action,"
        " 'Google' AS utm_source, 'CPC' AS utm_medium",
    )
    assert main(["derive"]) == 0
    assert channels(store) == ["Paid Search"]

    built_in = BUILT_IN.read_text(encoding="utf-8")
    in_force(built_in.replace('"Paid Search"', '"Suchmaschinen"'), tmp_path, monkeypatch)
    assert main(["derive"]) == 0
    assert channels(store) == ["Suchmaschinen"]


def test_other_definitions_leave_their_mark_on_closed_months(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In Los Angeles the lead of 1 February is one of January."""
    write(
        store,
        "INSERT INTO load SELECT 'l', 'leads.csv', '0', 'm', 1, 1, 0, 0,"
        " unnest([TIMESTAMP '2026-05-02']), '2026-05-02', '2026-05-02'",
        "INSERT INTO lead BY NAME SELECT 'L1' AS lead_id, 'l' AS load_id,"
        " TIMESTAMP '2026-02-01' AS created_at",
    )
    assert main(["derive"]) == 0
    text = re.sub(r'time_zone = "[^"]+"', 'time_zone = "America/Los_Angeles"', BUILT_IN.read_text())
    in_force(text, tmp_path, monkeypatch)
    assert main(["derive"]) == 0
    with DuckDBWarehouse.open(store.current().path) as warehouse:
        log = warehouse.query(Query(Step("log", "SELECT * FROM restatement")))
    totals = log.filter(dimension="total").sort("month_on")
    assert totals.select("load_id", "month_on", "before", "after", "cause").rows() == [
        (None, date(2026, 1, 1), 0, 1, "definition"),
        (None, date(2026, 2, 1), 1, 0, "definition"),
    ]


def test_deriving_without_a_store_says_what_to_do(
    store: Store, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["derive"]) == 1
    assert "load" in capsys.readouterr().err
    assert not store.path.exists() or not store.generations()
