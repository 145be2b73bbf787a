"""A proposed budget as a plan: spend by month and channel, in the columns of plan files."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import polars as pl

from metrics.scope import Scope

_CENT = Decimal("0.01")


def budget_plan(allocation: pl.DataFrame, scope: Scope, name: str = "Budget") -> pl.DataFrame:
    """Which spend on each channel does the proposal mean, month by month?

    One row per month and channel, in the columns of the mapping `plan_targets`: Plan, Month,
    Dimension, Segment, Metric, Target. `allocation` is that of `budget_allocation`. As many months
    as the period has days for, from the first one after the last day observed; each has the same
    part of the proposed spend, the last one what rounding leaves. A channel without spend is left
    out.

    >>> from datetime import date
    >>> from metrics.period import Period
    >>> quarter = Scope(Period(date(2026, 1, 1), date(2026, 3, 31)), date(2026, 3, 31))
    >>> proposed = pl.DataFrame({"channel": ["Fair"], "proposed_amount": [Decimal("100.00")]})
    >>> budget_plan(proposed, quarter).select("Month", "Target").rows()
    [('2026-04', Decimal('33.33')), ('2026-05', Decimal('33.33')), ('2026-06', Decimal('33.34'))]
    """
    days = scope.seen.days if scope.seen else scope.period.days
    count = max(1, round(days / 30.44))
    first = scope.observed_until.replace(day=1) + timedelta(days=31)
    place = 12 * first.year + first.month - 1
    months = [f"{month // 12}-{month % 12 + 1:02d}" for month in range(place, place + count)]
    rows = []
    for channel, amount in allocation.select("channel", "proposed_amount").iter_rows():
        part = (amount / count).quantize(_CENT)
        parts = [part] * (count - 1) + [amount - part * (count - 1)]
        rows += [
            (name, month, "Channel", channel, "Spend", each)
            for month, each in zip(months, parts, strict=True)
            if amount
        ]
    schema: dict[str, type[pl.DataType] | pl.DataType] = {
        "Plan": pl.String,
        "Month": pl.String,
        "Dimension": pl.String,
        "Segment": pl.String,
        "Metric": pl.String,
        "Target": pl.Decimal(18, 2),
    }
    return pl.DataFrame(rows, schema=schema, orient="row")
