"""How amounts change with something: the slope of their logarithms, drawn towards none."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray


@dataclass(frozen=True, slots=True, eq=False)
class LogGroups:
    """Logarithms of amounts in groups: where each group is, how many, their sum and squares' sum.

    Raises ValueError where lengths differ.
    """

    at: NDArray[np.float64]
    records: NDArray[np.int64]
    total: NDArray[np.float64]
    squares: NDArray[np.float64]

    def __post_init__(self) -> None:
        if len({len(self.at), len(self.records), len(self.total), len(self.squares)}) > 1:
            raise ValueError("the groups need one length")

    @classmethod
    def of(cls, at: ArrayLike, amounts: ArrayLike) -> LogGroups:
        """The groups of amounts above 0 that are each at one place."""
        places, amount = np.asarray(at, dtype=np.float64), np.asarray(amounts, dtype=np.float64)
        known, group = np.unique(places[amount > 0], return_inverse=True)
        logs = np.log(amount[amount > 0])
        return cls(
            known,
            np.bincount(group, minlength=len(known)).astype(np.int64),
            np.bincount(group, weights=logs, minlength=len(known)).astype(np.float64),
            np.bincount(group, weights=logs**2, minlength=len(known)).astype(np.float64),
        )


def log_slope(groups: LogGroups, usual: float) -> float:
    """By how much does the logarithm of an amount grow over one step to the right?

    The slope of least squares over all records, drawn towards 0 as a normal of standard deviation
    `usual` beforehand has it. Its error is that of the records around the line, or of the groups'
    means where these lie further off than chance puts them. 0 for fewer than four records or three
    groups, which tell none.

    >>> groups = LogGroups.of([0, 1, 2, 3] * 200, np.exp(0.1 * np.array([0, 1, 2, 3] * 200)))
    >>> round(log_slope(groups, usual=0.1), 3)
    0.1
    """
    n = groups.records.astype(np.float64)
    records, places = n.sum(), len(n)
    if records < 4 or places < 3:
        return 0.0
    off = groups.at - n @ groups.at / records
    mean = groups.total.sum() / records
    spread = n @ off**2
    slope = off @ groups.total / spread
    around_groups = groups.total / n - mean - slope * off
    within = groups.squares.sum() - records * mean**2 - slope**2 * spread
    variance = max(within / (records - 2), n @ around_groups**2 / (places - 2), 0.0)
    error = variance / spread
    return float(slope * usual**2 / (usual**2 + error))
