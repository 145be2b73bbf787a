"""History: leads that were given to sellers, counted by what decided who got them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

SEGMENT, LEVEL, MONTH, SELLER = range(4)
"""The axes of what is counted by cell."""


@dataclass(frozen=True, slots=False, eq=False)
class History:
    """Leads given to sellers, one element per cell and group of accounts.

    `cell` is the flat index of [segment, level, month, seller] in `shape`, `group` the group of
    accounts whose leads stay together, `given` how many leads, `reached` how many of them got so
    far as is asked about.

    Raises ValueError where lengths differ, or more reached it than were given.

    >>> History(np.array([0, 3]), np.array([0, 1]), np.array([4.0, 2]), np.array([1.0, 2]),
    ...         (1, 1, 2, 2)).counted[0].ravel().tolist()
    [4.0, 0.0, 0.0, 2.0]
    """

    cell: Integers
    group: Integers
    given: Floats
    reached: Floats
    shape: tuple[int, int, int, int]

    def __post_init__(self) -> None:
        if len({len(self.cell), len(self.group), len(self.given), len(self.reached)}) > 1:
            raise ValueError("cells, groups and counts need one length")
        if (self.reached > self.given).any():
            raise ValueError("more leads reached it than were given")

    @cached_property
    def counted(self) -> tuple[Floats, Floats]:
        """How many were given and reached it: two arrays of [segment, level, month, seller]."""
        size = int(np.prod(self.shape))
        given = np.bincount(self.cell, self.given, size).astype(np.float64)
        reached = np.bincount(self.cell, self.reached, size).astype(np.float64)
        return given.reshape(self.shape), reached.reshape(self.shape)

    def of(self, rows: NDArray[np.bool_]) -> History:
        """Some of the rows."""
        return History(
            self.cell[rows], self.group[rows], self.given[rows], self.reached[rows], self.shape
        )
