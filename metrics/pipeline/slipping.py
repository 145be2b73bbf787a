"""Open deals that slip: put off again and again, or past the day they were due."""

from __future__ import annotations

from typing import ClassVar

import polars as pl

from data.definitions import Definitions
from data.engine.warehouse import Warehouse
from data.schema.contract import Money
from data.schema.frames import DataFrame, pa
from data.sql import Query, Step
from metrics.pipeline.lived import LIVED, OPEN_NOW
from metrics.scope import Scope


class SlippingDeal(pa.DataFrameModel):
    """One row per slipping deal, the largest amount first, those without one last.

    `pushes` counts how often the day it is due was put off, `first_due_on` is the earliest day that
    it ever was due, `slipped_days` the days from then to `due_on`, or to the last day observed
    where that is past. `overdue_days` are those since `due_on`, 0 before it. `idle_days` are those
    since anything of the deal changed.
    """

    opportunity_id: str
    account: str = pa.Field(nullable=True)
    owner: str
    stage: str = pa.Field(nullable=True)
    amount: Money = pa.Field(nullable=True)
    why: str
    pushes: int = pa.Field(ge=0)
    first_due_on: pl.Date
    due_on: pl.Date
    slipped_days: int = pa.Field(ge=0)
    overdue_days: int = pa.Field(ge=0)
    idle_days: int = pa.Field(ge=0)

    class Config:
        """Exactly these columns."""

        strict: ClassVar[bool] = True
        ordered: ClassVar[bool] = True


def slipping_deals(
    warehouse: Warehouse, scope: Scope, definitions: Definitions
) -> DataFrame[SlippingDeal]:
    """Which open deals slip, by how much, and whose are they?

    Deals open on the last day of the period that is observed whose expected close was put off at
    least `pipeline.slips` times, or has passed. Deals that are due on no day cannot slip. All open
    deals are asked, whenever they are due.
    """
    slips = int(definitions.pipeline.slips)
    found = warehouse.query(
        Query(
            scope.step("deal"),
            LIVED,
            OPEN_NOW,
            Step(
                "slipping",
                f"""
                SELECT open_now.opportunity_id, coalesce(account.name, open_now.account_id)
                        AS account,
                    open_now.owner, stage, amount, pushes, first_due_on, due_on,
                    date_diff('day', first_due_on, greatest(due_on, until_on)) AS late_days,
                    date_diff('day', first_due_on, due_on) AS moved_days,
                    greatest(date_diff('day', due_on, until_on), 0) AS overdue_days,
                    date_diff('day', last_on, until_on) AS idle_days
                FROM open_now
                LEFT JOIN account ON account.account_id = open_now.account_id
                WHERE due_on < until_on OR (pushes >= {slips} AND due_on IS NOT NULL)
                """,
            ),
        )
    )
    overdue = pl.col("overdue_days") > 0
    rows = (
        found.with_columns(
            slipped_days=pl.when(overdue).then("late_days").otherwise(
                pl.max_horizontal("moved_days", pl.lit(0))),
            why=pl.concat_str(
                pl.when(pl.col("pushes") > 0).then(
                    pl.format("put off {} times", "pushes").str.replace("1 times$", "once")),
                pl.when(overdue).then(pl.format("{} days past due", "overdue_days")
                    .str.replace("^1 days", "1 day")),
                separator=", ", ignore_nulls=True,
            ),
        )
        .sort("amount", "opportunity_id", descending=[True, False], nulls_last=True)
        .select(list(SlippingDeal.to_schema().columns))
    )  # fmt: skip
    return SlippingDeal.validate(rows, lazy=True)
