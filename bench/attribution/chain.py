"""A planted chain of touches, and the credit that endless journeys of it would give."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from metrics.estimators.credit.chain import chain_shapley, removal_effects

Floats = NDArray[np.float64]
Numbers = NDArray[np.int64]

NOTHING = -1
"""In a path: it was over by then."""

_PATHS = 150_000
_MOST_STEPS = 60


@dataclass(frozen=True, eq=False)
class Chain:
    """How journeys go on from the start (row 0) and from each channel, in shares of those there.

    `steps` is [channels + 1, channels + 2]: to a channel, to a conversion (the last column but
    one), to nothing. No channel follows itself. `days` is how long the next step takes on average
    from each channel.
    """

    steps: Floats
    days: Floats

    @property
    def channels(self) -> int:
        """How many channels there are."""
        return len(self.days)

    def walked(self, journeys: int, rng: np.random.Generator) -> tuple[Numbers, NDArray[np.bool_]]:
        """The paths of so many journeys, [journeys, steps], and which of them convert."""
        return _walked(self.steps, journeys, rng)

    @cached_property
    def credit(self) -> dict[str, Floats]:
        """The share of each channel by model, of all conversions that the chain can bring.

        Removal effects and Shapley values are exact; deals are shared by them over so many
        converting journeys that what chance leaves is about a tenth of a point.
        """
        paths, _ = _walked(_converting(self.steps), _PATHS, np.random.default_rng(7))
        there = paths[..., None] == np.arange(self.channels)
        touches = there.sum(axis=1).astype(float)
        first = paths[:, 0]
        last = paths[np.arange(len(paths)), (paths != NOTHING).sum(axis=1) - 1]
        found = {
            "first": np.bincount(first, minlength=self.channels) / len(paths),
            "last": np.bincount(last, minlength=self.channels) / len(paths),
            "linear": (touches / touches.sum(axis=1, keepdims=True)).mean(axis=0),
        }
        weights = {"markov_1": removal_effects(self.steps), "shapley": chain_shapley(self.steps)}
        for name, weight in weights.items():
            parts = (touches > 0) * weight
            found[name] = (parts / parts.sum(axis=1, keepdims=True)).mean(axis=0)
        return found


def random_chain(rng: np.random.Generator) -> Chain:
    """Four to eight channels, of unequal size, effect and pace."""
    channels = int(rng.integers(4, 9))
    popular = rng.dirichlet(np.full(channels, 2.0))
    steps = np.zeros((channels + 1, channels + 2))
    steps[0, :channels] = rng.dirichlet(40 * popular + 0.5)
    for channel in range(channels):
        others = popular * rng.gamma(3.0, 1 / 3, channels)
        others[channel] = 0
        goes_on, converts = rng.uniform(0.3, 0.6), rng.uniform(0.03, 0.2)
        steps[channel + 1, :channels] = goes_on * others / others.sum()
        steps[channel + 1, channels] = (1 - goes_on) * converts
        steps[channel + 1, channels + 1] = (1 - goes_on) * (1 - converts)
    return Chain(steps, rng.uniform(3.0, 40.0, channels))


def _converting(steps: Floats) -> Floats:
    """The chain of the journeys that convert: each step by the chance to convert after it."""
    channels = len(steps) - 1
    onward = steps[1:, :channels]
    chances = np.linalg.solve(np.eye(channels) - onward, steps[1:, channels])
    left = steps * np.concatenate((chances, [1.0, 0.0]))
    return np.asarray(left / left.sum(axis=1, keepdims=True))


def _walked(
    steps: Floats, journeys: int, rng: np.random.Generator
) -> tuple[Numbers, NDArray[np.bool_]]:
    channels = len(steps) - 1
    until = np.cumsum(steps, axis=1)
    until /= until[:, -1:]
    at = np.zeros(journeys, dtype=np.int64)
    converts = np.zeros(journeys, dtype=bool)
    columns: list[Numbers] = []
    going = np.arange(journeys)
    while len(going) and len(columns) < _MOST_STEPS:
        drawn = rng.random(len(going))
        following = (drawn[:, None] >= until[at[going]]).sum(axis=1)
        converts[going] = following == channels
        column = np.full(journeys, NOTHING)
        goes_on = following < channels
        going, following = going[goes_on], following[goes_on]
        column[going] = following
        at[going] = following + 1
        columns.append(column)
    return np.column_stack(columns), converts
