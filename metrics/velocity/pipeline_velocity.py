"""Pipeline velocity: how much the open pipeline pays a day, and what the usual formula says."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar

import numpy as np
import polars as pl

from data.engine.warehouse import Warehouse
from data.schema.contract import columns
from data.schema.frames import DataFrame, pa
from data.sql import Query, Step
from metrics.estimators.age_counts import AgeCounts
from metrics.estimators.incidence import incidence
from metrics.scope import Scope, Unit
from metrics.velocity.curves import step_curves


class PipelineVelocity(pa.DataFrameModel):
    """One row: open deals × win rate × average deal ÷ days in the pipeline.

    `open_deals` on the last day observed. `win_rate` is the share of deals opened in the period
    that is won by `horizon_days`, `mean_days` the mean time until a deal is won, lost or that
    horizon, whichever comes first. `average_amount` is that of deals won in the period.
    `velocity_amount` is what this makes a day, in the base currency. `usual_*` are those of the
    usual formula: won ÷ (won + lost) of the deals opened in the period, and the median days of
    those won so far; its velocity is too high, since the median leaves out slow and lost deals.
    All are null where nothing closed, or where no day of opening in the period is known.
    """

    open_deals: int = pa.Field(ge=0)
    average_amount: float = pa.Field(nullable=True)
    win_rate: float = pa.Field(ge=0, le=1, nullable=True)
    mean_days: float = pa.Field(ge=0, nullable=True)
    horizon_days: int = pa.Field(ge=1, nullable=True)
    velocity_amount: float = pa.Field(nullable=True)
    usual_win_rate: float = pa.Field(ge=0, le=1, nullable=True)
    usual_median_days: float = pa.Field(ge=0, nullable=True)
    usual_velocity_amount: float = pa.Field(nullable=True)

    class Config:
        """Exactly these columns."""

        strict: ClassVar[bool] = True
        ordered: ClassVar[bool] = True


def pipeline_velocity(warehouse: Warehouse, scope: Scope) -> DataFrame[PipelineVelocity]:
    """How much does the open pipeline pay a day, and what does the usual formula say?

    Velocity = open deals × win rate × average deal ÷ mean days in the pipeline of all exits, the
    restricted mean Σ S(t) up to the last age with enough deals at risk; open deals count as long as
    they are seen. Deals whatever the unit.

    Source: restricted mean of the Aalen-Johansen curves (`metrics.estimators.incidence`).
    """
    of_deals = replace(scope, unit=Unit.DEAL)
    open_deals, average, opened = _sums(warehouse, of_deals)
    row: dict[str, float | int | None] = {"open_deals": open_deals, "average_amount": average}
    counts = step_curves(warehouse, of_deals)[0].counts
    if opened and counts is not None and counts.converted.sum() + counts.exited.sum():
        row |= _of_curve(counts)
        worth = open_deals * (average or 0.0)
        for name, rate, days in (
            ("velocity_amount", "win_rate", "mean_days"),
            ("usual_velocity_amount", "usual_win_rate", "usual_median_days"),
        ):
            if average is not None and row[rate] is not None and row[days]:
                row[name] = worth * float(row[rate] or 0) / float(row[days] or 1)
    names = columns(PipelineVelocity)
    found = pl.DataFrame([{name: row.get(name) for name in names}], schema=names)
    return PipelineVelocity.validate(found, lazy=True)


def _sums(warehouse: Warehouse, scope: Scope) -> tuple[int, float | None, int]:
    """Open deals, the average amount of those won in the period, and how many opened in it."""
    won = (
        "outcome = 'won' AND closed_on BETWEEN period_start AND period_end"
        " AND closed_on <= observed_until"
    )
    step = Step(
        "sums",
        f"""
        SELECT count(CASE WHEN opened_on <= observed_until
                AND (outcome = 'open' OR closed_on > observed_until) THEN 1 END) AS open_deals,
            avg(CASE WHEN {won} THEN CAST(amount AS DOUBLE) END) AS average_amount,
            count(CASE WHEN opened_on BETWEEN period_start AND period_end THEN 1 END) AS opened
        FROM scoped
        """,
    )
    found: tuple[int, float | None, int] = warehouse.query(Query(scope.step("deal"), step)).row(0)
    return found


def _of_curve(counts: AgeCounts) -> dict[str, float | int | None]:
    curve = incidence(counts)
    won, lost = float(counts.converted.sum()), float(counts.exited.sum())
    median = None
    if won:
        by_age = np.cumsum(counts.converted)
        median = float(np.argmax(by_age >= won / 2))
    return {
        "win_rate": min(1.0, curve.final),
        "mean_days": restricted_mean(curve.open),
        "horizon_days": curve.horizon,
        "usual_win_rate": won / (won + lost),
        "usual_median_days": median,
    }


def restricted_mean(still_open: np.ndarray[tuple[int], np.dtype[np.float64]]) -> float:
    """The mean days until an exit or the last age: the sum of the shares open after each age.

    `still_open` has the share open after each age from 0. Of two, one leaves on day 1 and one on
    day 3: the mean is 2.

    >>> restricted_mean(np.array([1.0, 0.5, 0.5, 0.0]))
    2.0
    """
    return float(still_open[:-1].sum())
