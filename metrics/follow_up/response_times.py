"""Response times: after how many working hours half, and nearly all, MQLs had a response."""

from __future__ import annotations

from typing import ClassVar

import polars as pl

from data.engine.warehouse import Warehouse
from data.schema.frames import DataFrame, pa
from data.sql import Query, Step
from metrics.estimators.age_counts import AgeCounts
from metrics.estimators.age_reached import age_reached
from metrics.estimators.incidence import incidence
from metrics.follow_up.grouping import GroupBy
from metrics.follow_up.handed_over import handed_over_steps, require_told
from metrics.scope import Dimension, Scope

SHARES = {"p50_hours": 0.5, "p95_hours": 0.95}
"""Of all MQLs, the shares whose response time is told."""


class ResponseTime(pa.DataFrameModel):
    """One row per segment, the most MQLs first.

    `mqls` are those with a calendar, of which `responded` have a response and `open` still wait. Of
    `hour_unknown` responses only the day is known: they count at the close of that working day.
    `p50_hours` and `p95_hours` are whole working hours after which half and 95% had one; null
    where not so many are seen to have one.
    """

    segment: str
    mqls: int = pa.Field(ge=1)
    responded: int = pa.Field(ge=0)
    open: int = pa.Field(ge=0)
    hour_unknown: int = pa.Field(ge=0)
    p50_hours: float = pa.Field(ge=0, nullable=True)
    p95_hours: float = pa.Field(ge=0, nullable=True)

    class Config:
        """Exactly these columns, one row per segment."""

        strict: ClassVar[bool] = True
        ordered: ClassVar[bool] = True
        unique: ClassVar[list[str]] = ["segment"]


def response_times(
    warehouse: Warehouse, scope: Scope, by: GroupBy = Dimension.OWNER
) -> DataFrame[ResponseTime]:
    """After how many working hours did sales respond to half, and to 95%, of the MQLs?

    MQLs handed over in the period, seen until the last day observed. Those that still wait count as
    long as they have waited, so that a backlog never makes follow-up look faster. MQLs without a
    calendar have no working hours and are left out. Raises MetricError as
    `require_told` does. Source: Kaplan and Meier (1958), the product-limit estimate.
    """
    require_told(warehouse)
    counted = warehouse.query(Query(*handed_over_steps(scope), _waited(by)))
    rows = [
        (segment, *_quantiles(counts))
        for (segment,), counts in counted.group_by("segment", maintain_order=True)
    ]
    schema = {"segment": pl.String} | dict.fromkeys(SHARES, pl.Float64)
    quantiles = pl.DataFrame(rows, schema=schema, orient="row")
    totals = counted.group_by("segment").agg(pl.col("mqls", "responded", "hour_unknown").sum())
    found = totals.join(quantiles, on="segment").with_columns(
        open=pl.col("mqls") - pl.col("responded")
    )
    names = list(ResponseTime.to_schema().columns)
    return ResponseTime.validate(
        found.sort("mqls", "segment", descending=[True, False]).select(names), lazy=True
    )


def _quantiles(counts: pl.DataFrame) -> list[float | None]:
    came = counts["responded"].to_numpy()
    ages = AgeCounts.from_start(counts["hours"].to_numpy(), came, counts["mqls"].to_numpy() - came)
    curve = incidence(ages)
    return [age_reached(curve, share) for share in SHARES.values()]


def _waited(by: GroupBy) -> Step:
    return Step(
        "waited",
        f"""
        SELECT segment, hours, count(*) AS mqls, CAST(sum(is_responded) AS BIGINT) AS responded,
            count(CASE WHEN is_responded = 1 AND is_day_only THEN 1 END) AS hour_unknown
        FROM (
            SELECT {by.value} AS segment, CAST(floor(waited_seconds / 3600e0) AS BIGINT) AS hours,
                is_responded, is_day_only
            FROM handed_over
            WHERE waited_seconds IS NOT NULL
        ) AS timed
        GROUP BY segment, hours
        ORDER BY segment, hours
        """,
    )
