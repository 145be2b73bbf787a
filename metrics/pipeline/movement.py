"""How the pipeline due in a period moved: from its start, change by change, to its end."""

from __future__ import annotations

from typing import ClassVar

import polars as pl

from data.engine.warehouse import Warehouse
from data.errors import MetricError
from data.schema.contract import Money, columns
from data.schema.frames import DataFrame, pa
from data.sql import Query, Step
from metrics.pipeline.moves import MOVES, PARTS
from metrics.scope import Scope

RECORD_LIMIT = 10_000
"""So many deals behind a part are listed unless more are asked for."""


class PipelineMovement(pa.DataFrameModel):
    """One row per part of the movement, in order: start, ten parts in all, and end.

    `deals`, `unpriced_deals` (deals without an amount) and `amount` in the base currency are what
    the part adds to the pipeline; below zero what it takes away. Of each the rows before the last
    add up to the last, to the cent. `changes` counts the changes behind a part, of the start and
    the end the deals.
    """

    part: str = pa.Field(isin=tuple(PARTS))
    label: str
    changes: int = pa.Field(ge=0)
    deals: int
    unpriced_deals: int
    amount: Money

    class Config:
        """Exactly these columns."""

        strict: ClassVar[bool] = True
        ordered: ClassVar[bool] = True


class MovementDeal(pa.DataFrameModel):
    """One row per deal behind a part of the movement, the largest amount first.

    `amount` is what the deal adds in all its `changes` of this part, `deals` is 1 where it came in,
    -1 where it left, 0 where it stayed. `due_before_on` is the earliest day that it was due before
    one of them, `due_after_on` the latest after one. `last_on` is the day of the last.
    """

    opportunity_id: str
    account: str = pa.Field(nullable=True)
    owner: str
    outcome: str = pa.Field(isin=("won", "lost", "open"))
    changes: int = pa.Field(ge=1)
    deals: int
    amount: Money
    due_before_on: pl.Date = pa.Field(nullable=True)
    due_after_on: pl.Date = pa.Field(nullable=True)
    last_on: pl.Date

    class Config:
        """Exactly these columns."""

        strict: ClassVar[bool] = True
        ordered: ClassVar[bool] = True


def pipeline_movement(warehouse: Warehouse, scope: Scope) -> DataFrame[PipelineMovement]:
    """How did the pipeline due in the period come from what it was at its start to what it is?

    Open deals that are due (expected to close) within the period, seen from the day before it to
    its last day or the last day observed. Start + new + increased + pulled in − pushed out − lost −
    decreased − won = end, exactly. Changes of one moment are applied in the order amount, due day,
    stage; each counts, so that a deal that was pushed out and pulled in again stands in both.

    A deal that closes is due on the day it does, at the amount it closes with: `won` is the revenue
    won in the period, as on the headline. What was due on another day before is pulled in then. Of
    a deal whose due day nothing told before it closed it is not known whether it was due at the
    start: it stands under `untold`, or under `new` if it was opened in the period. Deals that are
    not due on any day are in no period. Deals without an amount count as deals, and nothing in
    amounts; so do amounts without an exchange rate. Basis, unit and counting do not matter.
    """
    counted = Step(
        "movement",
        """
        SELECT part, count(*) AS changes, CAST(sum(deals) AS BIGINT) AS deals,
            CAST(sum(unpriced_deals) AS BIGINT) AS unpriced_deals,
            CAST(sum(amount) AS DECIMAL(18, 2)) AS amount
        FROM moves
        GROUP BY part
        """,
    )
    found = warehouse.query(Query(scope.step("deal"), *MOVES, counted))
    parts = pl.DataFrame({"part": list(PARTS), "label": list(PARTS.values())})
    sums = [pl.col(name).fill_null(0) for name in ("deals", "unpriced_deals", "amount")]
    rows = parts.join(found, on="part", how="left", maintain_order="left").with_columns(
        pl.col("changes").fill_null(0), *sums
    )
    rows = rows.with_columns(
        pl.when(part="end").then(each.sum()).otherwise(each).cast(rows.schema[name]).alias(name)
        for name, each in ((name, pl.col(name)) for name in ("deals", "unpriced_deals", "amount"))
    ).with_columns(
        pl.when(pl.col("part").is_in(["start", "end"])).then("deals").otherwise("changes")
        .alias("changes")
    )  # fmt: skip
    typed = rows.cast(pl.Schema(columns(PipelineMovement)))
    return PipelineMovement.validate(typed, lazy=True)


def movement_deals(
    warehouse: Warehouse, scope: Scope, part: str, limit: int = RECORD_LIMIT
) -> DataFrame[MovementDeal]:
    """Which deals are behind a part of the pipeline's movement?

    One row per deal, at most `limit`. Their amounts and deals add up to the part's row of
    `pipeline_movement`. Raises MetricError for a part that there is not.
    """
    if part not in PARTS:
        raise MetricError(f"the movement has no part {part}: choose one of {', '.join(PARTS)}")
    mine = "" if part == "end" else f"WHERE part = '{part}'"
    stays = "HAVING sum(deals) <> 0" if part in ("start", "end") else ""
    found = warehouse.query(
        Query(
            scope.step("deal"),
            *MOVES,
            Step(
                "of_deals",
                f"""
                SELECT opportunity_id, count(*) AS changes, CAST(sum(deals) AS BIGINT) AS deals,
                    CAST(sum(amount) AS DECIMAL(18, 2)) AS amount,
                    min(due_before_on) AS due_before_on, max(due_after_on) AS due_after_on,
                    max(changed_on) AS last_on
                FROM moves {mine} GROUP BY opportunity_id {stays}
                """,
            ),
            Step(
                "records",
                f"""
                SELECT of_deals.opportunity_id,
                    coalesce(account.name, scoped.account_id) AS account, scoped.owner,
                    scoped.outcome, changes, deals, of_deals.amount, due_before_on, due_after_on,
                    last_on
                FROM of_deals
                JOIN scoped ON scoped.opportunity_id = of_deals.opportunity_id
                LEFT JOIN account ON account.account_id = scoped.account_id
                ORDER BY abs(of_deals.amount) DESC, of_deals.opportunity_id
                LIMIT {int(limit)}
                """,
            ),
        )
    )
    ordered = found.sort(pl.col("amount").abs(), "opportunity_id", descending=[True, False])
    return MovementDeal.validate(ordered, lazy=True)
