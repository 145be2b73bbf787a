"""`python -m data`: what a person gets, in words and exit status."""

from __future__ import annotations

import json
import re
import shutil
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from data.__main__ import main
from data.definitions import BUILT_IN
from data.engine.draft import Draft
from data.engine.warehouse import DuckDBWarehouse
from data.notebook.notebook import Notebook
from data.notebook.version import Kind
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
        " unnest([TIMESTAMP '2026-05-02']), '2026-05-02', '2026-05-02', NULL, NULL",
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


NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


def noted(store: Store) -> Notebook:
    """A note of two versions, and a plan that was deleted."""
    notebook = Notebook(store.path)
    for kind, entry, name, body, based_on in (
        (Kind.NOTE, "fair", "展会", b'"closed"', 0),
        (Kind.NOTE, "fair", "展会", b'"open"', 1),
        (Kind.PLAN, "q1", "Q1", b"{}", 0),
    ):
        notebook.write(kind, entry, name, body, based_on=based_on, written_at=NOW)
    notebook.delete("q1", based_on=1, written_at=NOW)
    return notebook


def test_the_notebook_lists_what_was_written(
    store: Store, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["notebook"]) == 0
    assert "Nothing has been written" in capsys.readouterr().out
    assert not store.path.exists()
    noted(store)
    assert main(["notebook"]) == 0
    assert [" ".join(line.split()) for line in capsys.readouterr().out.splitlines()] == [
        "note 2026-03-02 09:30 UTC version 2 fair 展会",
        "plan 2026-03-02 09:30 UTC version 2 q1 Q1 (deleted)",
    ]


def test_an_entry_is_shown_as_json(store: Store, capsys: pytest.CaptureFixture[str]) -> None:
    newest = noted(store).read("fair")
    assert newest is not None
    assert main(["notebook", "show", "fair"]) == 0
    said = capsys.readouterr().out
    assert "展会" in said
    assert json.loads(said) == {
        "kind": "note",
        "id": "fair",
        "belongs_to": None,
        "name": "展会",
        "version": 2,
        "written_at": "2026-03-02T09:30:00+00:00",
        "state": "open",
        "digest": newest.digest,
        "body": "open",
    }
    assert main(["notebook", "show", "fair", "--version", "1"]) == 0
    assert json.loads(capsys.readouterr().out)["body"] == "closed"


@pytest.mark.parametrize(
    ("asked", "answer"),
    [
        (["fiar"], 'There is no entry fiar. Did you mean "fair"?'),
        (["fair", "--version", "3"], "has no version 3; the newest is 2."),
    ],
)
def test_what_is_not_in_the_notebook_is_said(
    store: Store, capsys: pytest.CaptureFixture[str], asked: list[str], answer: str
) -> None:
    noted(store)
    assert main(["notebook", "show", *asked]) == 1
    assert answer in capsys.readouterr().err


def test_a_store_is_backed_up_and_restored(
    store: Store,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    notebook = noted(store)
    folder = tmp_path / "monday"
    assert main(["backup", "--to", str(folder)]) == 0
    assert re.fullmatch(r"notebook\.sqlite: [\d,]+ bytes\n", capsys.readouterr().out)
    assert main(["backup", "--to", str(folder)]) == 1
    assert "is there already" in capsys.readouterr().err
    assert main(["restore", "--from", str(folder)]) == 1
    assert "is not empty" in capsys.readouterr().err
    before = notebook.history("fair")
    shutil.rmtree(store.path)
    assert main(["restore", "--from", str(folder)]) == 0
    said = capsys.readouterr().out
    assert "as it was on 20" in said
    assert "set BACKCAST_KEY as it was" in said
    assert notebook.history("fair") == before


def test_who_backs_up_the_key_is_told(store: Store, capsys: pytest.CaptureFixture[str]) -> None:
    noted(store)
    (store.path / "identity.key").write_text("k" * 64)
    assert main(["backup", "--to", str(store.path.with_name("monday"))]) == 0
    assert "The key of the hashes is in it" in capsys.readouterr().out
