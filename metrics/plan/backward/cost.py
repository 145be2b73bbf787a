"""What an entry has cost by segment, as far as spend is recorded by it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import ClassVar

import polars as pl

from data.engine.warehouse import Warehouse
from data.errors import MetricError
from data.schema.contract import columns
from data.schema.frames import DataFrame, pa
from data.schema.tables import DERIVED
from data.sql import Query, Step
from metrics.period import Period
from metrics.scope import Dimension, Scope, Stage

DAYS = 365
"""The last year of days tells what an entry costs."""


class EntryCost(pa.DataFrameModel):
    """One row per segment: entries and spend of the last 365 days, and the average of the two.

    `cost_amount` is null where there was spend and no entry, or no spend at all: what costs nothing
    on record is not free.
    """

    segment: str
    entries: int = pa.Field(ge=0)
    spend_amount: float
    cost_amount: float = pa.Field(gt=0, nullable=True)

    class Config:
        """Exactly these columns."""

        strict: ClassVar[bool] = True
        ordered: ClassVar[bool] = True


def entry_cost(
    warehouse: Warehouse, scope: Scope, by: Dimension, entry: Stage
) -> DataFrame[EntryCost]:
    """What did an entry cost on average, by segment?

    Spend ÷ entries of the last 365 days that the data covers. It is an average: the next entry may
    cost more. Raises MetricError when spend is not recorded by the segment or a filter.
    """
    carried = columns(DERIVED["spend"])
    filters = (*scope.filters, *scope.viewer.restrictions)
    unknown = [each.dimension for each in filters if each.dimension.value not in carried]
    if by.value not in carried or unknown:
        missing = unknown[0] if unknown else by
        raise MetricError(f"spend is not recorded by {missing.label}, so a budget cannot be split")
    year = Period(scope.observed_until - timedelta(days=DAYS - 1), scope.observed_until)
    asked = replace(scope, period=year)
    entered = f"{entry.value}_on BETWEEN period_start AND period_end"
    entries = warehouse.query(
        Query(
            asked.step("journey"),
            Step(
                "entries",
                f"SELECT {by.value} AS segment, count(DISTINCT lead_id) AS entries"
                f" FROM scoped WHERE {entered} GROUP BY {by.value}",
            ),
        )
    )
    spend = warehouse.query(
        Query(
            asked.step("spend"),
            Step(
                "spending",
                f"SELECT {by.value} AS segment, CAST(coalesce(sum(cost_amount), 0) AS DOUBLE)"
                f" AS spend_amount FROM scoped WHERE spend_on BETWEEN period_start AND period_end"
                f" GROUP BY {by.value}",
            ),
        )
    )
    frame = entries.join(spend, on="segment", how="full", coalesce=True).with_columns(
        pl.col("entries").fill_null(0).cast(pl.Int64), pl.col("spend_amount").fill_null(0.0)
    )
    priced = (pl.col("entries") > 0) & (pl.col("spend_amount") > 0)
    found = frame.with_columns(
        cost_amount=pl.when(priced).then(pl.col("spend_amount") / pl.col("entries"))
    ).sort("entries", "segment", descending=[True, False])
    names = list(EntryCost.to_schema().columns)
    return EntryCost.validate(found.select(names), lazy=True)


def costs_of(frame: pl.DataFrame) -> Mapping[str, float]:
    """The average cost of an entry of each segment that has one."""
    known = frame.drop_nulls("cost_amount")
    return dict(zip(known["segment"], known["cost_amount"], strict=True))
