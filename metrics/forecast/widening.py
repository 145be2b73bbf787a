"""Widening: ranges as wide as the misses of past forecasts ask for."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from metrics.estimators.forecasts.conformal import (
    STEP,
    conformity,
    next_miscoverage,
    widened,
    widening,
)
from metrics.forecast.back_test import OURS

TARGET = 0.2
"""The miscoverage of the range from P10 to P90."""

SAVED = STEP * (1 - TARGET)
"""Hits are saved up for one miss, which is chance; the second in a short time widens."""

LEAST = 0.01
"""A range is asked to miss at least so often, however long misses go on."""


@dataclass(frozen=True, slots=True)
class Widening:
    """How many times as wide a range is made, and what that is learnt from.

    `missed` of `quarters` past forecasts did not hold what came, as they were drawn.
    """

    factor: float
    missed: int
    quarters: int

    @property
    def reason(self) -> str:
        """Why the ranges are as they are, in words.

        >>> Widening(1.4, 5, 8).reason
        'Ranges are 1.4 times as wide as drawn, because 5 of the last 8 quarters fell outside.'
        """
        if self.factor == 1:
            return "Ranges are as drawn: past ones held what came as often as they should."
        return (
            f"Ranges are {self.factor:.1f} times as wide as drawn, because {self.missed} of the"
            f" last {self.quarters} quarters fell outside."
        )


AS_DRAWN = Widening(1.0, 0, 0)
"""Of no past forecasts."""


def widening_of(tested: pl.DataFrame) -> Widening:
    """How much wider must the next forecast be, given how our past ones did?

    `tested` are the rows of `back_test`. As long as more quarters fell outside than may, the
    latest counting most, ranges are widened by how far outside they fell, and as soon as they hold
    again they are left as drawn. Without past forecasts they are as drawn.

    Source: Gibbs and Candès (2021), with the scores of Barber and others (2023).
    """
    ours = tested.filter(pl.col("crps").is_not_null(), forecaster=OURS).sort("quarter_on")
    fans, came = ours.select("p10", "p50", "p90").to_numpy(), ours["won"].to_numpy()
    missed = int(((came < fans[:, 0]) | (came > fans[:, 2])).sum())
    return Widening(next_factor(fans, came), missed, len(came))


def widened_in_turn(fans: NDArray[np.float64], came: NDArray[np.float64]) -> NDArray[np.float64]:
    """[forecasts, 3]: P10, P50 and P90 of each forecast, widened by those before it.

    The earliest first, each known to be met or missed when the next is made. Never below 0.
    """
    return _in_turn(fans, came)[0]


def next_factor(fans: NDArray[np.float64], came: NDArray[np.float64]) -> float:
    """By which factor is the forecast after these to be widened?"""
    return _in_turn(fans, came)[1]


def _in_turn(
    fans: NDArray[np.float64], came: NDArray[np.float64]
) -> tuple[NDArray[np.float64], float]:
    """Each fan as it is widened when it is made, and the factor of the next one."""
    scores = conformity(fans[:, 0], fans[:, 1], fans[:, 2], came)
    said = np.empty_like(fans)
    asked, factor = TARGET, 1.0
    for place, (fan, actual) in enumerate(zip(fans, came.tolist(), strict=True)):
        said[place] = np.maximum(widened(fan, fan[1], factor), 0)
        missed = not said[place, 0] <= actual <= said[place, 2]
        asked = min(next_miscoverage(asked, missed=missed, target=TARGET), TARGET + SAVED)
        # Short of what rounding makes of one miss and four hits.
        is_short = asked < TARGET - 1e-9
        factor = widening(scores[: place + 1], max(asked, LEAST)) if is_short else 1.0
    return said, factor
