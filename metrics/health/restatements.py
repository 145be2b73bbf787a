"""What loads changed in months that had been reported already."""

from __future__ import annotations

from typing import ClassVar

import polars as pl

from data.engine.warehouse import Warehouse
from data.schema.bookkeeping import Cause
from data.schema.contract import STAGES, Timestamp
from data.schema.frames import DataFrame, pa
from data.sql import Query, Step

RESTATED_METRICS = (*STAGES, "won_amount", "spend_amount")
"""What is restated: leads by the stage they reached, and money."""


class _Result(pa.DataFrameModel):
    class Config:
        """Exactly these columns."""

        strict: ClassVar[bool] = True
        ordered: ClassVar[bool] = True


class Restated(_Result):
    """One row per closed month, metric, segment, load and cause, the newest month first."""

    month_on: pl.Date
    metric: str = pa.Field(isin=RESTATED_METRICS)
    dimension: str
    segment: str
    before: float
    after: float
    change: float
    cause: str = pa.Field(isin=[cause.value for cause in Cause])
    file_name: str = pa.Field(nullable=True)
    load_id: str = pa.Field(nullable=True)


class RestatingLoad(_Result):
    """One row per load, cause and metric, the latest load first, the definitions before all."""

    finished_at: Timestamp = pa.Field(nullable=True)
    file_name: str = pa.Field(nullable=True)
    mapping: str = pa.Field(nullable=True)
    cause: str = pa.Field(isin=[cause.value for cause in Cause])
    metric: str = pa.Field(isin=RESTATED_METRICS)
    first_month_on: pl.Date
    last_month_on: pl.Date
    months: int = pa.Field(ge=1)
    added: float = pa.Field(ge=0)
    removed: float = pa.Field(le=0)
    change: float
    load_id: str = pa.Field(nullable=True)


_BY_LOAD = Step(
    "by_load",
    """
    SELECT restatement.load_id, load.file_name, load.mapping, load.finished_at,
        restatement.cause, restatement.metric, restatement.month_on, restatement.dimension,
        restatement.segment,
        coalesce(restatement.before, 0) AS before, coalesce(restatement.after, 0) AS after,
        coalesce(restatement.after, 0) - coalesce(restatement.before, 0) AS change
    FROM restatement
    LEFT JOIN load ON load.load_id = restatement.load_id
    """,
)


def restatements(warehouse: Warehouse) -> DataFrame[Restated]:
    """Which numbers of closed months changed, by how much, through which file and why?

    `metric` is a stage (leads who reached it in the month), `won_amount` or `spend_amount` in the
    base currency; the segment `total` of the dimension `total` is everything. `change` is after
    less before, where nothing counts as zero. A number that changed for several reasons has a row
    for each, in order; what the definitions changed names no load.
    """
    found = warehouse.query(
        Query(
            _BY_LOAD,
            Step(
                "listed",
                """
                SELECT month_on, metric, dimension, segment, before, after, change, cause,
                    file_name, load_id, finished_at
                FROM by_load
                """,
            ),
        )
    )
    ordered = _in_order(found).sort(
        pl.col("month_on"), "metric", "dimension", "segment", "finished_at", "cause", "load_id",
        descending=[True, False, True, False, False, False, False], nulls_last=True,
    )  # fmt: skip
    return Restated.validate(_plain(ordered).drop("finished_at"), lazy=True)


def restating_loads(warehouse: Warehouse) -> DataFrame[RestatingLoad]:
    """Which loads changed closed months, and what did each change in all?

    `months` counts the months from `first_month_on` to `last_month_on` in which the metric changed.
    `added` and `removed` sum what went up and what went down over months and channels, so that a
    lead which moves to another month or channel is in both; `change` is the sum of the two.
    """
    found = warehouse.query(
        Query(
            _BY_LOAD,
            Step(
                "summed",
                """
                SELECT finished_at, file_name, mapping, cause, metric,
                    min(month_on) AS first_month_on, max(month_on) AS last_month_on,
                    count(DISTINCT month_on) AS months,
                    sum(CASE WHEN change > 0 THEN change ELSE 0 END) AS added,
                    sum(CASE WHEN change < 0 THEN change ELSE 0 END) AS removed,
                    sum(change) AS change, load_id
                FROM by_load
                WHERE dimension = 'channel'
                GROUP BY finished_at, file_name, mapping, cause, metric, load_id
                """,
            ),
        )
    )
    amounts = pl.col("added", "removed", "change").cast(pl.Float64)
    ordered = _in_order(found.with_columns(amounts)).sort(
        pl.col("finished_at"), "load_id", "cause", "metric",
        descending=[True, False, False, False], nulls_last=False,
    )  # fmt: skip
    return RestatingLoad.validate(_plain(ordered), lazy=True)


def _in_order(found: pl.DataFrame) -> pl.DataFrame:
    """Metrics and causes as they are ordered, not as they are spelt."""
    return found.with_columns(
        pl.col("metric").cast(pl.Enum(RESTATED_METRICS)),
        pl.col("cause").cast(pl.Enum([cause.value for cause in Cause])),
    )


def _plain(ordered: pl.DataFrame) -> pl.DataFrame:
    return ordered.with_columns(pl.col("metric", "cause").cast(pl.String))
