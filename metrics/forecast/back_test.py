"""How good would past forecasts have been, made from the facts of their day?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import ClassVar

import numpy as np
import polars as pl
from numpy.typing import NDArray

from data.engine.warehouse import Warehouse
from data.errors import MetricError
from data.schema.frames import DataFrame, pa
from metrics.estimators.forecasts.scores import coverage, crps, mid_pit, pinball
from metrics.forecast.baselines import (
    ByRevenue,
    TooEarlyError,
    of_quarters,
    predictive,
    predictive_by_revenue,
)
from metrics.forecast.by_pipeline import ByPipeline, Pipelines, pipelines
from metrics.forecast.landing import landing
from metrics.forecast.quarters import quarter_of, quarters_over
from metrics.forecast.rows import framed
from metrics.forecast.triangulation import past_quarters, won_by_month
from metrics.period import Period, in_words
from metrics.plan.draws import draw
from metrics.plan.past.deals import Deals, deals
from metrics.plan.past.history import history
from metrics.scope import Scope

OURS = "ours"

Baseline = ByRevenue | ByPipeline

BASELINES: tuple[Baseline, ...] = (
    ByRevenue.SEASONAL_NAIVE,
    ByRevenue.LAST_YEAR_GROWTH,
    ByRevenue.RUN_RATE,
    *ByPipeline,
    ByRevenue.AUTO_ETS,
)
"""What a forecast has to beat, chosen beforehand."""

FORECASTERS = (OURS, *(each.value for each in BASELINES))

MOST_ORIGINS = 8
"""So many past quarters are forecast again, the latest."""

BACK_TEST_DRAWS = 4_000

LEVELS = np.array([0.1, 0.5, 0.9])


class BackTest(pa.DataFrameModel):
    """One row per past quarter and forecaster: what was said on the day before it, and what came.

    All in the base currency. `crps` scores the whole distribution, `pinball_p10` and so on each
    percentile; 0 is best. `pit` is the place of what came in the forecast, 0 to 1. `reason` says
    why a forecaster says nothing.
    """

    quarter_on: pl.Date
    quarter_end_on: pl.Date
    forecaster: str = pa.Field(isin=FORECASTERS)
    p10: float = pa.Field(ge=0, nullable=True)
    p50: float = pa.Field(ge=0, nullable=True)
    p90: float = pa.Field(ge=0, nullable=True)
    won: float
    crps: float = pa.Field(ge=0, nullable=True)
    pinball_p10: float = pa.Field(ge=0, nullable=True)
    pinball_p50: float = pa.Field(ge=0, nullable=True)
    pinball_p90: float = pa.Field(ge=0, nullable=True)
    pit: float = pa.Field(ge=0, le=1, nullable=True)
    reason: str = pa.Field(nullable=True)

    class Config:
        """Exactly these columns."""

        strict: ClassVar[bool] = True
        ordered: ClassVar[bool] = True


class ForecastScores(pa.DataFrameModel):
    """One row per forecaster, ours first: its scores over the quarters that it tells.

    `crps` and `pinball` are means in the base currency, `ours_crps` that of our forecasts of the
    same quarters. `covered` of `quarters` came between P10 and P90, which is 80% for an honest
    forecast; `coverage_low` and `coverage_high` bound the share at 95%. `mean_pit` is a half
    without bias; under it forecasts were too high. `reason` says why a forecaster tells nothing of
    the latest quarter, where it tells of none.
    """

    forecaster: str = pa.Field(isin=FORECASTERS)
    quarters: int = pa.Field(ge=0)
    crps: float = pa.Field(ge=0, nullable=True)
    ours_crps: float = pa.Field(ge=0, nullable=True)
    pinball_p10: float = pa.Field(ge=0, nullable=True)
    pinball_p50: float = pa.Field(ge=0, nullable=True)
    pinball_p90: float = pa.Field(ge=0, nullable=True)
    covered: int = pa.Field(ge=0)
    coverage: float = pa.Field(ge=0, le=1, nullable=True)
    coverage_low: float = pa.Field(ge=0, le=1, nullable=True)
    coverage_high: float = pa.Field(ge=0, le=1, nullable=True)
    mean_pit: float = pa.Field(ge=0, le=1, nullable=True)
    reason: str = pa.Field(nullable=True)

    class Config:
        """Exactly these columns."""

        strict: ClassVar[bool] = True
        ordered: ClassVar[bool] = True


def back_test(
    warehouse: Warehouse, scope: Scope, draws: int = BACK_TEST_DRAWS
) -> DataFrame[BackTest]:
    """What would have been said of each past quarter on the day before it, and what came?

    The last eight quarters that are over, from the first on in which a deal was opened. Each
    forecast is reconstructed: it sees what was dated until the day before its quarter. What is only
    known as it stands today is taken as such: amounts, segments, which lead a deal belongs to, and
    whether somebody who had left came back. Of the baselines four know won revenue alone, and two
    the pipeline as its history tells it of that day (`past_pipeline`).
    """
    known = deals(warehouse, scope)
    rows: list[dict[str, object]] = []
    if known.opened.days:
        first = quarter_of(known.opened.days[0]).start
        stood = pipelines(warehouse, scope)
        for quarter in quarters_over(first, scope.observed_until)[-MOST_ORIGINS:]:
            rows += _of_quarter(warehouse, scope, quarter, known, stood, draws)
    return framed(BackTest, rows)


def forecast_scores(tested: pl.DataFrame) -> DataFrame[ForecastScores]:
    """How good were the forecasters of a back-test, each beside ours of the same quarters?"""
    told = tested.filter(pl.col("crps").is_not_null())
    ours = told.filter(forecaster=OURS)
    rows: list[dict[str, object]] = []
    for name in FORECASTERS:
        own = told.filter(forecaster=name)
        found = coverage(*(own[column].to_numpy() for column in ("p10", "p90", "won")))
        rows.append({"forecaster": name, "quarters": own.height, "covered": found.covered})
        if own.is_empty():
            reasons = tested.filter(forecaster=name).sort("quarter_on")["reason"].drop_nulls()
            rows[-1] |= {"reason": reasons.last() if len(reasons) else None}
        else:
            same = ours.join(own, on="quarter_on", how="semi")
            rows[-1] |= {column: own[column].mean() for column in ("crps", *_PINBALL)}
            rows[-1] |= {
                "ours_crps": same["crps"].mean(),
                "coverage": found.share,
                "coverage_low": found.low,
                "coverage_high": found.high,
                "mean_pit": own["pit"].mean(),
            }
    return framed(ForecastScores, rows)


_PINBALL = ("pinball_p10", "pinball_p50", "pinball_p90")


def _of_quarter(
    warehouse: Warehouse, scope: Scope, quarter: Period, known: Deals, stood: Pipelines, draws: int
) -> list[dict[str, object]]:
    """Ours and the baselines of one quarter, from the day before it."""
    _, won = known.won.within(quarter)
    origin = quarter.start - timedelta(days=1)
    whole = {"quarter_on": quarter.start, "quarter_end_on": quarter.end, "won": won}
    start, end = scope.period.start, min(scope.period.end, origin)
    try:
        if end < start:
            raise MetricError(f"the period begins on {in_words(start)}: nothing was known before")
        then = replace(scope, period=Period(start, end), observed_until=origin)
        past = history(warehouse, then)
    except MetricError as error:
        return [whole | {"forecaster": name, "reason": str(error)} for name in FORECASTERS]
    landed = landing(past, draw(past, draws))
    ours = (
        _scored(landed.total_revenue[0], won)
        if landed.has_amounts
        else {"reason": "no deal won by then has an amount"}
    )
    rows = [whole | {"forecaster": OURS} | ours]
    months = won_by_month(past)
    begins = [*(each.start for each in past_quarters(past)), quarter.start]
    for baseline in BASELINES:
        try:
            scored = _scored(_drawn(baseline, months, begins, stood)[0], won)
        except TooEarlyError as error:
            scored = {"reason": str(error)}
        rows.append(whole | {"forecaster": baseline.value} | scored)
    return rows


def _drawn(
    baseline: Baseline, months: NDArray[np.float64], begins: Sequence[date], stood: Pipelines
) -> NDArray[np.float64]:
    """[1, values]: what a baseline says of the last of the quarters that begin on these days.

    `months` is won revenue of each month of the others.
    """
    if isinstance(baseline, ByRevenue):
        return predictive_by_revenue(baseline, months, 1)

    def say(over: int) -> NDArray[np.float64]:
        return np.array([stood.point(baseline, begins[over])])

    return predictive(baseline.value, say, of_quarters(months), 1)


def _scored(drawn: NDArray[np.float64], won: float) -> dict[str, object]:
    quantiles = np.quantile(drawn, LEVELS)
    came = np.array(won)
    losses = pinball(quantiles, LEVELS, came)
    return {
        **dict(zip(("p10", "p50", "p90"), quantiles.tolist(), strict=True)),
        **dict(zip(_PINBALL, losses.tolist(), strict=True)),
        "crps": max(0.0, float(crps(drawn, came))),
        "pit": float(mid_pit(drawn, came)),
    }
