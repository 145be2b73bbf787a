"""Cost by spend: thirds of a channel's months, or quarters where it is paid seldom."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, datetime
from decimal import Decimal

import numpy as np
import pytest

from data.errors import MetricError
from metrics.budget.spend_terciles import THIRDS, spend_terciles
from metrics.estimators.response.terciles import cost_by_tercile
from metrics.period import Period
from metrics.scope import Scope
from tests.metrics.facts import DraftWarehouse, Facts, change, lead, spend
from tests.metrics.random_facts import random_facts

LAST = date(2025, 9, 30)
SCOPE = Scope(Period(date(2025, 9, 1), LAST), LAST)


def company(amounts: list[int], mqls: list[int]) -> Facts:
    """Spend on Ads and MQLs of it in the months of 2025, from January on."""
    leads = [
        lead(f"L{month}-{number}", datetime(2025, month, 5), channel="Ads")
        for month, count in enumerate(mqls, start=1)
        for number in range(count)
    ]
    return Facts(
        campaign=({"campaign_id": "A", "name": "A", "channel": "Ads"},),
        campaign_spend=tuple(
            spend("A", date(2025, month, 2), str(amount))
            for month, amount in enumerate(amounts, start=1)
            if amount
        ),
        lead=tuple(leads),
        stage_change=tuple(
            change("lead", row["lead_id"], "mql", row["created_at"]) for row in leads
        ),
    )


def test_thirds_of_the_months_by_hand() -> None:
    amounts, mqls = [100, 900, 500, 200, 800, 400, 100, 500, 900], [2, 6, 5, 4, 8, 5, 3, 5, 6]
    found = spend_terciles(DraftWarehouse().hold(company(amounts, mqls)), SCOPE)
    assert found["tercile"].to_list() == list(THIRDS)
    assert set(found["period"]) == {"month"}
    assert found["periods"].to_list() == [3, 3, 3]
    assert found["spend_amount"].to_list() == [Decimal(400), Decimal(1400), Decimal(2600)]
    assert found["mqls"].to_list() == [9, 15, 20]
    assert found["cost"].to_list() == pytest.approx([400 / 9, 1400 / 15, 130])
    assert (found["cost_low"] < found["cost"]).all()
    assert (found["cost"] < found["cost_high"]).all()


def test_a_channel_paid_once_a_quarter_is_told_by_quarters_if_there_are_six() -> None:
    seldom = company([300, 0, 0, 500, 0, 0, 900, 0, 0], [3] * 9)
    by_month = spend_terciles(DraftWarehouse().hold(seldom), SCOPE)
    assert set(by_month["period"]) == {"month"}, "three quarters cannot be compared"
    longer = Facts(
        campaign=seldom.campaign,
        campaign_spend=tuple(
            spend("A", date(2024 + year, month, 1), str(100 * (1 + year) + month))
            for year in (0, 1)
            for month in (1, 4, 7, 10)[: 3 if year else 4]
        ),
        lead=seldom.lead,
        stage_change=seldom.stage_change,
    )
    found = spend_terciles(DraftWarehouse().hold(longer), SCOPE)
    assert found["period"].to_list() == ["quarter"] * 3
    assert found["periods"].sum() == 7
    assert found["spend_amount"].sum() == sum(
        each["original_cost_amount"] for each in longer.campaign_spend
    )


def test_fewer_than_six_months_are_not_compared() -> None:
    few = company([0, 0, 0, 0, 100, 200, 300, 100, 500], [1] * 9)
    warehouse = DraftWarehouse().hold(few)
    (row,) = spend_terciles(warehouse, SCOPE).rows(named=True)
    assert row["reason"] == "Since its first spend there are 5 whole months; it takes 6."
    assert row["tercile"] is row["cost"] is None
    soon = Scope(SCOPE.period, date(2025, 5, 20))
    (row,) = spend_terciles(warehouse, soon).rows(named=True)
    assert row["reason"] == "Since its first spend there are no whole months; it takes 6."


def test_no_mql_has_no_cost_and_no_upper_bound() -> None:
    found = spend_terciles(DraftWarehouse().hold(company([100] * 9, [0] * 9)), SCOPE)
    assert found["cost"].null_count() == found["cost_high"].null_count() == 3
    assert (found["cost_low"] > 0).all()


def test_without_spend_it_says_what_to_load() -> None:
    with pytest.raises(MetricError, match="no spend is loaded"):
        spend_terciles(DraftWarehouse().hold(company([0] * 9, [1] * 9)), SCOPE)


def test_months_are_those_of_an_independent_count() -> None:
    warehouse = DraftWarehouse().hold(random_facts(3))
    last = date(2026, 1, 15)
    found = spend_terciles(warehouse, Scope(Period(last, last), last))
    money: dict[str, dict[date, float]] = defaultdict(lambda: defaultdict(float))
    people: dict[str, dict[date, set[str]]] = defaultdict(lambda: defaultdict(set))
    first, end = date(2023, 1, 1), date(2025, 12, 31)
    for row in warehouse.table("spend"):
        if first <= row["spend_on"] <= last:
            month = row["spend_on"].replace(day=1)
            money[row["channel"]][month] += float(row["cost_amount"])
    for row in warehouse.table("journey"):
        if row["mql_on"] and first <= row["mql_on"] <= end:
            people[row["channel"]][row["mql_on"].replace(day=1)].add(row["lead_id"])
    months = [date(year, month, 1) for year in (2023, 2024, 2025) for month in range(1, 13)]
    compared = 0
    for channel, by_month in money.items():
        since = min(month for month, amount in by_month.items() if amount)
        own = [month for month in months if month >= since]
        thirds = cost_by_tercile(
            np.array([by_month[month] for month in own]),
            np.array([float(len(people[channel][month])) for month in own]),
        )
        rows = found.filter(channel=channel)
        if rows["period"].to_list() != ["month"] * 3:
            continue
        assert thirds is not None
        for row, third in zip(rows.iter_rows(named=True), thirds, strict=True):
            compared += 1
            assert float(row["spend_amount"]) == pytest.approx(third.spend)
            assert row["mqls"] == third.conversions
            assert row["cost_low"] == pytest.approx(third.cost.low)
    assert compared
