"""Budget pace, counted by hand, and what no budget covers."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from data.errors import MetricError, MissingRateError
from metrics.headline import headline
from metrics.period import Period
from metrics.returns.budget_pace import budget_pace
from metrics.scope import Dimension, Filter, Scope
from tests.metrics.facts import DraftWarehouse, Facts, Row, spend
from tests.metrics.random_facts import random_facts

FIRST = date(2026, 1, 1)
MARCH = Scope(Period(date(2026, 3, 1), date(2026, 3, 31)), date(2026, 3, 31))


def campaign(name: str, channel: str, budget: str | None = None, *days: date | None) -> Row:
    starts_on, ends_on = days or (None, None)
    return {
        "campaign_id": name,
        "name": name,
        "channel": channel,
        "budget_amount": Decimal(budget) if budget else None,
        "starts_on": starts_on,
        "ends_on": ends_on,
    }


def daily(name: str, first: date, days: int, amount: str) -> list[Row]:
    return [spend(name, first + timedelta(days=day), amount) for day in range(days)]


FACTS = Facts(
    campaign=(
        # 90 of 180 days are gone: 900 of 1,800 is asked for, and 10 a day was spent.
        campaign("Even", "Search", "1800", FIRST, FIRST + timedelta(days=179)),
        # 90 of 100 days: nothing for 62 days, 300 on one, then 20 a day for 27: 30 a day of 28.
        campaign("Late", "Search", "1000", FIRST, FIRST + timedelta(days=99)),
        campaign("Fast", "Display", "900", FIRST, FIRST + timedelta(days=99)),
        campaign("Kept", "Display", "100", FIRST, date(2026, 3, 10)),
        campaign("Done", "Social", "300", FIRST, date(2026, 3, 10)),
        campaign("Soon", "Social", "500", date(2026, 3, 31), date(2026, 4, 30)),
        campaign("April", "Social", "500", date(2026, 4, 1), date(2026, 4, 30)),
        campaign("Undated", "Events", "400"),
        campaign("Free", "Events"),
        campaign("Old", "Events", "50", date(2025, 1, 1), date(2025, 12, 31)),
        campaign("Idle", "Events"),
    ),
    campaign_spend=(
        *daily("Even", FIRST, 90, "10"),
        spend("Late", date(2026, 3, 4), "300"),
        *daily("Late", date(2026, 3, 5), 27, "20"),
        *daily("Fast", FIRST, 90, "10"),
        spend("Kept", FIRST, "60"),
        *daily("Done", FIRST, 32, "10"),
        *daily("Done", date(2026, 3, 11), 2, "7"),  # after its last day
        *daily("Undated", date(2026, 2, 1), 1, "30"),
        *daily("Free", date(2026, 3, 1), 3, "5"),
        *daily("Old", date(2025, 6, 1), 1, "20"),
        *daily("Even", date(2026, 4, 1), 9, "99"),  # not yet seen
    ),
)


@pytest.fixture(scope="module")
def found() -> dict[str, dict[str, Any]]:
    # Seen on 31 March, which is the 90th day.
    rows = budget_pace(DraftWarehouse().hold(FACTS), MARCH)
    return {row["segment"]: row for row in rows.rows(named=True)}


def test_what_runs_in_the_period_or_was_spent_on_is_there(found: dict[str, Row]) -> None:
    assert list(found) == [
        "Even", "Late", "Fast", "Soon", "Undated", "Done", "Kept", "Free",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "state", "spent", "asked", "pace", "projected", "share"),
    [
        ("Even", "on pace", "900", 900.0, 1.0, 900 + 90 * 10.0, 1.0),
        ("Late", "on pace", "840", 900.0, 840 / 900, 840 + 10 * 30.0, 1.14),
        ("Fast", "over pace", "900", 810.0, 900 / 810, 900 + 10 * 10.0, 1000 / 900),
        ("Kept", "ended", "60", 100.0, 0.6, 60.0, 0.6),
        # On its first day it asks for a 31st of the budget, and nothing was spent.
        ("Soon", "under pace", "0", 500 / 31, 0.0, 0.0, 0.0),
        ("Done", "ended over budget", "320", 300.0, 320 / 300, 320.0, 320 / 300),
        ("Undated", "no first or last day", "30", None, None, None, None),
        ("Free", "no budget", "0", None, None, None, None),
    ],
)
def test_pace_and_end_by_hand(
    found: dict[str, Row],
    name: str,
    state: str,
    spent: str,
    asked: float | None,
    pace: float | None,
    projected: float | None,
    share: float | None,
) -> None:
    row = found[name]
    assert (row["state"], row["spend_amount"]) == (state, Decimal(spent))
    numbers = [
        row[each] for each in ("asked_amount", "pace", "projected_amount", "projected_share")
    ]
    assert numbers == [
        each if each is None else pytest.approx(each) for each in (asked, pace, projected, share)
    ]


def test_what_no_budget_covers_is_not_lost(found: dict[str, Row]) -> None:
    assert {name: row["unbudgeted_amount"] for name, row in found.items()} == {
        "Even": 0, "Late": 0, "Fast": 0, "Soon": 0, "Undated": 0, "Done": 14, "Kept": 0, "Free": 15,
    }  # fmt: skip


def test_a_channel_is_the_sum_of_its_campaigns() -> None:
    warehouse = DraftWarehouse().hold(FACTS)
    rows = {row["segment"]: row for row in
            budget_pace(warehouse, MARCH, by=Dimension.CHANNEL).rows(named=True)}  # fmt: skip
    search, social, events = rows["Search"], rows["Social"], rows["Events"]
    assert (search["budget_amount"], search["spend_amount"]) == (Decimal(2800), Decimal(1740))
    assert search["asked_amount"] == 1800
    assert search["state"] == "on pace"
    assert search["projected_amount"] == 900 + 900 + 840 + 300
    assert (social["campaigns"], social["budgeted"]) == (2, 2)
    assert (social["starts_on"], social["ends_on"]) == (FIRST, date(2026, 4, 30))
    # Undated has a budget and no days, Free neither.
    assert (events["budgeted"], events["campaigns"], events["asked_amount"]) == (1, 2, None)
    only = replace(MARCH, filters=(Filter(Dimension.CHANNEL, ("Search",)),))
    narrow = budget_pace(warehouse, only, by=Dimension.CHANNEL).rows(named=True)
    assert narrow == [search]


def test_before_the_first_day_nothing_is_asked_for() -> None:
    april = Scope(Period(date(2026, 4, 1), date(2026, 4, 30)), date(2026, 3, 31))
    rows = {row["segment"]: row for row in
            budget_pace(DraftWarehouse().hold(FACTS), april).rows(named=True)}  # fmt: skip
    row = rows["April"]
    assert (row["state"], row["asked_amount"], row["pace"]) == ("not started", 0, None)
    assert row["projected_amount"] == 0


def test_without_budgets_all_spend_of_the_period_is_there() -> None:
    warehouse = DraftWarehouse().hold(random_facts(3))
    scope = Scope(Period(date(2024, 2, 1), date(2025, 12, 31)), date(2026, 1, 31))
    for by in (Dimension.CAMPAIGN, Dimension.CHANNEL, Dimension.PRODUCT):
        rows = budget_pace(warehouse, scope, by=by)
        assert set(rows["state"]) == {"no budget"}
        assert rows["unbudgeted_amount"].sum() == headline(warehouse, scope)["spend_amount"].item()


def test_a_campaign_that_files_name_and_number_has_its_budget_once() -> None:
    named = campaign("name:even", "Search", "1800", FIRST, FIRST + timedelta(days=179))
    bare = {"campaign_id": "7", "name": "Even", "channel": "Search"}
    facts = Facts(
        campaign=({**named, "name": "Even"}, bare),
        campaign_spend=(
            *daily("name:even", FIRST, 60, "10"),
            *daily("7", date(2026, 3, 2), 30, "10"),
        ),
    )
    (row,) = budget_pace(DraftWarehouse().hold(facts), MARCH).rows(named=True)
    assert (row["segment"], row["budget_amount"], row["spend_amount"]) == ("Even", 1800, 900)


def test_it_says_what_to_load_and_refuses_what_it_cannot_convert() -> None:
    with pytest.raises(MetricError, match="neither a budget nor spend is loaded: load campaigns"):
        budget_pace(DraftWarehouse().hold(Facts()), MARCH)
    francs = replace(FACTS, campaign_spend=(spend("Free", date(2026, 3, 2), "5", "CHF"),))
    with pytest.raises(MissingRateError, match=r"1 days of spend .*CHF"):
        budget_pace(DraftWarehouse().hold(francs), MARCH)
    with pytest.raises(MetricError, match="not recorded by owner"):
        budget_pace(DraftWarehouse().hold(FACTS), MARCH, by=Dimension.OWNER)
