"""Payback and the largest deal, on rows of credit small enough to count."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import polars as pl
import pytest

from metrics.returns.revenue import largest_deals, payback

TOUCHED = date(2026, 1, 1)


def credit(*rows: tuple[str, str, int, int]) -> pl.DataFrame:
    """Segment, deal, days from touch to win, and cents."""
    return pl.DataFrame(
        [
            (segment, deal, TOUCHED, TOUCHED + timedelta(days=days), units, units)
            for segment, deal, days, units in rows
        ],
        schema=["segment", "subject_id", "touched_on", "converted_on", "units", "worth"],
        orient="row",
    )


def months(rows: pl.DataFrame, spent: str, margin: float | None = 0.5) -> dict[str, int]:
    spend = pl.DataFrame(
        {"segment": ["Email"], "spend_amount": [Decimal(spent)]},
        schema_overrides={"spend_amount": pl.Decimal(18, 2)},
    )
    return dict(payback(rows, spend, margin).iter_rows())


@pytest.mark.parametrize(("days", "expected"), [(0, 1), (1, 1), (30, 1), (31, 2), (60, 2), (61, 3)])
def test_a_month_is_thirty_days_and_one_is_the_least(days: int, expected: int) -> None:
    assert months(credit(("Email", "O1", days, 2000)), "10") == {"Email": expected}


def test_it_is_when_credit_at_the_margin_reaches_the_spend() -> None:
    rows = credit(
        ("Email", "O1", 5, 1000),
        ("Email", "O2", 40, 998),
        ("Email", "O3", 70, 2),
        ("Web", "O4", 1, 9),
    )
    assert months(rows, "10") == {"Email": 3}
    assert months(rows, "10", 1.0) == {"Email": 1}
    # Not earned yet, nothing spent, no margin stated.
    assert months(rows, "10.01") == months(rows, "0") == months(rows, "10", None) == {}


def test_of_equal_deals_the_first_is_the_largest() -> None:
    rows = credit(
        ("Email", "O2", 1, 50), ("Email", "O1", 1, 50), ("Web", "O1", 1, 0), ("Fair", "O3", 1, 7)
    )
    found = {row[0]: row[1:] for row in largest_deals(rows).iter_rows()}
    assert found == {"Email": (0.5, "O1", 50), "Fair": (1.0, "O3", 7)}
