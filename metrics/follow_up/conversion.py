"""Conversion by response: by how soon it came, and by owner, team, region, channel or level."""

from __future__ import annotations

from typing import ClassVar

import polars as pl

from data.engine.warehouse import Warehouse
from data.schema.frames import DataFrame, pa
from data.sql import Query, Step
from metrics.follow_up.grouping import GroupBy
from metrics.follow_up.handed_over import require_told
from metrics.follow_up.ripe import ripe_steps
from metrics.rates import ratio, wilson
from metrics.scope import Dimension, Scope, Stage

BANDS = {
    "up to 1 hour": "took_seconds <= 3600",
    "up to 4 hours": "took_seconds <= 14400",
    "up to 1 day": "took_seconds <= day_seconds",
    "up to the deadline": "is_in_time = 1",
    "after the deadline": "took_seconds IS NOT NULL",
    "none recorded": "took_seconds IS NULL",
}
"""Bands of response time, in working hours and days: each holds who is in none before it."""


class ResponseTimeConversion(pa.DataFrameModel):
    """One row per band of response time that has an MQL, the quickest first.

    Of `mqls`, `converted` had the event within the window after the MQL; `rate` is converted ÷
    mqls, with bounds of 95%. `hour_unknown` of them had a response of which only the day is known:
    they are in the band of that day's close. `mean_score` says who is called first; null without
    scores.
    """

    band: str = pa.Field(isin=list(BANDS), unique=True)
    mqls: int = pa.Field(ge=1)
    converted: int = pa.Field(ge=0)
    rate: float = pa.Field(ge=0, le=1)
    rate_low: float = pa.Field(ge=0, le=1)
    rate_high: float = pa.Field(ge=0, le=1)
    hour_unknown: int = pa.Field(ge=0)
    mean_score: float = pa.Field(nullable=True)

    class Config:
        """Exactly these columns, one row per band."""

        strict: ClassVar[bool] = True
        ordered: ClassVar[bool] = True


class FollowUpConversion(pa.DataFrameModel):
    """One row per segment, the most MQLs first.

    `rate` is converted ÷ mqls; `in_time` of the mqls had a recorded response within the deadline,
    and converted at the rate `in_time_rate`, all others at `other_rate`; bounds are of 95%.
    """

    segment: str = pa.Field(unique=True)
    mqls: int = pa.Field(ge=1)
    converted: int = pa.Field(ge=0)
    rate: float = pa.Field(ge=0, le=1)
    rate_low: float = pa.Field(ge=0, le=1)
    rate_high: float = pa.Field(ge=0, le=1)
    in_time: int = pa.Field(ge=0)
    in_time_rate: float = pa.Field(ge=0, le=1, nullable=True)
    in_time_low: float = pa.Field(ge=0, le=1, nullable=True)
    in_time_high: float = pa.Field(ge=0, le=1, nullable=True)
    other_rate: float = pa.Field(ge=0, le=1, nullable=True)
    other_low: float = pa.Field(ge=0, le=1, nullable=True)
    other_high: float = pa.Field(ge=0, le=1, nullable=True)

    class Config:
        """Exactly these columns, one row per segment."""

        strict: ClassVar[bool] = True
        ordered: ClassVar[bool] = True


def response_time_conversion(
    warehouse: Warehouse, scope: Scope, event: Stage = Stage.OPPORTUNITY
) -> DataFrame[ResponseTimeConversion]:
    """What share of MQLs converts, by how soon they had a response?

    MQLs handed over in the period whose window is over: that of the scope, else of all steps up to
    the event, by default the opportunity. Good leads are called first, so that this is no effect of
    speed: `response_effect` compares like leads. MQLs without a calendar are left out. Raises
    MetricError as `require_told` does. Source: Wilson (1927) for the bounds.
    """
    require_told(warehouse)
    counts = warehouse.query(Query(*ripe_steps(scope, event), _banded()))
    order = {name: place for place, name in enumerate(BANDS)}
    rows = _rated(counts, "rate", "converted", "mqls").sort(
        pl.col("band").replace_strict(order, return_dtype=pl.Int64)
    )
    names = list(ResponseTimeConversion.to_schema().columns)
    return ResponseTimeConversion.validate(rows.select(names), lazy=True)


def follow_up_conversion(
    warehouse: Warehouse,
    scope: Scope,
    by: GroupBy = Dimension.OWNER,
    event: Stage = Stage.OPPORTUNITY,
) -> DataFrame[FollowUpConversion]:
    """What share of each segment's MQLs converts, with a response in time and without?

    As `response_time_conversion` counts. Segments differ in what leads they get. Raises
    MetricError as `require_told` does. Source: Wilson (1927) for the bounds.
    """
    require_told(warehouse)
    counts = warehouse.query(Query(*ripe_steps(scope, event), _by_segment(by))).with_columns(
        other=pl.col("mqls") - pl.col("in_time"),
        other_converted=pl.col("converted") - pl.col("in_time_converted"),
    )
    rows = _rated(counts, "rate", "converted", "mqls")
    rows = _rated(rows, "in_time", "in_time_converted", "in_time")
    rows = _rated(rows, "other", "other_converted", "other")
    rows = rows.sort("mqls", "segment", descending=[True, False])
    names = list(FollowUpConversion.to_schema().columns)
    return FollowUpConversion.validate(rows.select(names), lazy=True)


def _rated(rows: pl.DataFrame, name: str, part: str, whole: str) -> pl.DataFrame:
    low, high = wilson(pl.col(part), pl.col(whole))
    share = "rate" if name == "rate" else f"{name}_rate"
    return rows.with_columns(
        ratio(pl.col(part), pl.col(whole)).alias(share),
        low.alias(f"{name}_low"),
        high.alias(f"{name}_high"),
    )


def _banded() -> Step:
    cases = " ".join(f"WHEN {condition} THEN '{name}'" for name, condition in BANDS.items())
    return Step(
        "banded",
        f"""
        SELECT band, count(*) AS mqls, CAST(sum(converted) AS BIGINT) AS converted,
            count(CASE WHEN took_seconds IS NOT NULL AND is_day_only THEN 1 END) AS hour_unknown,
            avg(score) AS mean_score
        FROM (SELECT CASE {cases} END AS band, converted, took_seconds, is_day_only, score
            FROM ripe) AS placed
        GROUP BY band
        """,
    )


def _by_segment(by: GroupBy) -> Step:
    return Step(
        "converted_segments",
        f"""
        SELECT {by.value} AS segment, count(*) AS mqls,
            CAST(sum(converted) AS BIGINT) AS converted,
            CAST(sum(is_in_time) AS BIGINT) AS in_time,
            CAST(sum(is_in_time * converted) AS BIGINT) AS in_time_converted
        FROM ripe
        GROUP BY {by.value}
        """,
    )
