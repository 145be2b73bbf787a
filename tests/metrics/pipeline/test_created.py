"""Pipeline created: by hand, against a loop over deals, and what it says of what it leaves out."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest

from metrics.period import Period
from metrics.pipeline.created import pipeline_created
from metrics.scope import Dimension, Filter
from tests.metrics.facts import DraftWarehouse, Facts, opportunity
from tests.metrics.random_facts import random_facts
from tests.metrics.scopes import asked

MARCH = Period(date(2026, 3, 1), date(2026, 3, 31))


def test_what_has_no_amount_or_no_rate_is_left_out_and_counted() -> None:
    deals = [
        opportunity(name, datetime(2026, 3, day), original_amount=amount, currency=currency)
        for name, day, amount, currency in (
            ("O1", 1, 100, "USD"),
            ("O2", 31, 50, "USD"),
            ("O3", 5, None, "USD"),
            ("O4", 6, 70, "CHF"),
        )
    ]
    earlier = opportunity("O5", datetime(2026, 2, 28), original_amount=900, currency="USD")
    facts = Facts(opportunity=(*deals, earlier), as_of=datetime(2026, 4, 10))
    (row,) = pipeline_created(DraftWarehouse().hold(facts), asked(MARCH, date(2026, 4, 10))).rows(
        named=True
    )
    assert row == {
        "opened_deals": 4,
        "unpriced_deals": 1,
        "unconverted_deals": 1,
        "opened_amount": Decimal("150.00"),
    }


def test_nothing_loaded_is_unknown_and_nothing_opened_is_none() -> None:
    scope = asked(MARCH, date(2026, 4, 10))
    empty = DraftWarehouse().hold(Facts(as_of=datetime(2026, 4, 10)))
    assert pipeline_created(empty, scope)["opened_amount"].item() is None
    deal = opportunity("O1", datetime(2026, 2, 1), original_amount=1, currency="USD")
    other = DraftWarehouse().hold(Facts(opportunity=(deal,), as_of=datetime(2026, 4, 10)))
    assert pipeline_created(other, scope).row(0) == (0, 0, 0, Decimal("0.00"))


def test_a_deal_without_a_day_of_opening_was_opened_by_the_day_it_was_closed() -> None:
    won = opportunity("O1", None, outcome="won", closed_at=datetime(2026, 3, 9))
    facts = Facts(opportunity=(won,), as_of=datetime(2026, 4, 10))
    found = pipeline_created(DraftWarehouse().hold(facts), asked(MARCH, date(2026, 4, 10)))
    assert found.row(0) == (1, 1, 0, None)


@pytest.mark.parametrize("channel", [None, "Webinar"])
def test_it_is_a_loop_over_deals(channel: str | None) -> None:
    warehouse = DraftWarehouse().hold(random_facts(3, leads=200))
    period, seen = Period(date(2024, 1, 1), date(2025, 12, 31)), date(2025, 6, 30)
    filters = (Filter(Dimension.CHANNEL, (channel,)),) if channel else ()

    def opened(row: dict[str, Any]) -> date | None:
        closed = row["closed_on"] if row["outcome"] in ("won", "lost") else None
        return min((day for day in (row["opened_on"], closed) if day), default=None)

    deals = [
        row
        for row in warehouse.table("deal")
        if (day := opened(row)) is not None
        and period.start <= day <= min(period.end, seen)
        and (channel is None or row["channel"] == channel)
    ]
    assert deals
    (found,) = pipeline_created(warehouse, asked(period, seen, filters=filters)).rows(named=True)
    assert found["opened_deals"] == len(deals)
    assert found["unpriced_deals"] == sum(row["original_amount"] is None for row in deals)
    assert found["opened_amount"] == sum(row["amount"] or 0 for row in deals)
