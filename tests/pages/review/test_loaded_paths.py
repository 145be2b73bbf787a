"""Loaded paths on the Attribution page: their credit, and what they cannot answer."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from streamlit.testing.v1 import AppTest

from data.definitions import Definitions
from data.engine.warehouse import open_current
from data.storage.store import Store
from metrics.attribution.loaded_paths.credit import path_credit, path_value_credit
from pages.controls.downloads import to_csv
from tests.metrics.attribution.loaded_paths.path_oracle import facts_of, told
from tests.pages.company import publish_rows, rows_by_table
from tests.pages.conftest import Cockpit

PAGE = "review/attribution"

PATHS = [told("ABA", "30", "1250.123456", nulls="12.5"), told("CB", "0.333333", nulls="4")]


def rows(*, value: bool = True) -> dict[str, list[dict[str, Any]]]:
    """The tables of two paths of one system."""
    facts = facts_of(PATHS)
    paths = [{**each, "load_id": "L1"} for each in facts.path]
    if not value:
        paths = [each | {"value_amount": None} for each in paths]
    touches = [{**each, "load_id": "L1"} for each in facts.path_touch]
    return {"path": paths, "path_touch": touches}


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with paths and nothing that has a date."""
    path = tmp_path_factory.mktemp("paths") / "store"
    publish_rows(Store(path), rows() | {"load": rows_by_table(3)["load"]})
    return path


def said(app: AppTest) -> str:
    """Everything in words, without the marks that keep it from being Markdown."""
    shown = (each.value for each in (*app.markdown, *app.caption, *app.info))
    return "\n".join(shown).replace("\\", "")


def opened(cockpit: Cockpit, store: Path, **more: str) -> AppTest:
    app = cockpit(store, PAGE, **more)
    assert not app.exception
    assert not app.error
    return app


def test_paths_alone_are_the_whole_page(cockpit: Cockpit, alone: Path) -> None:
    app = opened(cockpit, alone)
    assert [each.value for each in app.header] == ["Loaded paths"]
    words = said(app)
    assert "2 paths of web stand for **30.333333 conversions**, and 16.5 journeys that" in words
    assert "Attributed 30.333333 + unattributed 0 = 30.333333, as the file says." in words
    assert "Time decay: it needs the days before the conversion" in words
    assert "Self-reported: it needs what people said themselves" in words
    (table,) = (each.value for each in app.dataframe)
    found = path_credit(open_current(Store(alone)), Definitions.load())
    of_two = found.filter(pl.col("model").is_in(["linear", "last"]))
    assert table["credit"].tolist() == [float(each) for each in of_two["credit"]]


def test_value_is_asked_for_where_there_is_any(cockpit: Cockpit, alone: Path) -> None:
    app = opened(cockpit, alone, paths_in="Value", paths_model="Shapley on the chain")
    assert "unattributed 0 = 1,250.123456" in said(app)
    assert next(each for each in app.selectbox if each.key == "paths_in").options == [
        "Number", "Value"
    ]  # fmt: skip


def test_beside_the_deals_they_are_a_section(cockpit: Cockpit, tmp_path: Path) -> None:
    tables = rows_by_table(60) | rows(value=False)
    publish_rows(Store(tmp_path / "store"), tables)
    app = opened(cockpit, tmp_path / "store")
    assert [each.value for each in app.header][-1] == "Loaded paths"
    assert "so that the two are never added up" in said(app)
    assert next(each for each in app.selectbox if each.key == "paths_in").options == ["Number"]


def test_without_paths_nothing_is_said_of_them(cockpit: Cockpit, tmp_path: Path) -> None:
    publish_rows(Store(tmp_path / "store"), rows_by_table(60))
    app = opened(cockpit, tmp_path / "store")
    assert "Loaded paths" not in [each.value for each in app.header]


def test_six_decimals_are_in_what_is_downloaded(alone: Path) -> None:
    found = path_value_credit(open_current(Store(alone)), Definitions.load())
    first = found.filter(model="first", segment="A")
    assert first["credit"].item() == Decimal("1250.123456")
    assert "web,first,A,1,30.000000,12.500000,0.000000,1250.123456," in to_csv(found).decode()
