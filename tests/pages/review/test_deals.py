"""Deals without leads: what is loaded is said, and deals can be counted themselves."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from data.engine.warehouse import open_current
from data.storage.store import Store
from metrics.funnel.conversion import stage_conversion
from metrics.horizon import horizon
from metrics.scope import Scope, Unit
from pages.review import stages as records
from tests.pages.company import publish_rows, rows_by_table
from tests.pages.conftest import Cockpit


def said(app: AppTest) -> str:
    return "\n".join(each.value.replace("\\", "") for each in (*app.markdown, *app.caption))


def tiles(app: AppTest) -> dict[str, str]:
    return {each.label: each.value.replace("\\", "") for each in app.metric}


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Deals, and no lead."""
    path = tmp_path_factory.mktemp("alone") / "store"
    tables = rows_by_table(400)
    deals = [row | {"primary_lead_id": None} for row in tables["opportunity"]]
    none: list[dict[str, Any]] = []
    empty = {"lead": none, "stage_change": none, "interaction": none}
    publish_rows(Store(path), tables | empty | {"opportunity": deals})
    return path


def deals_of(store: Path) -> list[int]:
    warehouse = open_current(Store(store))
    loaded = horizon(warehouse)
    scope = Scope(loaded.default_period, loaded.last, unit=Unit.DEAL)
    reached: list[int] = stage_conversion(warehouse, scope)["reached"].to_list()
    return reached


@pytest.mark.parametrize("page", ["", "review/funnel"])
def test_deals_without_leads_are_said_and_can_be_counted(
    cockpit: Cockpit, alone: Path, page: str
) -> None:
    app = cockpit(alone, page)
    assert not app.exception
    assert "deals are loaded, 0 of them linked to a lead**, and no leads are loaded" in said(app)
    assert not any("choose another period" in each.value for each in app.info)
    assert "Not known: leads, MQLs, SQLs, opportunities and won" in said(app)
    assert "Of the 0 leads" not in said(app)
    app.button(key="count_deals").click().run()
    assert not app.exception
    assert app.radio(key="unit").value == "Deals"
    assert "linked to a lead" not in said(app)


def test_unknown_is_not_zero_beside_won_revenue(cockpit: Cockpit, alone: Path) -> None:
    shown = tiles(cockpit(alone))
    assert shown["Won revenue"].startswith("$")
    assert {
        shown[name] for name in ("New leads", "MQLs", "SQLs", "Opportunities", "Leads won")
    } == {"—"}


def test_linked_to_no_lead_the_leads_still_count_and_only_deals_are_unknown(
    cockpit: Cockpit, tmp_path: Path
) -> None:
    tables = rows_by_table(200)
    nobody = {"primary_lead_id": None, "account_id": None}
    deals = [row | nobody for row in tables["opportunity"]]
    publish_rows(Store(tmp_path), tables | {"opportunity": deals})
    app = cockpit(tmp_path)
    assert tiles(app)["New leads"] != "—"
    assert (tiles(app)["Opportunities"], tiles(app)["Leads won"]) == ("—", "—")
    assert "Not known: opportunities and won. The reason is given below." in said(app)
    assert "0 of them linked to a lead**, and 200 leads are loaded as well" in said(app)


def test_some_deals_without_a_lead_are_counted_out(cockpit: Cockpit, tmp_path: Path) -> None:
    tables = rows_by_table(400)
    won = [row for row in tables["opportunity"] if row["outcome"] == "won"]
    recent = sorted(won, key=lambda row: row["closed_at"])[-2:]
    for row in recent:
        row["primary_lead_id"] = row["account_id"] = None
    publish_rows(Store(tmp_path), tables)
    assert "2 of the " in said(cockpit(tmp_path))
    assert "are linked to no lead: they count in won revenue" in said(cockpit(tmp_path))


def test_deals_have_their_own_funnel_tiles_and_records(cockpit: Cockpit, alone: Path) -> None:
    opened, won = deals_of(alone)
    app = cockpit(alone, "review/funnel", unit="Deals")
    assert not app.exception
    assert f"Of the {opened} deals of " in said(app)
    counts = [each.partition("\u00a0")[0] for each in app.table[0].value["Reached"]]
    assert counts == [str(opened), str(won)]
    app.pills(key=records.KEY).set_value("Won").run()
    shown = app.dataframe[0].value
    assert len(shown) == won
    assert set(shown["outcome"]) == {"won"}
    overview = cockpit(alone, unit="Deals")
    assert {"New deals", "Deals won", "Pipeline created"} <= tiles(overview).keys()
    assert not {"New leads", "MQLs"} & tiles(overview).keys()


def test_a_stage_that_deals_have_not_is_let_go(cockpit: Cockpit, company: Path) -> None:
    app = cockpit(company, "review/funnel")
    app.pills(key=records.KEY).set_value("MQL").run()
    app.radio(key="unit").set_value("Deals").run()
    assert not app.exception
    assert app.pills(key=records.KEY).value is None


@pytest.fixture(scope="module")
def states(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Leads with the state that they are in now, and without a history that says since when."""
    path = tmp_path_factory.mktemp("states") / "store"
    tables = rows_by_table(200)
    words = ("lead", "mql", "sql", None)
    leads = [row | {"stage": words[place % 4]} for place, row in enumerate(tables["lead"])]
    none: list[dict[str, Any]] = []
    publish_rows(
        Store(path),
        tables | {"lead": leads, "stage_change": none, "opportunity": none, "interaction": none},
    )
    return path


def test_states_without_days_are_told_on_the_funnel(cockpit: Cockpit, states: Path) -> None:
    app = cockpit(states, "review/funnel")
    assert not app.exception
    (told,) = [each.value for each in app.info if "nobody recorded" in each.value]
    table = app.table[0].value
    counts = [each.partition("\u00a0")[0] for each in table["Reached"]]
    reached = dict(zip(table["Stage"], counts, strict=True))
    assert reached["MQL"] != "0"
    assert f"MQL {reached['MQL']}, SQL {reached['SQL']}" in told
    assert "count in the shares of this cohort" in told
    flow = cockpit(states, "review/funnel", basis="Flow")
    (told,) = [each.value for each in flow.info if "nobody recorded" in each.value]
    assert "in no period" in told


def test_below_the_records_of_a_stage_stands_what_was_taken_back(
    cockpit: Cockpit, tmp_path: Path
) -> None:
    tables = rows_by_table(200)
    open_ones = [row for row in tables["opportunity"] if row["outcome"] == "open"]
    reopened = max(open_ones, key=lambda row: row["created_at"])
    entry = {"subject_kind": "opportunity", "subject_id": reopened["opportunity_id"],
             "inferred_from": "history", "load_id": reopened["load_id"]}  # fmt: skip
    tables["stage_change"].append(
        entry | {"stage": "won", "entered_at": reopened["created_at"] + timedelta(hours=1)}
    )
    publish_rows(Store(tmp_path / "store"), tables)
    app = cockpit(tmp_path / "store", "review/funnel")
    assert not any("taken back" in each.label for each in app.expander)
    app.pills(key=records.KEY).set_value("Won").run()
    assert not app.exception
    assert "1 entry was taken back and not counted" in [each.label for each in app.expander]


def test_segments_say_no_zero_where_overview_says_a_dash(cockpit: Cockpit, alone: Path) -> None:
    app = cockpit(alone, "explore/segments", segments_by="Product")
    assert not app.exception
    assert "no lead is loaded, only deals: count deals instead" in said(app)
    rows = app.dataframe[0].value
    for name in ("lead_to_sql", "lead", "opportunity"):
        assert rows[name].isna().all(), name
    assert rows["won_amount"].sum() > 0
