"""One number of a plan's table: its campaigns add up to it, and its records are counted in it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date

import msgspec
import pytest

from data.engine.warehouse import DuckDBWarehouse
from data.notebook.plans import PlanLine
from metrics.deal_records import deal_records
from metrics.plan.attainment.cell import Cell, cell_campaigns, cell_scope
from metrics.plan.attainment.kept_plan import KeptPlan, kept_plan
from metrics.plan.attainment.versus_actual import plan_versus_actual
from metrics.plan.past.entry_steps import OTHERS
from metrics.records import stage_records
from metrics.scope import Stage, Unit
from tests.metrics.facts import store
from tests.metrics.plan.kept import company, keep, lines, scope


@pytest.fixture(scope="module")
def campaigned(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DuckDBWarehouse]:
    """The company, whose webinars are campaigns by the last digit of their leads."""
    facts = company()
    leads = tuple(row | {"campaign_id": f"c{str(row['lead_id'])[-1]}"} for row in facts.lead)
    names = tuple({"campaign_id": f"c{n}", "name": f"Campaign {n}"} for n in range(10))
    named = replace(facts, lead=leads, campaign=names)
    with store(tmp_path_factory.mktemp("cells") / "00001.duckdb", named) as warehouse:
        yield warehouse


@pytest.fixture(scope="module")
def plan(campaigned: DuckDBWarehouse) -> KeptPlan:
    extra = [
        PlanLine(date(2026, 3, 1), segment, metric, 3.0)
        for segment in ("Email", OTHERS)
        for metric in ("mql", "opportunity", "won")
    ]
    return kept_plan(campaigned, scope(), keep(*lines(), *extra))


def test_campaigns_add_up_to_each_number(campaigned: DuckDBWarehouse, plan: KeptPlan) -> None:
    compared = plan_versus_actual(campaigned, scope(), plan)
    several = 0
    for row in compared.iter_rows(named=True):
        cell = Cell(row["month_on"], row["segment"], row["metric"])
        found = cell_campaigns(campaigned, scope(), plan, cell)
        assert found["value"].sum() == pytest.approx(row["actual"] or 0.0), cell
        several += found.height > 1
        if found["value"].sum() > 0:
            assert found["share"].sum() == pytest.approx(1)
            assert found["value"].to_list() == sorted(found["value"], reverse=True)
    assert several > 10


def test_the_records_of_a_number_are_as_many_as_it_says(
    campaigned: DuckDBWarehouse, plan: KeptPlan
) -> None:
    compared = plan_versus_actual(campaigned, scope(), plan)
    checked = 0
    for row in compared.filter(metric="revenue").iter_rows(named=True):
        asked = cell_scope(
            campaigned, scope(), plan, Cell(row["month_on"], row["segment"], "revenue")
        )
        if asked is None:
            assert row["actual"] is None
            continue
        deals = deal_records(campaigned, replace(asked, unit=Unit.DEAL), Stage.WON)
        assert float(deals["amount"].sum()) == pytest.approx(row["actual"])
        checked += 1
    for row in compared.filter(metric="lead").iter_rows(named=True):
        asked = cell_scope(campaigned, scope(), plan, Cell(row["month_on"], row["segment"], "lead"))
        if asked is None:
            assert row["actual"] is None
            continue
        assert stage_records(campaigned, asked, Stage.LEAD).height == row["actual"]
        checked += 1
    assert checked > 10


def test_a_plan_is_held_against_segments_that_are_spelt_in_another_way_now(
    campaigned: DuckDBWarehouse, plan: KeptPlan
) -> None:
    respelt = {"Webinar": "webinar", "Email": " EMAIL"}
    written = [
        msgspec.structs.replace(line, segment=respelt.get(line.segment, line.segment))
        for line in (*lines(), PlanLine(date(2026, 3, 1), "Email", "mql", 3.0))
    ]
    found = kept_plan(campaigned, scope(), keep(*written))
    assert set(found.segments) <= set(plan.segments)
    as_it_was = kept_plan(
        campaigned, scope(), keep(*lines(), PlanLine(date(2026, 3, 1), "Email", "mql", 3.0))
    )
    assert (found.by, found.segments) == (as_it_was.by, as_it_was.segments)
    assert found.targets.equals(as_it_was.targets)
    compared = plan_versus_actual(campaigned, scope(), found)
    assert compared.equals(plan_versus_actual(campaigned, scope(), as_it_was))


def test_two_spellings_of_a_segment_are_one_target(campaigned: DuckDBWarehouse) -> None:
    march = date(2026, 3, 1)
    twice = [PlanLine(march, name, "mql", 3.0) for name in ("Email", "ＥＭＡＩＬ")]
    found = kept_plan(campaigned, scope(), keep(*lines(), *twice))
    rows = found.targets.filter(month_on=march, segment="Email", metric="mql")
    assert rows["target"].to_list() == [6.0]
