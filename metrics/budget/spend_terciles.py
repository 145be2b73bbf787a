"""Spend terciles: what an MQL cost in months of little, middling and much spend on a channel."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from math import isfinite
from typing import Any, ClassVar

import polars as pl

from data.engine.warehouse import Warehouse
from data.schema.contract import Money
from data.schema.frames import DataFrame, pa
from data.sql import Query, Step
from metrics.estimators.response.terciles import FEWEST_PERIODS, Tercile, cost_by_tercile
from metrics.money import refuse_unconverted, unconverted
from metrics.period import Period
from metrics.returns.known_by import check_known_by, check_spend_is_loaded
from metrics.scope import Dimension, Scope

MOST_MONTHS = 36
"""So many months back are looked at."""

THIRDS = ("low", "middle", "high")
"""A third of the months, by what was spent in them."""


class SpendTercile(pa.DataFrameModel):
    """One row per channel and third of its months, by spend; channels with most spend first.

    A channel of too few months has one row, whose `reason` says so and whose other cells are null.

    Of months, or of quarters (`period`) for a channel that is paid so seldom that a third of its
    months would have no spend. `spend_amount` and `mqls` are those of the third's `periods`, MQLs
    of the channel's own leads on the day they became MQLs. `cost` is spend ÷ MQLs with its 95%
    bounds; null without an MQL, as is the upper bound.
    """

    channel: str
    tercile: str = pa.Field(isin=THIRDS, nullable=True)
    period: str = pa.Field(isin=("month", "quarter"), nullable=True)
    periods: int = pa.Field(ge=1, nullable=True)
    spend_amount: Money = pa.Field(nullable=True)
    mqls: int = pa.Field(ge=0, nullable=True)
    cost: float = pa.Field(nullable=True)
    cost_low: float = pa.Field(nullable=True)
    cost_high: float = pa.Field(nullable=True)
    reason: str = pa.Field(nullable=True)

    class Config:
        """Exactly these columns, one row per channel and third."""

        strict: ClassVar[bool] = True
        ordered: ClassVar[bool] = True
        unique: ClassVar[list[str]] = ["channel", "tercile"]


def spend_terciles(warehouse: Warehouse, scope: Scope) -> DataFrame[SpendTercile]:
    """What did an MQL of each channel cost in months of little, middling and much spend?

    Whole months up to the last day observed, three years at most, from the channel's first month
    with spend on; the scope's period, unit, basis and counting make no difference. A channel that
    is paid a few times a year is told by quarters; one with fewer than six months is not told.
    It says what went together, not what more spend would bring: spend may have followed demand, and
    MQLs come later than what was spent on them.

    Raises MetricError where no spend is loaded and for a filter that spend is not recorded by;
    MissingRateError where an amount has no exchange rate.
    Source: `metrics.estimators.response.terciles`.
    """
    check_known_by(scope, Dimension.CHANNEL)
    check_spend_is_loaded(warehouse)
    asked = replace(scope, period=_months(scope.observed_until))
    refused = Step("refused", f"SELECT {unconverted(_WITHOUT_RATE, 'spend_on')} FROM scoped")
    row = warehouse.query(Query(asked.step("spend"), refused)).row(0, named=True)
    refuse_unconverted("days of spend", row)
    spend = warehouse.query(Query(asked.step("spend"), _SPEND))
    mqls = warehouse.query(Query(asked.step("journey"), _MQLS))
    months = pl.DataFrame({"month_on": asked.period.months()}, schema={"month_on": pl.Date})
    begun = spend.filter(pl.col("amount") > 0).group_by("channel").agg(
        begun=pl.col("month_on").min(), whole=pl.col("amount").sum()
    )  # fmt: skip
    keys = ["channel", "month_on"]
    table = (
        begun.join(months, how="cross")
        .filter(pl.col("month_on") >= pl.col("begun"))
        .join(spend, on=keys, how="left")
        .join(mqls, on=keys, how="left")
        .with_columns(pl.col("amount").fill_null(0), pl.col("mqls").fill_null(0))
        .sort("month_on")
    )
    rows: list[dict[str, Any]] = []
    for channel in begun.sort("whole", "channel", descending=[True, False])["channel"]:
        own = table.filter(channel=channel)
        period, thirds = "month", _thirds(own)
        if thirds and not thirds[0].spend:
            quarters = _thirds(_whole_quarters(own))
            period, thirds = ("quarter", quarters) if quarters else (period, thirds)
        if thirds is None:
            rows.append({"channel": channel, "reason": _too_few(len(own))})
            continue
        named = {"channel": channel, "period": period}
        rows += [
            named | {"tercile": name} | _row(third)
            for name, third in zip(THIRDS, thirds, strict=True)
        ]
    columns = SpendTercile.to_schema().columns.items()
    types = {name: column.dtype.type for name, column in columns}
    found = pl.DataFrame(rows, schema=types | {"spend_amount": pl.Float64}, orient="row")
    return SpendTercile.validate(
        found.with_columns(pl.col("spend_amount").round(2).cast(pl.Decimal(18, 2))), lazy=True
    )


def _months(last: date) -> Period:
    """Whole months up to a day; the day's own where it ends its month."""
    end = last if (last + timedelta(days=1)).day == 1 else last.replace(day=1) - timedelta(days=1)
    whole = 12 * end.year + end.month - MOST_MONTHS
    return Period(date(whole // 12, whole % 12 + 1, 1), end)


_WITHOUT_RATE = "spend_on BETWEEN period_start AND observed_until AND cost_amount IS NULL"

_SPEND = Step(
    "spend_by_month",
    """
    SELECT channel, CAST(date_trunc('month', spend_on) AS DATE) AS month_on,
        CAST(sum(cost_amount) AS DECIMAL(18, 2)) AS amount
    FROM scoped
    WHERE spend_on BETWEEN period_start AND observed_until
    GROUP BY channel, CAST(date_trunc('month', spend_on) AS DATE)
    """,
)

_MQLS = Step(
    "mqls_by_month",
    """
    SELECT channel, CAST(date_trunc('month', mql_on) AS DATE) AS month_on,
        count(DISTINCT lead_id) AS mqls
    FROM scoped
    WHERE mql_on BETWEEN period_start AND period_end
    GROUP BY channel, CAST(date_trunc('month', mql_on) AS DATE)
    """,
)


def _too_few(months: int) -> str:
    are = "is 1 whole month" if months == 1 else f"are {months or 'no'} whole months"
    return f"Since its first spend there {are}; it takes {FEWEST_PERIODS}."


def _thirds(own: pl.DataFrame) -> tuple[Tercile, ...] | None:
    spend, mqls = (own[name].cast(pl.Float64).to_numpy() for name in ("amount", "mqls"))
    return cost_by_tercile(spend, mqls)


def _whole_quarters(own: pl.DataFrame) -> pl.DataFrame:
    """The months added up to calendar quarters of which all three are there."""
    quarter = pl.col("month_on").dt.truncate("1q")
    quarters = own.group_by(quarter).agg(pl.col("amount", "mqls").sum(), months=pl.len())
    return quarters.filter(months=3).sort("month_on")


def _row(found: Tercile) -> dict[str, Any]:
    cost = found.cost
    return {
        "periods": found.periods,
        "spend_amount": found.spend,
        "mqls": round(found.conversions),
        "cost": cost.value if isfinite(cost.value) else None,
        "cost_low": cost.low,
        "cost_high": cost.high if isfinite(cost.high) else None,
    }
