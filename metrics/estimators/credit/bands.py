"""How sure shares of credit are: whole groups of accounts drawn again, with their journeys."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from metrics.estimators.credit.chain import MOST_CHANNELS, chain_shapley, removal_effects

Floats = NDArray[np.float64]

DRAWS = 400

LOW, HIGH = 0.05, 0.95


def group_weights(groups: int, rng: np.random.Generator, draws: int = DRAWS) -> Floats:
    """How often each group is drawn: [draws, groups], independent Poisson numbers of mean 1.

    Groups are drawn whole, because conversions of one account, and the steps of one journey, are
    not independent of each other. Source: the Poisson bootstrap, Chamandy et al. (2012).

    >>> group_weights(1000, np.random.default_rng(1), 2).mean(axis=1).round(1).tolist()
    [1.0, 1.0]
    """
    return rng.poisson(1.0, (draws, groups)).astype(np.float64)


def share_bounds(credit: Floats, weights: Floats) -> tuple[Floats, Floats]:
    """The 90% bounds of each share of credit. `credit` is [groups, …, segments].

    [..., segments] each; NaN where no draw has credit to share.

    >>> weights = group_weights(200, np.random.default_rng(1))
    >>> low, high = share_bounds(np.tile([3.0, 1.0], (200, 1)), weights)
    >>> low.round(2).tolist(), high.round(2).tolist()
    ([0.75, 0.25], [0.75, 0.25])
    """
    drawn = np.tensordot(weights, credit, axes=1)
    return _bounds(_shares(drawn))


def driven_bounds(
    steps: Floats, sets: NDArray[np.bool_], units: Floats, weights: Floats
) -> dict[str, tuple[Floats, Floats]]:
    """The 90% bounds of shares by removal effect (order 1) and by Shapley value.

    `steps` [groups, segments + 1, segments + 2] are those of the chain, `sets` [sets, segments] the
    segments that conversions were touched by, `units` [groups, sets] their worth. Members of a set
    beyond the segments of the chain are worth nothing in it. In every draw the chain is weighed
    anew, and so are the conversions that its weights are applied to. Shapley values are left out
    for more than `MOST_CHANNELS` segments.
    """
    segments = steps.shape[-1] - 2
    drawn = np.tensordot(weights, steps, axes=1)
    worth = weights @ units
    found = {"markov_1": removal_effects(drawn)}
    if segments <= MOST_CHANNELS:
        found["shapley"] = chain_shapley(drawn)
    beyond = np.zeros((len(weights), sets.shape[1] - segments))
    return {
        name: _bounds(
            _shares(
                _shared_by(
                    np.hstack((np.clip(np.nan_to_num(weight), 0, None), beyond)), sets, worth
                )
            )
        )
        for name, weight in found.items()
    }


def _shared_by(weight: Floats, sets: NDArray[np.bool_], worth: Floats) -> Floats:
    """[draws, segments]: the worth of each set shared by the weights of its segments."""
    members = sets.astype(np.float64)
    whole = weight @ members.T
    size = np.maximum(members.sum(axis=1), 1)
    # A set none of whose segments is worth anything is shared equally.
    per_weight = np.divide(worth, whole, out=np.zeros_like(worth), where=whole > 0)
    equally = np.where(whole > 0, 0, worth / size)
    return np.asarray(weight * (per_weight @ members) + equally @ members)


def _shares(credit: Floats) -> Floats:
    total = credit.sum(axis=-1, keepdims=True)
    return np.asarray(np.divide(credit, total, out=np.full_like(credit, np.nan), where=total > 0))


def _bounds(shares: Floats) -> tuple[Floats, Floats]:
    known = ~np.isnan(shares[..., 0])
    if not known.any():
        nothing = np.full(shares.shape[1:], np.nan)
        return nothing, nothing
    low, high = np.nanquantile(shares, [LOW, HIGH], axis=0)
    return np.asarray(low), np.asarray(high)
