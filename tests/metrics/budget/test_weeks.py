"""Weeks of spend and MQLs: units are those that campaigns name, and nothing is divided."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal

import numpy as np
import pytest

from data.errors import MissingRateError
from metrics.budget.weeks import MOST_WEEKS, SpendWeeks, UnitKind, spend_weeks
from metrics.period import Period
from metrics.scope import Scope
from tests.metrics.facts import DraftWarehouse, Facts, change, lead, spend
from tests.metrics.random_facts import random_facts

FIRST = date(2025, 1, 6)
"""A Monday, which makes no difference: weeks end on the last day observed."""
WEEKS = 4
LAST = FIRST + timedelta(days=7 * WEEKS - 1)
SCOPE = Scope(Period(FIRST, LAST), LAST)


def facts(*campaigns: tuple[str, str | None, str | None]) -> Facts:
    """Campaigns with their region and product, 10 a week each, and leads of two regions."""
    leads = [
        lead(f"L{week}{region}{number}", at(week), region=region, product=product, channel="Web")
        for week in range(WEEKS)
        for region, product, count in (("North", "Pumps", 2), ("South", "Valves", 1))
        for number in range(count)
    ]
    return Facts(
        campaign=tuple(
            {"campaign_id": name, "name": name, "channel": name.split()[0], "region": region,
             "product": product}
            for name, region, product in campaigns
        ),
        campaign_spend=tuple(
            spend(name, FIRST + timedelta(days=7 * week), "10")
            for name, _, _ in campaigns
            for week in range(WEEKS)
        ),
        lead=tuple(leads),
        stage_change=tuple(
            change("lead", row["lead_id"], "mql", row["created_at"]) for row in leads
        ),
        as_of=datetime.combine(LAST, datetime.min.time()),
    )  # fmt: skip


def at(week: int) -> datetime:
    return datetime.combine(FIRST + timedelta(days=7 * week), datetime.min.time())


@pytest.fixture(scope="module")
def held() -> Callable[..., SpendWeeks]:
    warehouse = DraftWarehouse()

    def hold(*campaigns: tuple[str, str | None, str | None]) -> SpendWeeks:
        found = spend_weeks(warehouse.hold(facts(*campaigns)), SCOPE)
        assert found is not None
        return found

    return hold


def test_regions_that_campaigns_name_are_the_units(held: Callable[..., SpendWeeks]) -> None:
    found = held(("Ads 1", "North", None), ("Ads 2", "South", None), ("Fairs", None, None))
    assert (found.kind, found.units) == (UnitKind.REGION, ("North", "South"))
    assert found.channels == ("Ads", "Fairs")
    assert found.mqls.tolist() == [[2.0] * 4, [1.0] * 4]
    assert found.spend[0].tolist() == [[10.0] * 4] * 2
    # What names no region is divided among none, and is not lost.
    assert found.spend[1].tolist() == [[0.0] * 4] * 2
    assert found.whole.tolist() == [[20.0] * 4, [10.0] * 4]
    assert found.known == (1.0, 0.0)
    assert found.observed == "2 regions by 4 weeks"


def test_a_tenth_of_a_channels_spend_may_name_no_region(held: Callable[..., SpendWeeks]) -> None:
    named = [(f"Ads {number}", ("North", "South")[number % 2], None) for number in range(9)]
    assert held(*named, ("Ads x", None, None)).kind is UnitKind.REGION
    assert held(*named[:8], ("Ads x", None, None)).kind is UnitKind.COMPANY


def test_a_channel_half_of_whose_spend_names_a_region_is_not_known_by_it(
    held: Callable[..., SpendWeeks],
) -> None:
    known = (("Ads 1", "North", None), ("Ads 2", "South", None))
    found = held(*known, ("Fairs 1", "North", None), ("Fairs 2", None, None))
    assert found.known == (1.0, 0.5)
    assert not found.spend[1].any()
    assert found.whole[1].tolist() == [20.0] * 4


def test_products_are_units_where_regions_are_not_named(held: Callable[..., SpendWeeks]) -> None:
    found = held(("Ads 1", None, "Pumps"), ("Ads 2", None, "Valves"))
    assert (found.kind, found.units) == (UnitKind.PRODUCT, ("Pumps", "Valves"))
    assert found.mqls.tolist() == [[2.0] * 4, [1.0] * 4]


@pytest.mark.parametrize("region", [None, "North", "Nowhere"])
def test_else_the_company_is_one_unit(held: Callable[..., SpendWeeks], region: str | None) -> None:
    """One region alone does not vary beside another; of Nowhere no lead is."""
    found = held(("Ads 1", region, None), ("Ads 2", region, None))
    assert (found.kind, found.units) == (UnitKind.COMPANY, ("company",))
    assert found.mqls.tolist() == [[3.0] * 4]
    assert found.spend.tolist() == [[[20.0] * 4]]


def test_without_leads_or_spend_there_are_no_weeks() -> None:
    spent = facts(("Ads 1", "North", None))
    for lacking in (replace(spent, campaign_spend=()), replace(spent, lead=(), stage_change=())):
        assert spend_weeks(DraftWarehouse().hold(lacking), SCOPE) is None


def test_money_without_a_rate_is_refused() -> None:
    rows = facts(("Ads 1", "North", None))
    unpriced = replace(rows, campaign_spend=(spend("Ads 1", FIRST, "10", "CHF"),))
    with pytest.raises(MissingRateError, match=r"days of spend .* CHF"):
        spend_weeks(DraftWarehouse().hold(unpriced), SCOPE)


def test_weeks_are_those_of_an_independent_count() -> None:
    warehouse = DraftWarehouse().hold(random_facts(5))
    last = date(2026, 1, 31)
    found = spend_weeks(warehouse, Scope(Period(last, last), last))
    assert found is not None
    assert 0 < found.weeks <= MOST_WEEKS
    assert found.first_on == last - timedelta(days=7 * found.weeks - 1)
    money: Counter[tuple[str, int]] = Counter()
    for row in warehouse.table("spend"):
        if found.first_on <= row["spend_on"] <= last:
            week = (row["spend_on"] - found.first_on).days // 7
            money[row["channel"], week] += row["cost_amount"]
    whole = np.zeros_like(found.whole)
    for (channel, week), amount in money.items():
        whole[found.channels.index(channel), week] = float(Decimal(amount))
    assert found.whole == pytest.approx(whole)
    came = {
        (row[found.kind.value] if found.kind is not UnitKind.COMPANY else "company", row["lead_id"],
         row["mql_on"])
        for row in warehouse.table("journey")
        if row["mql_on"] is not None and found.first_on <= row["mql_on"] <= last
    }  # fmt: skip
    mqls = np.zeros_like(found.mqls)
    for unit, _, day in came:
        if unit in found.units:
            mqls[found.units.index(unit), (day - found.first_on).days // 7] += 1
    assert (found.mqls == mqls).all()
