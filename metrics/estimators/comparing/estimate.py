"""Estimate: a number between its bounds, as it travels from an estimator to its reader."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Estimate:
    """A number between its bounds; NaN where it is not known."""

    value: float
    low: float
    high: float

    @staticmethod
    def of(value: float, draws: NDArray[np.float64], level: float = 0.95) -> Estimate:
        """A number with the bounds of its draws.

        >>> Estimate.of(50.0, np.arange(101.0), level=0.5)
        Estimate(value=50.0, low=25.0, high=75.0)
        """
        low, high = np.quantile(draws, [(1 - level) / 2, (1 + level) / 2])
        return Estimate(value, float(low), float(high))

    def times(self, factor: float) -> Estimate:
        """The same number in another unit.

        >>> Estimate(2.0, 1.0, 4.0).times(-10)
        Estimate(value=-20.0, low=-40.0, high=-10.0)
        """
        low, high = sorted((self.low * factor, self.high * factor))
        return Estimate(self.value * factor, low, high)

    @property
    def above_zero(self) -> bool:
        """Whether all of it is above 0."""
        return self.low > 0

    @property
    def below_zero(self) -> bool:
        """Whether all of it is below 0."""
        return self.high < 0
