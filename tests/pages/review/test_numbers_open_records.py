"""Every number of the Funnel page that can be clicked opens as many records as it says."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
import streamlit as st

from data.definitions import Definitions
from data.engine.warehouse import DuckDBWarehouse, open_current
from data.storage.store import Store
from metrics.funnel.ages import steps
from metrics.funnel.cohorts import cohort_table
from metrics.funnel.conversion import stage_conversion, stage_conversion_by
from metrics.funnel.drivers import step_drivers
from metrics.funnel.trend import stage_trend
from metrics.period import Period
from metrics.scope import Basis, Dimension, Filter, Scope, Stage, Unit
from metrics.segments.measures import Measure
from metrics.segments.segment_records import (
    behind,
    entered,
    number_behind,
    records_behind,
    within,
)
from metrics.segments.segment_table import segment_table
from pages.review import months
from pages.segmenting import records
from pages.segmenting.records import columns_of, toggle_records
from tests.pages.conftest import Cockpit

PAGE = "review/funnel"
DAYS = Period(date(2025, 7, 10), date(2025, 12, 31))


def test_a_step_of_the_table_of_all_steps_opens_who_came_into_it(
    cockpit: Cockpit, company: Path
) -> None:
    app = cockpit(
        company, PAGE, funnel_part="How many, how soon", funnel_every_step="MQL to SQL, all"
    )
    assert not app.exception
    steps_shown = next(each.value for each in app.dataframe if "days_half" in each.value)
    (row,) = steps_shown[(steps_shown["from_stage"] == "MQL") & (steps_shown["to_stage"] == "SQL")][
        "records"
    ]
    said = "\n".join(each.value for each in app.markdown)
    assert f"**{row:,} leads** that reached MQL in the period" in said


def test_the_curve_of_everyone_opens_its_records(cockpit: Cockpit, company: Path) -> None:
    app = cockpit(company, PAGE, funnel_part="How many, how soon", funnel_speed_of="Everyone")
    assert not app.exception
    assert "leads** that came in in the period" in "\n".join(each.value for each in app.markdown)


@pytest.fixture(scope="module")
def warehouse(company: Path) -> DuckDBWarehouse:
    return open_current(Store(company))


def scope(basis: Basis = Basis.COHORT, unit: Unit = Unit.LEAD) -> Scope:
    return Scope(DAYS, date(2026, 3, 31), basis, unit)


@pytest.mark.parametrize("unit", [Unit.LEAD, Unit.DEAL])
def test_a_cohort_of_a_month_and_a_step_has_its_records(
    warehouse: DuckDBWarehouse, unit: Unit
) -> None:
    asked = scope(unit=unit)
    parts = {each.start.replace(day=1): each for each in DAYS.parts(1)}
    for way in steps(unit)[:2]:
        cells = cohort_table(warehouse, asked, way).unique("month_on")
        for month, whole in cells.select("month_on", "entered").iter_rows():
            assert number_behind(warehouse, entered(asked, way[0], parts[month])) == whole
    for before, after in zip(*(stage_conversion(warehouse, asked).rows(named=True)[place:]
                               for place in (0, 1)), strict=False):  # fmt: skip
        own = entered(asked, Stage(before["stage"]))
        assert number_behind(warehouse, own) == after["previous_reached"]


def test_a_value_that_drives_a_step_has_its_records(warehouse: DuckDBWarehouse) -> None:
    way = (Stage.LEAD, Stage.MQL)
    found = step_drivers(warehouse, scope(), way, (Dimension.CHANNEL, Dimension.REGION))
    for row in found.iter_rows(named=True):
        one = entered(within(scope(), {Dimension(row["dimension"]): row["value"]}), way[0])
        assert number_behind(warehouse, one) == row["reached"]


@pytest.mark.parametrize("basis", Basis)
def test_a_point_of_the_trend_and_a_cell_of_the_heat_have_their_records(
    warehouse: DuckDBWarehouse, basis: Basis
) -> None:
    asked = scope(basis)
    trend = stage_trend(warehouse, asked)
    options, names = months._options(asked, trend)
    for month, stage, count in trend.select("month_on", "stage", "reached").iter_rows():
        of_point, _ = options[names[stage, f"{month:%Y-%m}"]]
        assert number_behind(warehouse, of_point) == count
    heat = stage_conversion_by(warehouse, asked, Dimension.CHANNEL)
    for row in heat.filter(stage="mql").iter_rows(named=True):
        cell = behind(asked, {Dimension.CHANNEL: row["channel"]}, Measure.MQL_TO_SQL)
        assert cell
        assert number_behind(warehouse, cell) == row["reached"]


def test_what_records_were_chosen_by_stands_first(warehouse: DuckDBWarehouse) -> None:
    email = Scope(DAYS, date(2026, 3, 31), filters=(Filter(Dimension.INDUSTRY, ("Retail",)),))
    of_cell = behind(email, {Dimension.REGION: "North"}, Measure.LEAD)
    assert of_cell
    assert list(columns_of(of_cell))[:4] == ["lead_id", "account", "industry", "region"]
    shown = records_behind(warehouse, of_cell)
    assert shown["industry"].unique().to_list() == ["Retail"]
    deals = behind(email, {Dimension.PERSONA: "x"}, Measure.WON_AMOUNT)
    assert deals
    assert {"industry", "persona"} < set(records_behind(warehouse, deals).columns)


def test_two_dimensions_are_crossed_and_open_their_records(
    cockpit: Cockpit, company: Path, warehouse: DuckDBWarehouse
) -> None:
    app = cockpit(company, PAGE, funnel_by="Channel", funnel_by_2="Region")
    assert not app.exception
    by = (Dimension.CHANNEL, Dimension.REGION)
    shown = app.session_state["scope"]
    table = segment_table(warehouse, shown, Definitions.load(), by, [Measure.LEAD_TO_MQL])
    row = table.sort("records", descending=True).row(0, named=True)
    name = f"{row['channel']} × {row['region']}: Lead to MQL"
    app.selectbox(key="funnel_segment").select(name).run()
    assert not app.exception
    said = next(each.value for each in app.markdown if "the latest first" in each.value)
    assert said.startswith(f"**{row['records']} leads** of {row['channel']} × {row['region']}")
    app.selectbox(key="funnel_by_2").select("Nothing more").run()
    assert not app.exception
    assert app.selectbox(key="funnel_segment").value == records.NOBODY, "another question"


def test_a_second_click_closes_the_records(monkeypatch: pytest.MonkeyPatch) -> None:
    state: dict[str, object] = {}
    monkeypatch.setattr(st, "session_state", state)
    toggle_records("MQL in May 2026", key="of")
    assert state == {"of": "MQL in May 2026", "of_page": 1}
    toggle_records("MQL in May 2026", key="of")
    assert state["of"] == records.NOBODY


def test_segments_that_are_not_shown_are_counted_and_shown_on_demand(
    cockpit: Cockpit, company: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pages.review.slices._SHOWN", 2)
    app = cockpit(company, PAGE, funnel_by="Channel")
    said = next(each.value for each in app.caption if "smaller segment" in each.value)
    number = int(said.split()[1])
    app.button(key="funnel_more").click().run()
    assert not app.exception
    left = [each.value for each in app.caption if "smaller segment" in each.value]
    assert left == [] if number <= 2 else int(left[0].split()[1]) == number - 2
