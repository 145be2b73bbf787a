"""The pool: who comes in, who is active, who falls asleep and who is lost, month by month.

Whom a question is about is asked as for reach.
"""

from __future__ import annotations

from calendar import monthrange
from datetime import timedelta
from typing import ClassVar

import polars as pl

from data.definitions import Definitions
from data.engine.warehouse import Warehouse
from data.schema.frames import DataFrame, pa
from data.sql import Query, Step
from metrics.activity.days import active_day_steps
from metrics.scope import Scope


class ActivityPool(pa.DataFrameModel):
    """One row per month of the period that is observed, the earliest first.

    `until_on` is the month's last day that is observed. `active_end` people were active on it, who
    had done something within the days that make one dormant; `dormant` had not, `lost` not for
    longer still; together they are `known`. `inflow` are `newly_active`, whose first action ever is
    in the month, and `reactivated`, who were dormant or lost before it and active at its end.
    `outflow` were active before, or new, and were not at its end. active_start + inflow − outflow =
    active_end. `newly_lost` became lost in the month.
    """

    month_on: pl.Date
    until_on: pl.Date
    active_start: int = pa.Field(ge=0)
    newly_active: int = pa.Field(ge=0)
    reactivated: int = pa.Field(ge=0)
    inflow: int = pa.Field(ge=0)
    outflow: int = pa.Field(ge=0)
    active_end: int = pa.Field(ge=0)
    dormant: int = pa.Field(ge=0)
    lost: int = pa.Field(ge=0)
    newly_lost: int = pa.Field(ge=0)
    known: int = pa.Field(ge=0)

    class Config:
        """Exactly these columns, one row per month."""

        strict: ClassVar[bool] = True
        ordered: ClassVar[bool] = True
        unique: ClassVar[list[str]] = ["month_on"]


def activity_pool(
    warehouse: Warehouse, scope: Scope, definitions: Definitions
) -> DataFrame[ActivityPool]:
    """How many people are active, and do more come in than fall asleep?

    Of people who ever did something that is a touch; what was done to them makes nobody active. The
    days that make one dormant or lost are those of the definitions. No month is shown of a period
    that has not begun in the data.
    """
    boundaries = _boundaries(scope)
    dormant, lost = definitions.content.dormant_days, definitions.activity.lost_days
    found = warehouse.query(
        Query(
            *active_day_steps(scope, definitions, month=boundaries),
            Step(
                "boundaries",
                """
                SELECT CAST(name AS DATE) AS month_on, CAST(stands_for AS DATE) AS until_on,
                    row_number() OVER (ORDER BY name) AS place
                FROM asked WHERE kind = 'month'
                """,
            ),
            Step(
                "spells",
                """
                SELECT person_id, active_on,
                    lead(active_on) OVER (PARTITION BY person_id ORDER BY active_on) AS next_on
                FROM active_days
                """,
            ),
            Step(
                "states",
                f"""
                SELECT boundaries.place, boundaries.month_on, boundaries.until_on, spells.person_id,
                    CASE WHEN date_diff('day', spells.active_on, boundaries.until_on) < {dormant}
                        THEN 'active'
                        WHEN date_diff('day', spells.active_on, boundaries.until_on) < {lost}
                        THEN 'dormant' ELSE 'lost' END AS state
                FROM boundaries
                JOIN spells ON spells.active_on <= boundaries.until_on
                    AND (spells.next_on IS NULL OR spells.next_on > boundaries.until_on)
                """,
            ),
            Step(
                "moves",
                """
                SELECT now.month_on, coalesce(before.state, 'unknown') AS was, now.state AS is_now,
                    count(*) AS people
                FROM states AS now
                LEFT JOIN states AS before ON before.person_id = now.person_id
                    AND before.place = now.place - 1
                WHERE now.place > 1
                GROUP BY now.month_on, coalesce(before.state, 'unknown'), now.state
                """,
            ),
        )
    )
    months = pl.DataFrame(
        boundaries[1:], schema={"month_on": pl.String, "until_on": pl.String}, orient="row"
    ).with_columns(pl.all().str.to_date())
    rows = months.join(_summed(found), on="month_on", how="left", maintain_order="left")
    rows = rows.with_columns(pl.col(pl.Int64).fill_null(0))
    return ActivityPool.validate(rows.select(list(ActivityPool.to_schema().columns)), lazy=True)


def _boundaries(scope: Scope) -> list[tuple[str, str]]:
    """The day before the period, and of each month in it its name and last day that is observed."""
    if scope.seen is None:
        return []
    before = scope.seen.start - timedelta(days=1)
    found = [("0000-01-01", str(before))]
    for month in scope.seen.months():
        last = month.replace(day=monthrange(month.year, month.month)[1])
        found.append((str(month), str(min(last, scope.seen.end))))
    return found


def _summed(moves: pl.DataFrame) -> pl.DataFrame:
    was, is_now, people = pl.col("was"), pl.col("is_now"), pl.col("people")
    asleep = ("dormant", "lost")

    def total(condition: pl.Expr) -> pl.Expr:
        return people.filter(condition).sum().cast(pl.Int64)

    return (
        moves.group_by("month_on")
        .agg(
            active_start=total(was == "active"),
            newly_active=total(was == "unknown"),
            reactivated=total(was.is_in(asleep) & (is_now == "active")),
            outflow=total(was.is_in(("active", "unknown")) & is_now.is_in(asleep)),
            active_end=total(is_now == "active"),
            dormant=total(is_now == "dormant"),
            lost=total(is_now == "lost"),
            newly_lost=total((was != "lost") & (is_now == "lost")),
            known=people.sum().cast(pl.Int64),
        )
        .with_columns(inflow=pl.col("newly_active") + pl.col("reactivated"))
    )
