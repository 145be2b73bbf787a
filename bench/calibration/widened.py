"""Forecasts of one company quarter by quarter, widened as far as earlier ones missed."""

from __future__ import annotations

from enum import Enum

import numpy as np
import polars as pl

from metrics.estimators.conformal import conformity, next_miscoverage, widened, widening

TARGET = 0.2
"""The miscoverage of the intervals from P10 to P90."""


class Widening(Enum):
    """When the interval of a forecast is widened."""

    NEVER = "as forecast"
    AFTER_MISSES = "widened after misses"
    """While more of the forecasts before missed than may, the latest counting most."""
    ALWAYS = "always widened"


def widened_intervals(rolling: pl.DataFrame, way: Widening) -> pl.DataFrame:
    """The rows with `p10` and `p90` widened; each is known when the next forecast is made.

    One row per company and origin, with forecasts of the quarter that follows.
    """
    if way is Widening.NEVER:
        return rolling
    parts = []
    for _, rows in rolling.sort("company", "origin").group_by("company", maintain_order=True):
        fans = rows.select("p10", "p50", "p90").to_numpy()
        scores = conformity(fans[:, 0], fans[:, 1], fans[:, 2], rows["actual"].to_numpy())
        asked, found = TARGET, []
        for place, (fan, actual) in enumerate(zip(fans, rows["actual"], strict=True)):
            is_on = way is Widening.ALWAYS or asked < TARGET
            factor = widening(scores[:place], min(max(asked, 0.01), 0.99)) if is_on else 1.0
            wide = np.maximum(widened(fan, fan[1], factor), 0)
            found.append(wide)
            missed = not wide[0] <= actual <= wide[2]
            asked = min(next_miscoverage(asked, missed=missed, target=TARGET), TARGET)
        ends = np.array(found)
        parts.append(rows.with_columns(p10=pl.Series(ends[:, 0]), p90=pl.Series(ends[:, 2])))
    return pl.concat(parts) if parts else rolling
