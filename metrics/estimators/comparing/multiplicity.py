"""Multiplicity: what of many differences remains when some look large by chance."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.stats import false_discovery_control

Floats = NDArray[np.float64]


def benjamini_hochberg(p_values: Floats) -> Floats:
    """Which of many differences are more than chance, when all are looked at?

    Adjusted p-values in the same order. Naming those up to 0.05 keeps the share of false ones among
    the named at 5% on average. A difference that was not tested (NaN) stays NaN and does not
    count as one of the many. Raises ValueError for a p-value outside 0 and 1.

    Source: Benjamini and Hochberg (1995).

    >>> benjamini_hochberg(np.array([0.01, np.nan, 0.04, 0.03])).tolist()
    [0.03, nan, 0.04, 0.04]
    """
    adjusted = np.array(p_values, np.float64)
    tested = ~np.isnan(adjusted)
    adjusted[tested] = false_discovery_control(adjusted[tested])
    return adjusted
