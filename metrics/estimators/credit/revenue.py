"""How sure credited money is: groups of accounts drawn again, and each deal's amount with them."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

_CELLS_AT_ONCE = 2**22


def revenue_draws(
    credit: Any,
    groups: NDArray[np.int64],
    weights: Floats,
    bandwidth: float,
    rng: np.random.Generator,
) -> Floats:
    """What could the segments have earned, given the deals seen? [draws, segments].

    `credit` is [deals, segments], an array or a sparse matrix by rows; `groups` has each deal's
    group of accounts, `weights` [draws, groups] how often each group is drawn
    (`bands.group_weights`). In every draw each deal's amount is multiplied by a log-normal number
    of mean 1 and standard deviation `bandwidth` on the log scale, the same for all segments of the
    deal: one deal more or less would not have had an amount that was already seen. The mean stays
    what it is.

    Raises ValueError for a negative bandwidth.
    Source: the Poisson bootstrap, Chamandy et al. (2012), with the smoothing of Silverman (1986).

    >>> credit = np.array([[30.0, 70.0], [20.0, 0.0]])
    >>> weights = np.array([[1.0, 1.0], [2.0, 0.0]])
    >>> revenue_draws(credit, np.array([0, 1]), weights, 0, np.random.default_rng(1)).tolist()
    [[50.0, 70.0], [60.0, 140.0]]
    """
    if bandwidth < 0:
        raise ValueError(f"a bandwidth of {bandwidth} is negative")
    deals, segments = credit.shape
    found = np.zeros((len(weights), segments))
    block = max(1, _CELLS_AT_ONCE // len(weights))
    for start in range(0, deals, block):
        part = slice(start, min(start + block, deals))
        drawn = weights[:, groups[part]]
        if bandwidth:
            noise = rng.standard_normal(drawn.shape)
            drawn = drawn * np.exp(bandwidth * noise - bandwidth**2 / 2)
        found += drawn @ credit[part]
    return found
