"""A chain of touches: how likely journeys convert, and what each channel adds to that."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

MOST_CHANNELS = 12
"""So many channels have 4,096 sets; each more doubles them."""


def conversion_probability(steps: Floats) -> Floats:
    """With what probability does a journey convert?

    `steps` is [..., channels + 1, channels + 2]: how many journeys go from the start (row 0) or
    from a touch of a channel (the rows after it) to a touch of a channel, to a conversion (the last
    column but one) or to an end without one (the last). Parts of a journey are allowed: one that is
    still open counts in part to either end. Leading axes are kept, for draws. The result is [...];
    NaN for a chain in which nobody starts.

    Raises ValueError for a shape that does not fit, and for steps that are negative or not finite.

    Two of three journeys begin with channel 0 and half of those go on to channel 1, which converts
    half of its visitors:

    >>> steps = np.array([[2.0, 1, 0, 0], [0, 1, 0, 1], [0, 0, 1, 1]])
    >>> float(conversion_probability(steps).round(3))
    0.333
    """
    onward, converts = _shares(steps)
    _, chances = _solved(onward, converts)
    return _from_start(steps, chances)


def removal_effects(steps: Floats) -> Floats:
    """What share of conversions would be lost if whoever comes to a channel went no further?

    [..., channels] for `steps` as `conversion_probability` takes them. NaN for every channel where
    nothing converts. Effects need not add up to 1: a journey is lost with each of its channels.

    Exact, of one factorisation: with N = (I − Q)⁻¹ the visits to each channel, b the chance to
    convert from each, and P the chance from the start, the effect of c is
    N[start, c] · b[c] ÷ (N[c, c] · P), the chance to come to c at all and convert after it.
    Raises what `conversion_probability` does.
    Source: Anderl et al. (2016), there by solving the chain anew without each channel.

    Journeys c1 > c2 > c3 won, c1 lost, c2 > c3 lost:

    >>> steps = np.zeros((4, 5))
    >>> for stops in [(0, 1, 2, 3, 4), (0, 1, 5), (0, 2, 3, 5)]:
    ...     for before, after in zip(stops, stops[1:]):
    ...         steps[before, after - 1] += 1
    >>> removal_effects(steps).round(3).tolist()
    [0.5, 1.0, 1.0]
    """
    onward, converts = _shares(steps)
    visits, chances = _solved(onward, converts)
    start = _started(steps)
    come = (start[..., None, :] @ visits)[..., 0, :]
    again = np.diagonal(visits, axis1=-2, axis2=-1)
    overall = _from_start(steps, chances)
    lost = np.where(overall > 0, overall, np.nan)
    return np.asarray(come * chances / (again * lost[..., None]))


def chain_shapley(steps: Floats) -> Floats:
    """What does each channel add to the chance of a journey, over every set of the others?

    [..., channels], in the unit of `conversion_probability`: the contributions add up to it, less
    what converts without a touch. The value of a set of channels is the chance to convert where a
    touch of any other channel ends the journey, so it is defined for every set, and more channels
    never bring less. Raises ValueError for more than `MOST_CHANNELS`, and what
    `conversion_probability` does.
    Source: Shapley (1953), of the chain's own value function. The value of only those journeys that
    were seen with exactly a set of channels is undefined for most sets.

    >>> steps = np.array([[2.0, 1, 0, 0], [0, 1, 0, 1], [0, 0, 1, 1]])
    >>> chain_shapley(steps).round(3).tolist()
    [0.083, 0.25]
    """
    shares = _shares_of(steps)
    channels = shares.shape[-1] - 2
    if channels > MOST_CHANNELS:
        raise ValueError(f"{channels} channels have too many sets: at most {MOST_CHANNELS}")
    return _mean_added(_value_of_sets(shares), channels)


def _value_of_sets(shares: Floats) -> Floats:
    """[..., 2^channels]: the chance to convert by the channels of a set alone.

    Bit c of a set says whether c is in it. Channels are taken out of the chain one by one: a set
    with the channel goes past it, as often as it comes back; one without it ends there.
    """
    chain = shares[..., None, :, :-1]
    for _ in range(shares.shape[-1] - 2):
        rest = np.delete(chain, 1, axis=-2)
        into, away = rest[..., :1], chain[..., 1:2, :]
        past = rest + into * away / (1 - away[..., :1])
        chain = np.concatenate((rest, past), axis=-3)[..., 1:]
    return chain[..., 0, 0]


def _mean_added(value: Floats, channels: int) -> Floats:
    """The Shapley value of each channel from the value of each set."""
    members = (np.arange(2**channels)[:, None] >> np.arange(channels)) & 1 == 1
    size = members.sum(axis=1)
    # |S|! (n − |S| − 1)! ÷ n! as a product, which no factorial overflows.
    weight = np.ones(channels) / channels
    for taken in range(1, channels):
        weight[taken] = weight[taken - 1] * taken / (channels - taken)
    added = np.empty((*value.shape[:-1], channels))
    for channel in range(channels):
        without = np.flatnonzero(~members[:, channel])
        gain = value[..., without + 2**channel] - value[..., without]
        added[..., channel] = (gain * weight[size[without]]).sum(axis=-1)
    return added


def _shares(steps: Floats) -> tuple[Floats, Floats]:
    """Of those at each channel, which share goes on to each channel, and converts."""
    shares = _shares_of(steps)
    channels = shares.shape[-1] - 2
    return shares[..., 1:, :channels], shares[..., 1:, channels]


def _started(steps: Floats) -> Floats:
    """Of all journeys, which share begins at each channel."""
    return _shares_of(steps)[..., 0, :-2]


def _shares_of(steps: Floats) -> Floats:
    counted = np.asarray(steps, np.float64)
    if counted.ndim < 2 or counted.shape[-1] != counted.shape[-2] + 1 or counted.shape[-2] < 2:
        raise ValueError("steps are [channels + 1, channels + 2], of at least one channel")
    if not np.isfinite(counted).all() or (counted < 0).any():
        raise ValueError("steps are finite numbers of at least 0")
    total = counted.sum(axis=-1, keepdims=True)
    return np.asarray(np.divide(counted, total, out=np.zeros_like(counted), where=total > 0))


def _solved(onward: Floats, converts: Floats) -> tuple[Floats, Floats]:
    """The visits to each channel from each, and the chance to convert from each.

    A channel that journeys never leave for good would be visited without end; journeys that were
    counted end, so the matrix has an inverse.
    """
    visits = np.linalg.inv(np.eye(onward.shape[-1]) - onward).astype(np.float64)
    return visits, (visits @ converts[..., None])[..., 0]


def _from_start(steps: Floats, chances: Floats) -> Floats:
    shares = _shares_of(steps)
    nobody = shares[..., 0, :].sum(axis=-1) == 0
    found = shares[..., 0, -2] + (shares[..., 0, :-2] * chances).sum(axis=-1)
    return np.asarray(np.where(nobody, np.nan, found))
