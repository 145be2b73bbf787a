"""Forecasts of one company quarter by quarter, widened as far as earlier ones missed."""

from __future__ import annotations

from enum import Enum

import numpy as np
import polars as pl
from numpy.typing import NDArray

from metrics.estimators.forecasts.conformal import conformity, next_miscoverage, widened, widening
from metrics.forecast.widening import LEAST, TARGET, widened_in_turn


class Widening(Enum):
    """When the interval of a forecast is widened."""

    NEVER = "as forecast"
    AFTER_MISSES = "widened after misses"
    """While more of the forecasts before missed than may, as the product does it."""
    ALWAYS = "always widened"


def widened_intervals(rolling: pl.DataFrame, way: Widening) -> pl.DataFrame:
    """The rows with `p10` and `p90` widened; each is known when the next forecast is made.

    One row per company and origin, with forecasts of the quarter that follows.
    """
    if way is Widening.NEVER:
        return rolling
    parts = []
    for _, rows in rolling.sort("company", "origin").group_by("company", maintain_order=True):
        fans, came = rows.select("p10", "p50", "p90").to_numpy(), rows["actual"].to_numpy()
        ends = _always(fans, came) if way is Widening.ALWAYS else widened_in_turn(fans, came)
        parts.append(rows.with_columns(p10=pl.Series(ends[:, 0]), p90=pl.Series(ends[:, 2])))
    return pl.concat(parts) if parts else rolling


def _always(fans: NDArray[np.float64], came: NDArray[np.float64]) -> NDArray[np.float64]:
    scores = conformity(fans[:, 0], fans[:, 1], fans[:, 2], came)
    asked, found = TARGET, np.empty_like(fans)
    for place, (fan, actual) in enumerate(zip(fans, came.tolist(), strict=True)):
        factor = widening(scores[:place], max(asked, LEAST))
        found[place] = np.maximum(widened(fan, fan[1], factor), 0)
        missed = not found[place, 0] <= actual <= found[place, 2]
        asked = min(next_miscoverage(asked, missed=missed, target=TARGET), TARGET)
    return found
