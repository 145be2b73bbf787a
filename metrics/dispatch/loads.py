"""Loads: how many leads each seller has, and how soon each answers."""

from __future__ import annotations

from typing import ClassVar

import polars as pl

from data.engine.warehouse import Warehouse
from data.schema.frames import DataFrame, pa
from data.sql import Query, Step
from metrics.dispatch.had import had_steps
from metrics.estimators.age_counts import AgeCounts
from metrics.estimators.age_reached import age_reached
from metrics.estimators.incidence import incidence
from metrics.follow_up.handed_over import need_assignments
from metrics.rates import ratio
from metrics.scope import Scope

SHARES = {"response_hours": 0.5, "response_90_hours": 0.9}
"""Of all leads given, the shares whose time of answering is told."""

RECENT_DAYS = 30


class SellerLoad(pa.DataFrameModel):
    """One row per seller who has an open lead or was given one in the period, the fullest first.

    `open_leads` lie with them on the last day observed and are neither an SQL nor gone; `waiting`
    of these have no answer, the oldest since `oldest_waiting_days`. `given` counts each time that a
    lead was given to them in the period: `accepted`, `rejected`, `moved_on` (it became an SQL or
    later meanwhile), or not yet. `rejected_rate` is rejected ÷ answered, null of none.
    `response_hours` is when half of them had an answer, `response_90_hours` when nine in ten had:
    those who wait still count, null where too few have answered. Hours are working hours of the
    lead's region or country; `no_calendar` of the given have none. `recent` were given in the last
    30 days observed, `busiest_month` is the most of any calendar month. `No owner` are leads given
    by a route without naming anybody.
    """

    seller: str = pa.Field(unique=True)
    open_leads: int = pa.Field(ge=0)
    waiting: int = pa.Field(ge=0)
    oldest_waiting_days: int = pa.Field(ge=0, nullable=True)
    given: int = pa.Field(ge=0)
    accepted: int = pa.Field(ge=0)
    rejected: int = pa.Field(ge=0)
    moved_on: int = pa.Field(ge=0)
    rejected_rate: float = pa.Field(ge=0, le=1, nullable=True)
    response_hours: float = pa.Field(ge=0, nullable=True)
    response_90_hours: float = pa.Field(ge=0, nullable=True)
    no_calendar: int = pa.Field(ge=0)
    recent: int = pa.Field(ge=0)
    busiest_month: int = pa.Field(ge=0)

    class Config:
        """Exactly these columns, one row per seller."""

        strict: ClassVar[bool] = True
        ordered: ClassVar[bool] = True


def seller_load(warehouse: Warehouse, scope: Scope) -> DataFrame[SellerLoad]:
    """How many open leads has each seller, and how soon do they answer?

    Hours are working hours, as those of `response_times`: nights, weekends and holidays of the
    lead's region do not count. A lead with two owners at once, because the second was given it
    without the first letting go, lies with whom it was given last.

    Raises MetricError where no assignment is loaded. Source: Kaplan and Meier (1958) for the
    quantiles.
    """
    need_assignments(warehouse)
    found = warehouse.query(Query(*had_steps(scope), _counted()))
    months = (
        found.group_by("seller", "month")
        .agg(pl.col("times").sum())
        .group_by("seller")
        .agg(busiest_month=pl.col("times").max())
    )
    told = found.filter(pl.col("is_in_period") == 1)
    answer = pl.col("answer")
    given = told.group_by("seller").agg(
        given=pl.col("times").sum(),
        accepted=pl.col("times").filter(answer == "accepted").sum(),
        rejected=pl.col("times").filter(answer == "rejected").sum(),
        moved_on=pl.col("times").filter(answer == "moved on").sum(),
        no_calendar=pl.col("times").filter(pl.col("hours").is_null()).sum(),
    )
    rows = (
        found.group_by("seller")
        .agg(
            pl.col("open_leads", "waiting", "recent").sum(),
            oldest_waiting_days=pl.col("oldest_waiting_days").max(),
        )
        .join(months, on="seller")
        .join(given, on="seller", how="left")
        .join(_response(told), on="seller", how="left")
        .with_columns(
            pl.col("given", "accepted", "rejected", "moved_on", "no_calendar").fill_null(0)
        )
        .filter((pl.col("open_leads") > 0) | (pl.col("given") > 0))
        .with_columns(
            rejected_rate=ratio(
                pl.col("rejected"), pl.col("accepted") + pl.col("rejected") + pl.col("moved_on")
            )
        )
        .sort(-pl.col("open_leads"), "seller")
    )
    return SellerLoad.validate(rows.select(list(SellerLoad.to_schema().columns)), lazy=True)


def _counted() -> Step:
    """Step to one row per seller, month, answer and hours."""
    waits = "is_current = 1 AND is_open = 1 AND answer IS NULL"
    return Step(
        "counted",
        f"""
        SELECT seller, CAST(date_trunc('month', since_on) AS DATE) AS month, answer,
            hours,
            CASE WHEN since_on BETWEEN period_start AND period_end THEN 1 ELSE 0 END
                AS is_in_period,
            count(*) AS times,
            count(CASE WHEN is_current = 1 AND is_open = 1 THEN 1 END) AS open_leads,
            count(CASE WHEN {waits} THEN 1 END) AS waiting,
            max(CASE WHEN {waits} THEN date_diff('day', since_on, observed_until) END)
                AS oldest_waiting_days,
            count(CASE WHEN date_diff('day', since_on, observed_until) < {RECENT_DAYS} THEN 1 END)
                AS recent
        FROM had
        WHERE place > 0
        GROUP BY seller, CAST(date_trunc('month', since_on) AS DATE), answer, hours,
            CASE WHEN since_on BETWEEN period_start AND period_end THEN 1 ELSE 0 END
        """,
    )


def _response(given: pl.DataFrame) -> pl.DataFrame:
    """When which share of a seller's leads had an answer, by the product-limit estimate."""
    rows = []
    by_hours = (
        given.drop_nulls("hours")
        .group_by("seller", "hours")
        .agg(
            times=pl.col("times").sum(),
            came=pl.col("times").filter(pl.col("answer").is_not_null()).sum(),
        )
    )
    for (seller,), counted in by_hours.sort("seller", "hours").group_by("seller"):
        came = counted["came"].to_numpy()
        still = counted["times"].to_numpy() - came
        curve = incidence(AgeCounts.from_start(counted["hours"].to_numpy(), came, still))
        rows.append((seller, *(age_reached(curve, share) for share in SHARES.values())))
    schema = {"seller": pl.String, **dict.fromkeys(SHARES, pl.Float64)}
    return pl.DataFrame(rows, schema=schema, orient="row")
