"""Drivers of a step: which values of which dimension go with converting, like with like."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

import numpy as np
import polars as pl
from numpy.typing import NDArray

from data.engine.warehouse import Warehouse
from data.schema.contract import columns
from data.schema.frames import DataFrame, pa
from data.sql import Query, Step
from metrics.chance import Verdict, judged
from metrics.estimators.comparing.difference import expected_events
from metrics.estimators.comparing.odds_ratio import adjusted_odds_ratio
from metrics.funnel.ages import Way, way_in
from metrics.funnel.differences import known
from metrics.funnel.segments import Segment, member_steps, step_segments
from metrics.scope import Dimension, Scope

Floats = NDArray[np.float64]


class StepDriver(pa.DataFrameModel):
    """One row per dimension and value, the surest first.

    `odds_ratio` says how many times the odds of converting are those of all others, among records
    that came in the same month and so had as long to convert; 1 is no difference. It is null, with
    its 95% interval, where the verdict is that there are too few, or that all are of one account.
    `expected` counts the events of the thinnest group, month by month, that equal odds would give.
    """

    dimension: str = pa.Field(isin=[each.value for each in Dimension])
    value: str
    reached: int = pa.Field(ge=0)
    converted: int = pa.Field(ge=0)
    rate: float = pa.Field(ge=0, le=1)
    others_rate: float = pa.Field(ge=0, le=1)
    odds_ratio: float = pa.Field(ge=0, nullable=True)
    odds_ratio_low: float = pa.Field(ge=0, nullable=True)
    odds_ratio_high: float = pa.Field(ge=0, nullable=True)
    expected: float = pa.Field(ge=0, nullable=True)
    p_value: float = pa.Field(ge=0, le=1, nullable=True)
    chance: str = pa.Field(isin=[each.value for each in Verdict])

    class Config:
        """Exactly these columns."""

        strict: ClassVar[bool] = True
        ordered: ClassVar[bool] = True


def step_drivers(
    warehouse: Warehouse,
    scope: Scope,
    way: Way | None = None,
    dimensions: Sequence[Dimension] = tuple(Dimension),
) -> DataFrame[StepDriver]:
    """Which segments are likelier to convert at this step than all others of the same age?

    One row per dimension and value that has others beside it: those that reached the way's first
    stage in the period, and of them those that reached its second within the scope's window. Odds
    are compared within months of reaching the first stage and put together over them; counts are
    divided by the design effect of accounts. `p_value` is corrected for all values that are tested.
    A driver goes with converting; whether it makes leads convert, an experiment would tell.

    Raises ValueError when the unit has no such way.
    Source: Mantel and Haenszel (1959); Benjamini and Hochberg (1995).
    """
    way = way_in(scope, way)
    found = step_segments(warehouse, scope, way, dimensions)
    segments = [each for each in found.segments if each.others.reached]
    own, others = _strata(warehouse.query(_query(scope, way, dimensions)), segments)
    effects = np.array([each.own.design_effect for each in segments]).reshape(-1, 1, 1)
    others_effects = np.array([each.others.design_effect for each in segments]).reshape(-1, 1, 1)
    (converted, reached), (others_converted, others_reached) = (
        np.moveaxis(own / effects, -1, 0),
        np.moveaxis(others / others_effects, -1, 0),
    )
    odds = adjusted_odds_ratio(converted, reached, others_converted, others_reached)
    expected = _expected(converted, reached, others_converted, others_reached)
    p_values, verdicts = judged(odds.p_value, expected)
    rows = []
    for place, (segment, verdict) in enumerate(zip(segments, verdicts, strict=True)):
        tells = verdict in (Verdict.MAY_BE_CHANCE, Verdict.MORE_THAN_CHANCE)
        rows.append(
            {
                "dimension": segment.dimension.value,
                "value": segment.value,
                "reached": int(segment.own.reached),
                "converted": int(segment.own.converted),
                "rate": segment.own.rate,
                "others_rate": segment.others.rate,
                "odds_ratio": known(odds.ratio[place]) if tells else None,
                "odds_ratio_low": known(odds.low[place]) if tells else None,
                "odds_ratio_high": known(odds.high[place]) if tells else None,
                "expected": known(expected[place]),
                "p_value": known(p_values[place]),
                "chance": verdict.value,
            }
        )
    ordered = pl.DataFrame(rows, schema=columns(StepDriver)).sort(
        "p_value", "dimension", "value", nulls_last=True
    )
    return StepDriver.validate(ordered, lazy=True)


def _query(scope: Scope, way: Way, dimensions: Sequence[Dimension]) -> Query:
    """One row per dimension, value and month of reaching the first stage."""
    month = "CAST(date_trunc('month', start_on) AS DATE)"
    counts = "count(*) AS reached, CAST(sum(converted) AS BIGINT) AS converted"
    parts = "\nUNION ALL\n".join(
        f"SELECT '{each.value}' AS dimension, {each.value} AS segment, {month} AS month_on,"
        f" {counts} FROM members GROUP BY {each.value}, {month}"
        for each in dimensions
    )
    return Query(*member_steps(scope, way, dimensions), Step("strata", parts))


def _strata(rows: pl.DataFrame, segments: Sequence[Segment]) -> tuple[Floats, Floats]:
    """Conversions and records of each segment, and of all others: [segments, months, 2]."""
    months = {month: column for column, month in enumerate(sorted(set(rows["month_on"])))}
    places = {(each.dimension.value, each.value): place for place, each in enumerate(segments)}
    own = np.zeros((len(segments), len(months), 2))
    whole: dict[str, Floats] = {}
    for dimension, value, month, reached, converted in rows.iter_rows():
        counts = np.array([converted, reached], np.float64)
        total = whole.setdefault(dimension, np.zeros((len(months), 2)))
        total[months[month]] += counts
        if (place := places.get((dimension, value))) is not None:
            own[place, months[month]] = counts
    everyone = [whole[each.dimension.value] for each in segments]
    return own, np.array(everyone).reshape(own.shape) - own


def _expected(converted: Floats, reached: Floats, others: Floats, others_reached: Floats) -> Floats:
    """The events of the thinnest group over the months; NaN where a design effect is unknown."""
    with np.errstate(invalid="ignore"):
        monthly = expected_events(converted, reached, others, others_reached)
    unknown = np.isnan(converted).any(axis=-1) | np.isnan(others).any(axis=-1)
    # A month in which neither group has anybody expects nothing.
    return np.where(unknown, np.nan, np.nansum(monthly, axis=-1))
