"""How sure a count of events is."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaincinv

Floats = NDArray[np.float64]


def poisson_bounds(counts: Floats, level: float = 0.95) -> tuple[Floats, Floats]:
    """Between which bounds does the expected number lie, of which so many came?

    Exact, elementwise: low and high are the rates under which as many or more, and as few or fewer,
    come with (1 − level) ÷ 2. Events are taken to be independent. The low bound of 0 is 0.

    Raises ValueError for a negative count.
    Source: Garwood (1936).

    >>> [bound.round(3).tolist() for bound in poisson_bounds(np.array([0.0, 10.0]))]
    [[0.0, 4.795], [3.689, 18.39]]
    """
    if (counts < 0).any():
        raise ValueError("a count is negative")
    tail = (1 - level) / 2
    low = np.where(counts > 0, gammaincinv(np.maximum(counts, 1), tail), 0)
    return low, np.asarray(gammaincinv(counts + 1, 1 - tail))
