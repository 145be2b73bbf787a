"""Wins of few records, each asked by itself in which window it wins."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

ONE_BY_ONE = 40
"""So many records are asked each by itself sooner than together, which takes a binomial a draw."""


def wins_one_by_one(
    records: int, chances: Sequence[NDArray[np.float64]], draws: int, rng: np.random.Generator
) -> NDArray[np.int64]:
    """[windows, draws]: the wins of so many records, each of which wins in one window at most.

    One number for each record says in which. `chances` has each window's chance per draw, over
    again where there are fewer of them.

    >>> certain = [np.array([0.0, 1.0]), np.array([1.0, 0.0])]
    >>> wins_one_by_one(2, certain, 3, np.random.default_rng(1)).tolist()
    [[0, 2, 0], [2, 0, 2]]
    """
    by_end = np.cumsum(chances, axis=0).astype(np.float32)
    by_end = np.tile(by_end, -(-draws // by_end.shape[1]))[:, :draws]
    won = np.zeros(by_end.shape, dtype=np.int16)
    for _ in range(records):
        won += rng.random(draws, dtype=np.float32) < by_end
    won[1:] -= won[:-1].copy()
    return won.astype(np.int64)
