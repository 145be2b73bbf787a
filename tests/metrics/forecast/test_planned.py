"""Which plan's months stand beside the actual ones."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import polars as pl

from data.notebook.notebook import Notebook
from data.notebook.plans import Deadline, Deadlines, Plan, PlanLine, Target, plans
from metrics.forecast.planned import planned_months
from metrics.scope import Dimension, Filter
from pages.charts.trend import monthly_counts
from tests.metrics.scopes import asked
from tests.metrics.twelve_leads import JANUARY, SEEN

NOW = datetime(2026, 1, 5, tzinfo=UTC)
JAN, FEB = date(2026, 1, 1), date(2026, 2, 1)


def plan(name: str, scope: str, *lines: PlanLine) -> Plan:
    return Plan(
        name=name,
        unit="lead",
        scope=scope,
        target=Target.DEALS,
        currency=None,
        first_day=JAN,
        deadlines=(Deadline(date(2026, 12, 31), 10.0),),
        confidence=0.8,
        together=Deadlines.EACH,
        lines=lines,
        assumptions=(),
        definitions_digest="0" * 64,
        generation="1",
        seed=1,
        draws=10,
    )


def test_the_newest_locked_plan_of_the_same_filters_is_shown(tmp_path: Path) -> None:
    notebook = Notebook(tmp_path)
    lines = (
        PlanLine(JAN, "A", "lead", 3.0),
        PlanLine(JAN, "B", "lead", 4.0),
        PlanLine(FEB, "all", "won", 1.0),
        PlanLine(FEB, "all", "revenue", 900.0),
    )
    plans(notebook).save(
        "mine", plan("Mine", "plan_by=Channel", *lines), based_on=0, written_at=NOW
    )
    scope = asked(JANUARY, SEEN)
    assert planned_months(notebook, scope).is_empty()
    notebook.lock("mine", based_on=1, written_at=NOW)
    found = planned_months(notebook, scope)
    assert sorted(found.rows()) == [("Mine", JAN, "lead", 7.0), ("Mine", FEB, "won", 1.0)]
    narrow = asked(JANUARY, SEEN, filters=(Filter(Dimension.REGION, ("EMEA",)),))
    assert planned_months(notebook, narrow).is_empty()


def test_only_months_that_are_drawn_get_a_mark() -> None:
    trend = pl.DataFrame(
        {
            "month_on": [JAN],
            "days_seen": [31],
            "days_in_month": [31],
            "stage": ["lead"],
            "reached": [5],
        }
    )
    planned = pl.DataFrame(
        {"plan": ["Mine"] * 2, "month_on": [JAN, FEB], "stage": ["lead"] * 2, "value": [7.0, 8.0]}
    )
    marks = [trace for trace in monthly_counts(trend, planned).data if trace.name == "Mine"]
    assert [trace.y for trace in marks] == [(7.0,)]
