"""How long each step takes those who go on, and how sure that is."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
import polars as pl

from data.engine.warehouse import Warehouse
from data.schema.contract import columns
from data.schema.frames import DataFrame, pa
from metrics.estimators.age_counts import AgeCounts
from metrics.estimators.incidence import draw_incidence
from metrics.funnel.incidence import step_incidence
from metrics.scope import Scope, Stage
from metrics.velocity.curves import step_curves

DRAWS, SEED = 400, 17

SHARES = {"half": 0.5, "most": 0.9}
"""Which share of those who convert have converted within the days told."""


class TimeToConvert(pa.DataFrameModel):
    """One row per step of the unit, and last one from its first stage to its last.

    `days_half` and `days_most` are the days within which half and 90% of the eventual converters
    have converted, each with an 80% band (`_low`, `_high`); all are null of fewer than five.
    `rate_30` to `rate_90` are the shares of all that came in converted within so many days, `final`
    that by `horizon_days`, as in `step_incidence`. `undated` have gone on as well, on a day that
    nobody recorded; where they are over a tenth of those that have, nothing is told of the step.
    """

    from_stage: str = pa.Field(isin=[stage.value for stage in Stage])
    to_stage: str = pa.Field(isin=[stage.value for stage in Stage])
    records: int = pa.Field(ge=0)
    converted: int = pa.Field(ge=0)
    undated: int = pa.Field(ge=0)
    days_half: float = pa.Field(ge=0, nullable=True)
    days_half_low: float = pa.Field(ge=0, nullable=True)
    days_half_high: float = pa.Field(ge=0, nullable=True)
    days_most: float = pa.Field(ge=0, nullable=True)
    days_most_low: float = pa.Field(ge=0, nullable=True)
    days_most_high: float = pa.Field(ge=0, nullable=True)
    rate_30: float = pa.Field(ge=0, le=1, nullable=True)
    rate_60: float = pa.Field(ge=0, le=1, nullable=True)
    rate_90: float = pa.Field(ge=0, le=1, nullable=True)
    final: float = pa.Field(ge=0, le=1, nullable=True)
    horizon_days: int = pa.Field(ge=1, nullable=True)

    class Config:
        """Exactly these columns."""

        strict: ClassVar[bool] = True
        ordered: ClassVar[bool] = True


def time_to_convert(warehouse: Warehouse, scope: Scope) -> DataFrame[TimeToConvert]:
    """How long does each step take those who go on, and which share goes on within 30 to 90 days?

    t_q = min{t : F(t) ≥ q · F(H)}: the time by which q of the eventual converters have converted,
    of those that reached the step's first stage in the period. A plain median does not exist when
    fewer than half convert, and that of those converted so far is too short. Bands are the 10% and
    90% quantiles of the same of draws of the curve. Basis and window do not matter.

    Source: `metrics.funnel.incidence.step_incidence`; draws of `metrics.estimators.incidence`.
    """
    rows = step_incidence(warehouse, scope).to_dicts()
    for row, step in zip(rows, step_curves(warehouse, scope), strict=True):
        if step.counts is not None and step.has_enough:
            row |= _bands(step.counts)
    names = columns(TimeToConvert)
    found = pl.DataFrame([{name: row.get(name) for name in names} for row in rows], schema=names)
    return TimeToConvert.validate(found, lazy=True)


def _bands(counts: AgeCounts) -> dict[str, float]:
    ages = np.arange(counts.horizon + 1)
    curves = draw_incidence(counts, DRAWS, np.random.default_rng(SEED)).at(ages)
    found = {}
    for name, share in SHARES.items():
        reached = np.argmax(curves >= share * curves[:, -1:] * (1 - 1e-6), axis=1)
        for side, level in (("low", 0.1), ("high", 0.9)):
            found[f"days_{name}_{side}"] = float(np.quantile(reached, level))
    return found
