"""A plan as a table, and as a file that may be wrong in any line."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest

from data.errors import MetricError
from metrics.period import Period
from metrics.plan.backward.plan import backward_plan
from metrics.plan.backward.table import PlanTable, plan_table, read_plan_table
from metrics.plan.draws import draw
from metrics.plan.in_flight import OPEN_DEALS, InFlight, in_flight
from metrics.plan.target import Deadline, Target, TargetKind
from tests.metrics.plan.histories import counts, some_deals, some_history

GOOD = "month,segment,metric,value\n2027-01,all,lead,100\n2027-02-01,,Revenue,2500.5\n"


def test_windows_add_up_to_their_targets() -> None:
    history = some_history(
        counts(200, {30: 6, 90: 6}, {10: 150}), deals=some_deals(amounts=(50.0, 90.0))
    )
    windows = (
        Period(date(2027, 1, 1), date(2027, 3, 31)),
        Period(date(2027, 4, 1), date(2027, 6, 30)),
    )
    draws = draw(history, 1000)
    target = Target(TargetKind.REVENUE, tuple(Deadline(each, 3000) for each in windows))
    plan = backward_plan(history, draws, in_flight(history, draws, windows), target)
    firsts = tuple(Period(windows[0].start, windows[1].end).months())
    months = tuple(
        Period(day, (day + timedelta(31)).replace(day=1) - timedelta(1)) for day in firsts
    )
    table = plan_table(plan, history, draws, in_flight(history, draws, months), firsts)
    PlanTable.validate(table)
    revenue = table.filter(metric="revenue").sort("month_on")["value"].to_list()
    assert sum(revenue[:3]) == pytest.approx(3000)
    assert sum(revenue[3:]) == pytest.approx(3000)
    leads = table.filter(metric="lead")["value"].sum()
    assert leads == pytest.approx(plan.volume)


def test_wins_are_split_as_segments_bring_them() -> None:
    history = some_history(
        counts(4000, {0: 300}, {0: 3700}),
        counts(4000, {0: 100}, {0: 3900}),
        deals=some_deals(amounts=(50.0,)),
    )
    window = Period(date(2027, 1, 1), date(2027, 2, 28))
    months = (date(2027, 1, 1), date(2027, 2, 1))
    draws = draw(history, 1000)
    nothing = in_flight(history, draws, (window,))
    target = Target(TargetKind.REVENUE, (Deadline(window, 9000),))
    plan = backward_plan(history, draws, nothing, target)
    by_month = in_flight(
        history, draws, tuple(Period(day, (day + timedelta(31)).replace(day=1) - timedelta(1))
                              for day in months)
    )  # fmt: skip

    def brings(*deals: int) -> InFlight:
        drawn = np.array(deals)[:, None] * np.ones(draws.size, dtype=np.int64)
        return InFlight({OPEN_DEALS: drawn}, {OPEN_DEALS: drawn * 50.0})

    table = plan_table(
        plan, history, draws, by_month, months, {"A": brings(0, 0), "B": brings(0, 10_000)}
    )
    PlanTable.validate(table)
    for metric in ("won", "revenue"):
        of_metric = table.filter(metric=metric)
        assert set(of_metric["segment"]) == {"A", "B"}
        by_segment = {
            (month, segment): value
            for month, segment, value in of_metric.select(
                "month_on", "segment", "value"
            ).iter_rows()
        }
        # Of as many leads of each, three times as many of A are won.
        january = by_segment[months[0], "A"] / by_segment[months[0], "B"]
        assert january == pytest.approx(3, rel=0.1)
        assert by_segment[months[1], "B"] > 50 * by_segment[months[1], "A"]
    assert table.filter(metric="revenue")["value"].sum() == pytest.approx(9000)


def test_a_file_is_read() -> None:
    assert read_plan_table(GOOD, "plan.csv").rows() == [
        (date(2027, 1, 1), "all", "lead", 100.0),
        (date(2027, 2, 1), "all", "revenue", 2500.5),
    ]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("month,metric,value\n", "plan.csv has no column segment"),
        (GOOD + "2027-13,all,lead,1\n", 'line 4, month: "2027-13" is no month'),
        (GOOD + "2027-02,all,laed,1\n", '"laed" is not planned. Did you mean "lead"?'),
        (GOOD + "2027-02,all,lead,-1\n", 'line 4, value: "-1" is no number of 0 or more'),
        (GOOD + "2027-02,all,lead,nan\n", 'line 4, value: "nan" is no number'),
        (GOOD + "2027-01,all,LEAD,7\n", "line 4: 2027-01, all, lead is there already, on line 2"),
        (GOOD + "2027-04,all,lead,7\n", "has no line for 2027-03, between 2027-02 and 2027-04"),
        ("month,segment,metric,value\n", "plan.csv has no lines"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_file_is_said_by_line(text: str, problem: str) -> None:
    with pytest.raises(MetricError) as raised:
        read_plan_table(text, "plan.csv")
    assert any(problem in each for each in raised.value.problems), raised.value.problems


def test_every_fault_is_listed_at_once() -> None:
    text = "month,segment,metric,value\nJan,all,x,y\n2027-02,all,lead,z\n"
    with pytest.raises(MetricError) as raised:
        read_plan_table(text, "plan.csv")
    assert len(raised.value.problems) == 4


def test_a_byte_order_mark_and_crlf_do_no_harm() -> None:
    assert read_plan_table("\ufeff" + GOOD.replace("\n", "\r\n"), "p").equals(
        read_plan_table(GOOD, "p")
    )
    assert isinstance(read_plan_table(GOOD, "p"), pl.DataFrame)
