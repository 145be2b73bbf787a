"""The forecast: what this quarter and the next three win, and out of what."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import numpy as np
import polars as pl
from numpy.typing import NDArray

from data.engine.warehouse import Warehouse
from data.errors import MetricError
from data.schema.frames import DataFrame, pa
from metrics.estimators.forecasts.conformal import Number, widened_draws
from metrics.forecast.landing import QUARTERS, Landing, landing
from metrics.forecast.quarters import quarters_ahead
from metrics.forecast.rows import framed
from metrics.plan.draws import DRAWS, draw
from metrics.plan.past.history import history
from metrics.scope import Scope

TOTAL = "total"

LEVELS = (10, 25, 50, 75, 90)
"""The percentiles of a forecast: 80% of all cases lie between the outer two, 50% between the
inner two."""


class Forecast(pa.DataFrameModel):
    """One row per quarter and source, the total of the quarter last.

    `deals_p10` is the number that is exceeded in 9 of 10 cases, and so on. Means of the sources add
    up to the mean of the total; percentiles do not add, and none of a source is above that of the
    total. Revenue is in the base currency. What cannot be told is null, and `reason` says why.
    """

    quarter_on: pl.Date
    quarter_end_on: pl.Date
    source: str
    deals_mean: float = pa.Field(ge=0, nullable=True)
    deals_p10: float = pa.Field(ge=0, nullable=True)
    deals_p25: float = pa.Field(ge=0, nullable=True)
    deals_p50: float = pa.Field(ge=0, nullable=True)
    deals_p75: float = pa.Field(ge=0, nullable=True)
    deals_p90: float = pa.Field(ge=0, nullable=True)
    revenue_mean: float = pa.Field(nullable=True)
    revenue_p10: float = pa.Field(nullable=True)
    revenue_p25: float = pa.Field(nullable=True)
    revenue_p50: float = pa.Field(nullable=True)
    revenue_p75: float = pa.Field(nullable=True)
    revenue_p90: float = pa.Field(nullable=True)
    reason: str = pa.Field(nullable=True)

    class Config:
        """Exactly these columns."""

        strict: ClassVar[bool] = True
        ordered: ClassVar[bool] = True


def forecast(
    warehouse: Warehouse, scope: Scope, draws: int = DRAWS, widening: float = 1.0
) -> DataFrame[Forecast]:
    """Where will this quarter and the next three land, and out of what?

    One row per quarter and source: won so far, open deals, open leads by stage, deals that will
    name no lead, leads still to come at the usual volume; then the total. This quarter is the one
    that is not over on the last day observed. The period says whose fates the rates are learnt
    from. The same data give the same numbers. Where nothing was won yet, one row per quarter says
    so. Ranges are `widening` times as wide as drawn: see `widening_of`.
    """
    try:
        past = history(warehouse, scope)
    except MetricError as error:
        return _untold(scope, str(error))
    return forecast_of(landing(past, draw(past, draws)).widened(widening))


def forecast_of(landed: Landing) -> DataFrame[Forecast]:
    """The draws of a landing as the rows of `forecast`."""
    reason = None if landed.has_amounts else "no won deal has an amount"
    rows = []
    for place, quarter in enumerate(landed.quarters):
        deals = _spreads(landed, "deals", landed.deals, landed.total_deals, place)
        revenue = _spreads(landed, "revenue", landed.revenue, landed.total_revenue, place)
        for source, of_deals in deals.items():
            rows.append(
                {
                    "quarter_on": quarter.start,
                    "quarter_end_on": quarter.end,
                    "source": source,
                    **of_deals,
                    **(revenue[source] if landed.has_amounts else {}),
                    "reason": reason,
                }
            )
    return framed(Forecast, rows)


def _spreads(
    landed: Landing,
    name: str,
    drawn: Mapping[str, NDArray[Number]],
    total: NDArray[Number],
    place: int,
) -> dict[str, dict[str, float]]:
    """The mean and the percentiles of each source in the quarter at a place, the total last.

    Means are those of the draws, however wide ranges are made.
    """
    whole = np.percentile(total[place], LEVELS)
    means = {source: float(each[place].mean()) for source, each in drawn.items()}
    # Each about its own median, sources may go beyond the total that they are a part of.
    fans = {
        source: np.minimum(np.percentile(widened_draws(each[place], landed.stretch), LEVELS), whole)
        for source, each in drawn.items()
    }
    means[TOTAL], fans[TOTAL] = sum(means.values()), whole
    return {
        source: {f"{name}_mean": means[source]}
        | {f"{name}_p{level}": float(each) for level, each in zip(LEVELS, fan, strict=True)}
        for source, fan in fans.items()
    }


def _untold(scope: Scope, reason: str) -> DataFrame[Forecast]:
    rows = [
        {"quarter_on": each.start, "quarter_end_on": each.end, "source": TOTAL, "reason": reason}
        for each in quarters_ahead(scope.observed_until, QUARTERS)
    ]
    return framed(Forecast, rows)
