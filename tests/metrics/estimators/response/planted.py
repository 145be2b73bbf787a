"""Panels of regions by weeks with planted response curves."""

from __future__ import annotations

import numpy as np

from metrics.estimators.response.curve import expected
from metrics.estimators.response.panel import Hill, Panel

TRUTH = Hill(
    beta=np.array([40.0, 25.0, 15.0]),
    kappa=np.array([100.0, 80.0, 60.0]),
    slope=np.array([1.0, 0.9, 1.2]),
    carryover=np.array([0.3, 0.2, 0.5]),
)
"""Curves of three channels, concave over nearly all of what is spent."""


def panel(
    seed: int, units: int = 12, periods: int = 104, channels: int = 3, noise: float = 1.0
) -> Panel:
    """Spend that varies by itself, levels of the regions, a trend, and noise."""
    generator = np.random.default_rng(seed)
    usual = np.array([100.0, 60.0, 40.0])[:channels, None, None]
    spend = usual * generator.lognormal(0, 0.6, (channels, units, periods))
    trend = np.tile(np.linspace(-1, 1, periods), (1, units, 1))
    names = ("Search", "Social", "Fairs")[:channels]
    empty = Panel(names, np.zeros((units, periods)), spend, trend)
    level = generator.uniform(30, 70, (units, 1)) + 8 * trend[0]
    came = level + expected(empty, some(channels)) + noise * generator.standard_normal(level.shape)
    return Panel(names, came, spend, trend)


def some(channels: int) -> Hill:
    """The planted curves of the first so many channels."""
    columns = (TRUTH.beta, TRUTH.kappa, TRUTH.slope, TRUTH.carryover)
    return Hill(*(each[:channels] for each in columns))
