"""The course of quarters: past ones as they were won, those to come as they are forecast."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from metrics.forecast.course import course
from metrics.forecast.forecast import TOTAL, forecast_of
from metrics.forecast.landing import landing
from metrics.forecast.planned import PlannedQuarter
from metrics.plan.draws import draw
from metrics.plan.past.deals import ByDay
from metrics.plan.past.history import History
from tests.metrics.plan.histories import counts, some_deals, some_history

SEEN = date(2026, 11, 20)
WON = ByDay(
    (date(2026, 1, 9), date(2026, 7, 1), date(2026, 9, 30), date(2026, 10, 1)),
    np.array([1, 2, 3, 4]),
    np.array([10.0, 20, 30, 40]),
)
NO_PLAN = (None,) * 4


def some(*amounts: float) -> History:
    opened = ByDay((date(2026, 2, 1),), np.array([9]), np.array([1.0]))
    deals = some_deals(won=WON, opened=opened, amounts=amounts)
    return some_history(counts(900, {60: 30}, {9: 800}), deals=deals, observed_until=SEEN)


def test_past_quarters_are_as_won_and_those_to_come_as_forecast() -> None:
    history = some(100.0)
    landed = landing(history, draw(history, 500))
    rows = course(history, landed, NO_PLAN, "USD")
    assert rows["quarter"].to_list() == [
        "Q1 2026", "Q2 2026", "Q3 2026", "Q4 2026", "Q1 2027", "Q2 2027", "Q3 2027",
    ]  # fmt: skip
    assert rows["won"].to_list() == [10, 0, 50, *[None] * 4]
    assert rows["won_so_far"].to_list() == [None, None, None, 40, None, None, None]
    totals = forecast_of(landed).filter(source=TOTAL)
    for name in ("p10", "p25", "p50", "p75", "p90"):
        assert rows[name].to_list() == [None] * 3 + totals[f"revenue_{name}"].to_list()
    assert rows["plan"].null_count() == 7


def test_a_plan_stands_at_its_quarter_with_its_chance() -> None:
    history = some(100.0)
    landed = landing(history, draw(history, 500))
    planned = (None, PlannedQuarter("P", 300.0, "USD"), PlannedQuarter("P", 4.0, None), None)
    rows = course(history, landed, planned, "USD")
    assert rows["plan"].to_list() == [*[None] * 4, 300, None, None]
    assert rows["p_hit"][4] == pytest.approx((landed.total_revenue[1] >= 300).mean())


def test_without_amounts_the_course_is_in_deals() -> None:
    history = some()
    landed = landing(history, draw(history, 500))
    planned = (PlannedQuarter("P", 9.0, None), PlannedQuarter("P", 9.0, "USD"), None, None)
    rows = course(history, landed, planned, "USD")
    assert rows["won"].to_list()[:3] == [1, 0, 5]
    assert rows["won_so_far"][3] == 4
    assert rows["p50"][3] == float(np.median(landed.total_deals[0]))
    assert rows["plan"].to_list()[3:5] == [9, None]
