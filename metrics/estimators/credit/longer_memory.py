"""Chains in which the next step depends on the last few touches, not on the last alone."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse.linalg import spsolve

Floats = NDArray[np.float64]
Numbers = NDArray[np.int64]

NONE = -1
"""In a state: no touch, so far back."""


@dataclass(frozen=True, slots=True, eq=False)
class Steps:
    """How many journeys go from their last touches to a next touch, a conversion or an end.

    `last` is [rows, order]: the channels of the last touches, the newest in the last column, `NONE`
    where a journey has had fewer; a journey begins at `NONE` alone. `following` is the channel of
    the next touch, or `channels` for a conversion and `channels + 1` for an end without one.
    `weight` may be in parts of a journey. Rows may repeat; their weights add up.

    Raises ValueError where lengths differ, a channel or weight cannot be, or a touch is followed by
    none.
    """

    last: Numbers
    following: Numbers
    weight: Floats
    channels: int

    def __post_init__(self) -> None:
        if self.last.ndim != 2 or self.last.shape[1] == 0:
            raise ValueError("last touches are [rows, order], of an order of at least 1")
        if not len(self.last) == len(self.following) == len(self.weight):
            raise ValueError("last touches, what follows and weights differ in length")
        if not np.isfinite(self.weight).all() or (self.weight < 0).any():
            raise ValueError("weights are finite numbers of at least 0")
        if ((self.last < NONE) | (self.last >= self.channels)).any():
            raise ValueError(f"a touch is {NONE} to {self.channels - 1}")
        if ((self.following < 0) | (self.following > self.channels + 1)).any():
            raise ValueError(f"what follows is 0 to {self.channels + 1}")
        touched = self.last != NONE
        if (touched[:, :-1] & ~touched[:, 1:]).any():
            raise ValueError("a touch is followed by none")


def removal_effects(steps: Steps) -> Floats:
    """What share of conversions would be lost if whoever comes to a channel went no further?

    [channels]; NaN for every channel where nothing converts. A journey is lost at the first touch
    of the channel, however many touches the next step depends on. One sparse solution for each
    channel. Raises what `Steps` does, and ValueError for a journey that comes to touches which
    nothing follows.

    The same journeys as in `chain.removal_effects`, at order 2:

    >>> steps = Steps(
    ...     np.array([[-1, -1], [-1, 0], [0, 1], [1, 2], [-1, 0], [-1, -1], [-1, 1], [1, 2]]),
    ...     np.array([0, 1, 2, 3, 4, 1, 2, 4]), np.array([2.0, 1, 1, 1, 1, 1, 1, 1]), 3)
    >>> removal_effects(steps).round(3).tolist()
    [0.5, 1.0, 1.0]
    """
    states, source = np.unique(coded(steps.last, steps.channels), return_inverse=True)
    total = np.bincount(source, steps.weight, len(states))
    taken = steps.weight > 0
    share = np.divide(steps.weight, total[source], out=np.zeros_like(steps.weight), where=taken)
    goes_on = taken & (steps.following < steps.channels)
    came_to = np.column_stack((steps.last[goes_on, 1:], steps.following[goes_on]))
    target = np.searchsorted(states, coded(came_to, steps.channels))
    known = states[np.minimum(target, len(states) - 1)] == coded(came_to, steps.channels)
    if not known.all():
        raise ValueError("a journey comes to touches that nothing follows")
    shape = (len(states), len(states))
    onward = sparse.csr_array((share[goes_on], (source[goes_on], target)), shape=shape)
    is_won = steps.following == steps.channels
    converts = np.bincount(source[is_won], share[is_won], len(states)).astype(np.float64)
    start = np.flatnonzero(states == 0)
    everything = np.ones(len(states), dtype=bool)
    overall = _from_start(onward, converts, start, everything)
    if overall == 0:
        return np.full(steps.channels, np.nan)
    touches = _decoded(states, steps.last.shape[1], steps.channels)
    without = [
        _from_start(onward, converts, start, ~(touches == channel).any(axis=1))
        for channel in range(steps.channels)
    ]
    return 1 - np.asarray(without) / overall


def coded(touches: Numbers, channels: int) -> Numbers:
    """One number for each state; 0 is the start."""
    place = (channels + 1) ** np.arange(touches.shape[1])[::-1]
    return np.asarray((touches - NONE) @ place)


def _decoded(states: Numbers, order: int, channels: int) -> Numbers:
    place = (channels + 1) ** np.arange(order)[::-1]
    return np.asarray(states[:, None] // place % (channels + 1) + NONE)


def _from_start(
    onward: sparse.csr_array, converts: Floats, start: Numbers, kept: NDArray[np.bool_]
) -> float:
    """The chance to convert from the start, by the states that are kept."""
    if len(start) == 0:
        return 0.0
    places = np.flatnonzero(kept)
    left = sparse.eye_array(len(places)) - onward[places][:, places]
    chances = np.atleast_1d(spsolve(left.tocsc(), converts[places]))
    return float(chances[np.searchsorted(places, start[0])])
