"""Stages that say nothing of their own share a row, and every stage can be seen."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

import pytest

from data.storage.store import Store
from tests.pages.company import publish_rows, rows_by_table
from tests.pages.conftest import Cockpit

PAGE = "review/funnel"


@pytest.fixture(scope="module")
def won_at_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Leads of whom only being an MQL on the first day and being won is told."""
    path = tmp_path_factory.mktemp("repeats") / "store"
    tables = rows_by_table(60)
    changes = [
        {"subject_kind": "lead", "subject_id": row["lead_id"], "stage": stage,
         "entered_at": row["created_at"] if stage == "mql" else datetime(2026, 3, 30, 9),
         "inferred_from": "history", "load_id": row["load_id"]}
        for number, row in enumerate(tables["lead"])
        for stage in ("mql", "won")[: 2 if number % 3 == 0 else 1]
    ]  # fmt: skip
    kept = {"load", "lead", "person", "account", "campaign"}
    rows = {name: found for name, found in tables.items() if name in kept}
    publish_rows(Store(path), rows | {"stage_change": changes})
    return path


def test_the_same_records_share_a_row_in_every_part(cockpit: Cockpit, won_at_once: Path) -> None:
    app = cockpit(won_at_once, PAGE, period="All data")
    assert not app.exception
    assert not app.error
    table, steps = (each.value for each in app.table)
    assert list(table["Stage"]) == ["Lead = MQL", "SQL = Opportunity = Won"]
    assert [each.replace("\u00a0", " ") for each in steps["Step"]] == [
        "Lead = MQL → SQL = Opportunity = Won"
    ]
    bars, heat, months = (json.loads(each.proto.spec) for each in app.get("plotly_chart")[:3])
    assert len(bars["data"][0]["x"]) == 2
    assert len(heat["data"][0]["text"][0]) == 1
    assert {each["name"] for each in months["data"]} == {"SQL = Opportunity = Won"}
    said = next(each.value for each in app.caption if "share a row" in each.value)
    assert said.startswith("**MQL** has the same 60 leads as Lead, on the same days. **Opportunity")
    assert "**Opportunity and Won** have the same 20 leads as SQL" in said


def test_every_stage_can_be_seen(cockpit: Cockpit, won_at_once: Path) -> None:
    app = cockpit(won_at_once, PAGE, period="All data")
    app.toggle(key="funnel_every").set_value(True).run()
    assert not app.exception
    assert list(app.table[0].value["Stage"]) == ["Lead", "MQL", "SQL", "Opportunity", "Won"]
    assert any("share a row" in each.value for each in app.caption), "the way back stays"
    app = cockpit(won_at_once, PAGE, period="All data", funnel_every="true")
    assert len(app.table[0].value) == 5


def test_a_company_with_stages_of_their_own_is_told_nothing(
    cockpit: Cockpit, company: Path
) -> None:
    app = cockpit(company, PAGE)
    assert len(app.table[0].value) == 5
    assert not app.toggle
