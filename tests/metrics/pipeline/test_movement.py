"""The movement of the pipeline: by the oracle, exact to the cent, and one with other pages."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.errors import MetricError
from metrics.forecast.due import due_deals
from metrics.headline import headline
from metrics.period import Period
from metrics.pipeline.movement import movement_deals, pipeline_movement
from metrics.pipeline.moves import PARTS
from metrics.scope import Dimension, Filter
from tests.metrics.facts import DraftWarehouse, Facts, Row, deal_change, opportunity
from tests.metrics.pipeline.pipeline_oracle import Pipeline
from tests.metrics.random_pipeline import DAYS, FIRST, random_pipeline
from tests.metrics.scopes import asked

Q1 = Period(date(2025, 1, 1), date(2025, 3, 31))
SUMS = ("deals", "unpriced_deals", "amount")


def parts(facts: Facts, period: Period, seen: date) -> dict[str, tuple[Any, ...]]:
    found = pipeline_movement(DraftWarehouse().hold(facts), asked(period, seen))
    return {row["part"]: tuple(row[name] for name in SUMS) for row in found.iter_rows(named=True)}


SPANS = st.lists(
    st.tuples(st.integers(0, DAYS), st.integers(0, 250), st.integers(-40, 300)), min_size=3
)
"""Periods by their first day and length, and how long after the first day they are seen."""


@settings(max_examples=4, deadline=None)
@given(st.integers(0, 10_000), SPANS)
def test_start_and_changes_are_the_end_as_replayed(
    seed: int, spans: list[tuple[int, int, int]]
) -> None:
    facts = random_pipeline(seed, 30, is_whole=seed % 5 == 0)
    warehouse = DraftWarehouse().hold(facts)
    oracle = Pipeline(facts, warehouse.table("deal"))
    for start, days, seen_after in spans[:8]:
        first = FIRST.date() + timedelta(days=start)
        period, seen = Period(first, first + timedelta(days=days)), first + timedelta(seen_after)
        found = pipeline_movement(warehouse, asked(period, seen))
        assert found["part"].to_list() == list(PARTS)
        rows = {row["part"]: [row[name] for name in SUMS] for row in found.iter_rows(named=True)}
        expected = oracle.movement(period, seen)
        assert {part: rows[part] for part in list(PARTS)[:-1]} == {
            part: expected[part] for part in list(PARTS)[:-1]
        }
        for part, day in (("start", first - timedelta(days=1)), ("end", period.end)):
            due = oracle.due_at(min(day, seen), period).values()
            priced = [amount for amount in due if amount is not None]
            assert rows[part] == [len(due), len(due) - len(priced), sum(priced, Decimal(0))]


@pytest.mark.parametrize("part", PARTS)
def test_the_deals_behind_a_part_add_up_to_it(part: str) -> None:
    warehouse = DraftWarehouse().hold(random_pipeline(7, 200))
    scope = asked(Q1, date(2025, 3, 1))
    row = pipeline_movement(warehouse, scope).row(by_predicate=pl.col("part") == part, named=True)
    deals = movement_deals(warehouse, scope, part)
    assert deals["opportunity_id"].is_unique().all()
    assert deals["deals"].sum() == row["deals"]
    assert deals["amount"].sum() == row["amount"]
    assert deals["changes"].sum() >= row["changes"]
    assert len(deals) or not row["changes"]
    assert len(movement_deals(warehouse, scope, part, limit=1)) == min(1, len(deals))


def test_a_part_that_there_is_not_is_refused() -> None:
    warehouse = DraftWarehouse().hold(Facts())
    with pytest.raises(MetricError, match="no part of_luck: choose one of start, new"):
        movement_deals(warehouse, asked(Q1, Q1.end), "of_luck")


def usd(name: str, opened: datetime, amount: str | None, due: date | None, **more: object) -> Row:
    original = None if amount is None else Decimal(amount)
    known = {"original_amount": original, "currency": "USD", "expected_close_on": due}
    return opportunity(name, opened, **known, **more)


OPENED, NOON = datetime(2024, 11, 5, 8), datetime(2025, 2, 3, 12)


def test_changes_of_one_moment_go_amount_then_day_then_stage() -> None:
    """100 pushed out and raised to 150 at once: it leaves at 150, after rising by 50."""
    facts = Facts(
        opportunity=(usd("D1", OPENED, "150", date(2025, 5, 1), stage="Offer"),),
        opportunity_change=(
            deal_change("D1", NOON, "expected_close_on", old="2025-03-01", new="2025-05-01"),
            deal_change("D1", NOON, "stage", old="Talk", new="Offer"),
            deal_change("D1", NOON, "amount", old="100", new="150"),
        ),
    )
    found = parts(facts, Q1, Q1.end)
    assert found["start"] == (1, 0, Decimal(100))
    assert found["increased"] == (0, 0, Decimal(50))
    assert found["pushed_out"] == (-1, 0, Decimal(-150))
    assert found["end"] == (0, 0, Decimal(0))


def test_a_deal_won_early_is_pulled_in_and_won_at_what_it_was_sold_for() -> None:
    facts = Facts(
        opportunity=(
            usd("D1", OPENED, "90", date(2025, 2, 3), outcome="won", closed_at=NOON, stage="Won"),
        ),
        opportunity_change=(
            deal_change("D1", NOON, "amount", old="120", new="90"),
            deal_change("D1", NOON, "expected_close_on", old="2025-06-30", new="2025-02-03"),
        ),
    )
    found = parts(facts, Q1, Q1.end)
    assert found["start"][2] == found["end"][2] == 0
    assert found["pulled_in"] == (1, 0, Decimal(90))
    assert found["won"] == (-1, 0, Decimal(-90))
    assert found["decreased"] == (0, 0, 0), "it fell while it was due in another quarter"


def test_without_any_change_told_what_closed_is_not_said_to_have_moved() -> None:
    facts = Facts(
        opportunity=(
            usd("old", OPENED, "10", NOON.date(), outcome="won", closed_at=NOON),
            usd("new", datetime(2025, 1, 9), "20", None, outcome="lost", closed_at=NOON),
            usd("open", OPENED, "40", date(2025, 3, 9)),
            usd("undated", OPENED, "80", None),
            usd("unpriced", OPENED, None, date(2025, 3, 30)),
        )
    )
    found = parts(facts, Q1, Q1.end)
    assert found["start"] == (2, 1, Decimal(40))
    assert found["untold"] == (1, 0, Decimal(10))
    assert found["new"] == (1, 0, Decimal(20))
    assert found["pulled_in"] == found["pushed_out"] == (0, 0, 0)
    assert (found["won"][2], found["lost"][2]) == (-10, -20)
    assert found["end"] == (2, 1, Decimal(40))


def test_a_price_that_comes_later_raises_and_one_taken_away_lowers() -> None:
    facts = Facts(
        opportunity=(
            usd("priced", OPENED, "60", date(2025, 3, 9)),
            usd("emptied", OPENED, None, date(2025, 3, 9)),
        ),
        opportunity_change=(
            deal_change("priced", NOON, "amount", old=None, new="60"),
            deal_change("emptied", NOON, "amount", old="35", new=None),
        ),
    )
    found = parts(facts, Q1, Q1.end)
    assert found["start"] == (2, 1, Decimal(35))
    assert found["increased"] == (0, -1, Decimal(60))
    assert found["decreased"] == (0, 1, Decimal(-35))


def test_what_is_told_on_the_day_of_opening_is_what_it_was_opened_with() -> None:
    opened = datetime(2025, 1, 20, 9)
    facts = Facts(
        opportunity=(usd("D1", opened, "60", date(2025, 3, 9)),),
        opportunity_change=(
            deal_change("D1", opened + timedelta(minutes=3), "amount", old=None, new="60"),
            deal_change(
                "D1", opened + timedelta(minutes=4), "expected_close_on", old=None, new="2025-03-09"
            ),
        ),
    )
    found = parts(facts, Q1, Q1.end)
    assert found["new"] == (1, 0, Decimal(60))
    assert found["pulled_in"] == found["increased"] == (0, 0, 0)


def test_an_empty_company_has_every_part_at_nothing() -> None:
    assert set(parts(Facts(), Q1, Q1.end).values()) == {(0, 0, Decimal(0))}


@pytest.mark.parametrize("filters", [(), (Filter(Dimension.OWNER, ("Ana",)),)])
@pytest.mark.parametrize("seen", [date(2025, 2, 20), date(2025, 3, 30)])
def test_what_was_won_and_is_due_is_that_of_overview_and_forecast(
    seen: date, filters: tuple[Filter, ...]
) -> None:
    """On the last day observed, whatever the history says of the days before."""
    facts = random_pipeline(11, 160)
    until = datetime.combine(seen, datetime.max.time())
    known = replace(
        facts,
        opportunity=tuple(
            row | {"owner": ("Ana", "李雷")[place % 2]}
            for place, row in enumerate(facts.opportunity)
            if row["created_at"] <= until and (row["closed_at"] or until) <= until
        ),
        opportunity_change=tuple(
            row for row in facts.opportunity_change if row["changed_at"] <= until
        ),
    )
    names = {row["opportunity_id"] for row in known.opportunity}
    told = (row for row in known.opportunity_change if row["opportunity_id"] in names)
    warehouse = DraftWarehouse().hold(replace(known, opportunity_change=tuple(told)))
    scope = asked(Q1, seen, filters=filters)
    found = pipeline_movement(warehouse, scope)
    sums = {row["part"]: row for row in found.iter_rows(named=True)}
    won = headline(warehouse, scope).row(0, named=True)
    assert sums["won"]["deals"] == -won["won_deals"]
    assert sums["won"]["amount"] == -(won["won_amount"] or 0)
    due = due_deals(warehouse, scope).row(0, named=True)
    assert sums["end"]["deals"] == due["deals"] > 0
    assert sums["end"]["unpriced_deals"] == due["unpriced_deals"]
    assert float(sums["end"]["amount"]) == pytest.approx(due["amount"] or 0)
