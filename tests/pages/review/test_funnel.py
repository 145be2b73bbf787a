"""Funnel: stages, segments, months and the records behind a number."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest
import streamlit as st

from data.engine.warehouse import open_current
from data.storage.store import Store
from metrics.funnel.conversion import stage_conversion, stage_conversion_by
from metrics.horizon import horizon
from metrics.period import Period
from metrics.scope import Dimension, Scope, Stage
from pages.controls.periods import Preset
from pages.review import stages as records
from tests.pages.conftest import Cockpit


def asked(company: Path, period: Period | None = None) -> Scope:
    loaded = horizon(open_current(Store(company)))
    return Scope(period or loaded.default_period, loaded.last)


def test_the_table_shows_rates_with_their_counts_and_intervals(
    cockpit: Cockpit, company: Path
) -> None:
    app = cockpit(company, "review/funnel")
    expected = stage_conversion(open_current(Store(company)), asked(company)).rows(named=True)
    table = app.table[0].value
    assert not app.exception
    assert not app.error
    assert table["Reached"].tolist() == [f"{row['reached']:,}" for row in expected]
    mql = expected[1]
    assert table["Converted"][1] == (
        f"{mql['previous_converted']:,}\u00a0of\u00a0{mql['previous_reached']:,}"
    )
    assert table["95 % interval"][1] == (
        f"{mql['rate_previous_low']:.1%}\u00a0to\u00a0{mql['rate_previous_high']:.1%}"
    ).replace("%", "\u00a0%")


def test_a_young_cohort_is_announced_and_an_old_one_is_not(cockpit: Cockpit, company: Path) -> None:
    app = cockpit(company, "review/funnel", period="This quarter")
    assert "still young" in app.info[0].value
    app.selectbox(key="period").set_value(Preset.CUSTOM).run()
    app.date_input(key="dates").set_value((date(2024, 7, 1), date(2024, 12, 31))).run()
    assert not app.info
    assert app.table[0].value["Matured"].tolist()[1:] == ["yes, final"] * 4


def test_on_the_flow_basis_there_is_no_interval_and_no_maturity(
    cockpit: Cockpit, company: Path
) -> None:
    app = cockpit(company, "review/funnel", basis="Flow")
    assert not {"95 % interval", "Matured"} & set(app.table[0].value.columns)
    assert not app.info


def test_the_comparison_has_columns_of_its_own(cockpit: Cockpit, company: Path) -> None:
    app = cockpit(company, "review/funnel")
    assert {"Before", "Change"} <= set(app.table[0].value.columns)
    app.selectbox(key="compare").set_value("Nothing").run()
    assert not {"Before", "Change"} & set(app.table[0].value.columns)


def test_the_pills_open_the_records_of_a_stage(cockpit: Cockpit, company: Path) -> None:
    app = cockpit(company, "review/funnel")
    tables = len(app.dataframe)
    app.pills(key=records.KEY).set_value("Won").run()
    shown = app.dataframe[0].value
    reached = stage_conversion(open_current(Store(company)), asked(company))["reached"][-1]
    assert len(app.dataframe) == tables + 1
    assert len(shown) == reached
    assert shown["won_on"].notna().all()


def test_a_click_on_a_bar_chooses_its_stage_and_another_one_lets_go(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clicked = {"selection": {"points": [{"customdata": "sql"}]}}
    state: dict[str, object] = {records.CHART: clicked}
    monkeypatch.setattr(st, "session_state", state)
    records.toggle_stage()
    assert state[records.KEY] == "SQL"
    records.toggle_stage()
    assert state[records.KEY] is None
    clicked["selection"]["points"] = []
    records.toggle_stage()
    assert state[records.KEY] is None


def test_slicing_by_a_dimension_draws_its_segments(cockpit: Cockpit, company: Path) -> None:
    app = cockpit(company, "review/funnel")
    app.selectbox(key="funnel_by").set_value("Region").run()
    warehouse = open_current(Store(company))
    rows = stage_conversion_by(warehouse, asked(company), Dimension.REGION)
    heat = json.loads(app.get("plotly_chart")[1].proto.spec)
    assert (
        heat["layout"]["yaxis"]["ticktext"] == rows["region"].unique(maintain_order=True).to_list()
    )
    assert len(heat["data"][0]["text"][0]) == len(Stage) - 1
    won = rows.filter(stage="won")["rate_first"].to_list()
    overall = [text.split("<br>")[0] for (text,) in heat["data"][1]["text"]]
    assert overall == [f"{rate:.1%}".replace("%", "\u00a0%") for rate in won]


def test_names_from_the_data_are_text_in_the_chart(cockpit: Cockpit, company: Path) -> None:
    app = cockpit(company, "review/funnel")
    app.selectbox(key="funnel_by").set_value("Campaign").run()
    heat = json.loads(app.get("plotly_chart")[1].proto.spec)
    names = heat["layout"]["yaxis"]["ticktext"]
    hovers = [text for row in heat["data"][0]["hovertext"] for text in row]
    assert not any("<" in name for name in names)
    assert not any("<b>d</b>" in text for text in hovers)
    assert any("&lt;b&gt;d&lt;/b&gt;" in text for text in hovers)


def test_nobody_in_scope_says_what_to_change(cockpit: Cockpit, company: Path) -> None:
    app = cockpit(company, "review/funnel")
    app.selectbox(key="period").set_value(Preset.CUSTOM).run()
    app.date_input(key="dates").set_value((date(2026, 12, 30), date(2026, 12, 31))).run()
    assert not app.exception
    assert "Nothing was found" in app.info[0].value
    assert not app.table


def test_an_empty_store_shows_the_next_step(cockpit: Cockpit, tmp_path: Path) -> None:
    app = cockpit(tmp_path / "store", "review/funnel")
    assert not app.exception
    assert app.title[0].value == "Funnel"
    assert app.header[0].value == "Nothing is loaded yet"
