"""How much of the spend is known of longer periods alone, counted by hand."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from metrics.period import Period
from metrics.returns.spread_spend import Grain, spread_spend
from tests.metrics.facts import DraftWarehouse, Facts, spend
from tests.metrics.scopes import asked

MARCH = Period(date(2026, 3, 1), date(2026, 3, 31))
SEEN = date(2026, 4, 30)


def test_what_is_spread_is_told_by_how_far_it_reaches(draft: DraftWarehouse) -> None:
    rows = (
        spend("days", date(2026, 3, 5), "100"),
        spend("week", date(2026, 3, 9), "70") | {"spend_until": date(2026, 3, 15)},
        spend("last 30 days", date(2026, 3, 22), "300") | {"spend_until": date(2026, 4, 20)},
    )
    warehouse = draft.hold(Facts(campaign_spend=rows))
    found = spread_spend(warehouse, asked(MARCH, SEEN))
    spent = Decimal("270.00")
    assert found.rows() == [
        (Grain.PERIOD, spent, Decimal("100.00"), 100 / 270, 30),
        (Grain.MONTH, spent, Decimal("100.00"), 100 / 270, 30),
        (Grain.DAY, spent, Decimal("170.00"), 170 / 270, 30),
    ]
    both = Period(date(2026, 3, 1), date(2026, 4, 30))
    found = spread_spend(warehouse, asked(both, SEEN))
    assert found.select("grain", "spread_amount").rows() == [
        (Grain.MONTH, Decimal("300.00")),
        (Grain.DAY, Decimal("370.00")),
    ]


def test_where_all_days_are_known_nothing_is_told(draft: DraftWarehouse) -> None:
    known = draft.hold(Facts(campaign_spend=(spend("days", date(2026, 3, 5), "100"),)))
    assert spread_spend(known, asked(MARCH, SEEN)).is_empty()
    assert spread_spend(draft.hold(Facts()), asked(MARCH, SEEN)).is_empty()
