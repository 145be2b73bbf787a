"""The forecast: what this quarter and the next three win, and out of what."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
import polars as pl
from numpy.typing import NDArray

from data.engine.warehouse import Warehouse
from data.errors import MetricError
from data.schema.frames import DataFrame, pa
from metrics.forecast.landing import QUARTERS, Landing, landing
from metrics.forecast.quarters import quarters_ahead
from metrics.forecast.rows import framed
from metrics.plan.draws import DRAWS, draw
from metrics.plan.past.history import history
from metrics.scope import Scope

TOTAL = "total"

LEVELS = (10, 25, 50, 75, 90)
"""The percentiles of a forecast: 80 % of all cases lie between the outer two, 50 % between the
inner two."""


class Forecast(pa.DataFrameModel):
    """One row per quarter and source, the total of the quarter last.

    `deals_p10` is the number that is exceeded in 9 of 10 cases, and so on. Means of the sources add
    up to the mean of the total; percentiles do not add. Revenue is in the base currency. What
    cannot be told is null, and `reason` says why.
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
    revenue_mean: float = pa.Field(ge=0, nullable=True)
    revenue_p10: float = pa.Field(ge=0, nullable=True)
    revenue_p25: float = pa.Field(ge=0, nullable=True)
    revenue_p50: float = pa.Field(ge=0, nullable=True)
    revenue_p75: float = pa.Field(ge=0, nullable=True)
    revenue_p90: float = pa.Field(ge=0, nullable=True)
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
    so. Ranges of the totals are `widening` times as wide as drawn: see `widening_of`.
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
        deals = {**landed.deals, TOTAL: landed.total_deals}
        revenue = {**landed.revenue, TOTAL: landed.total_revenue}
        for source, drawn in deals.items():
            known = revenue[source][place] if landed.has_amounts else None
            rows.append(
                {
                    "quarter_on": quarter.start,
                    "quarter_end_on": quarter.end,
                    "source": source,
                    **_spread("deals", drawn[place]),
                    **_spread("revenue", known),
                    **_means(landed, source, place),
                    "reason": reason,
                }
            )
    return framed(Forecast, rows)


def _spread(name: str, drawn: NDArray[np.int64] | NDArray[np.float64] | None) -> dict[str, float]:
    """The mean and the percentiles of some draws; nothing for none."""
    if drawn is None:
        return {}
    found = np.percentile(drawn, LEVELS)
    percentiles = {
        f"{name}_p{level}": float(each) for level, each in zip(LEVELS, found, strict=True)
    }
    return {f"{name}_mean": float(drawn.mean()), **percentiles}


def _means(landed: Landing, source: str, place: int) -> dict[str, float]:
    """The means of a total whose range is widened, which stay those of its sources together."""
    if source != TOTAL or landed.stretch == 1:
        return {}
    found = {"deals_mean": float(sum(each[place].mean() for each in landed.deals.values()))}
    if landed.has_amounts:
        found["revenue_mean"] = float(sum(each[place].mean() for each in landed.revenue.values()))
    return found


def _untold(scope: Scope, reason: str) -> DataFrame[Forecast]:
    rows = [
        {"quarter_on": each.start, "quarter_end_on": each.end, "source": TOTAL, "reason": reason}
        for each in quarters_ahead(scope.observed_until, QUARTERS)
    ]
    return framed(Forecast, rows)
