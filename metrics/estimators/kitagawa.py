"""Kitagawa split: how much of a rate's change is other rates, how much another mix."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import rel_entr

Floats = NDArray[np.float64]

ENOUGH_EXPLAINED = 0.67
"""Share of a change at which a dimension's list of segments is long enough (Adtributor)."""
LEAST_EXPLAINED = 0.1
"""Share of a change below which a segment is not named (Adtributor)."""


@dataclass(frozen=True)
class RateChange:
    """What each segment adds to the change of a total rate; segments on the last axis."""

    rate: Floats
    """Because the segment converts better or worse."""
    mix: Floats
    """Because the segment is a larger or smaller part of the whole."""

    @property
    def parts(self) -> Floats:
        """Both together, for each segment."""
        return self.rate + self.mix


def rate_change(
    converted_before: Floats, reached_before: Floats, converted_after: Floats, reached_after: Floats
) -> RateChange:
    """Which segments changed the total rate, by their own rate and by their weight?

    Counts (or sums of money) per segment on the last axis; every other axis is a case of its own.
    With weights w and rates r of the segments, rate_i = (w0_i + w1_i)/2 · (r1_i - r0_i) and
    mix_i = ((r0_i + r1_i)/2 - r̄) · (w1_i - w0_i), where r̄ is the mean of the two total rates. All
    parts together sum to the change of the total rate. More weight on a segment below the average
    is negative, which a split without r̄ would not show.

    A segment that is empty on one side has no rate there and takes the rate of the other side: its
    part is all mix. One that is empty on both sides adds 0. Where a side has nobody at all, the
    change is unknown and every part is NaN.

    Source: Kitagawa (1955), with the mix centred on the mean rate.

    >>> change = rate_change(
    ...     np.array([30, 10]), np.array([100, 100]), np.array([30, 30]), np.array([100, 300])
    ... )
    >>> change.rate.round(4), change.mix.round(4)
    (array([0., 0.]), array([-0.0312, -0.0187]))
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        first = np.asarray(converted_before / reached_before, np.float64)
        last = np.asarray(converted_after / reached_after, np.float64)
        weight_first = reached_before / reached_before.sum(axis=-1, keepdims=True)
        weight_last = reached_after / reached_after.sum(axis=-1, keepdims=True)
        total_first = converted_before.sum(axis=-1) / reached_before.sum(axis=-1)
        total_last = converted_after.sum(axis=-1) / reached_after.sum(axis=-1)
    empty = (reached_before == 0) & (reached_after == 0)
    rate_first = np.where(empty, 0.0, np.where(reached_before == 0, last, first))
    rate_last = np.where(empty, 0.0, np.where(reached_after == 0, first, last))
    mean = ((total_first + total_last) / 2)[..., None]
    return RateChange(
        rate=(weight_first + weight_last) / 2 * (rate_last - rate_first),
        mix=((rate_first + rate_last) / 2 - mean) * (weight_last - weight_first),
    )


def surprise(before: Floats, after: Floats) -> Floats:
    """How unexpected is each segment's share of the whole, given its share before?

    Amounts per segment on the last axis, of which the shares are taken. The result, in nats, has
    one number for each segment, 0 where the share is the same. Their sum is the Jensen-Shannon
    divergence, at most ln 2. For a rate, add the surprise of what converted and of what was
    reached. NaN where a side sums to 0. Raises ValueError for a negative amount, which has no
    share.

    Source: Bhagwan et al. (2014), Adtributor.

    >>> surprise(np.array([50, 50]), np.array([75, 25])).round(4)
    array([0.0126, 0.0212])
    """
    if (before < 0).any() or (after < 0).any():
        raise ValueError("an amount is negative: it has no share of the whole")
    with np.errstate(invalid="ignore"):
        share_before = before / before.sum(axis=-1, keepdims=True)
        share_after = after / after.sum(axis=-1, keepdims=True)
    middle = (share_before + share_after) / 2
    return np.asarray((rel_entr(share_before, middle) + rel_entr(share_after, middle)) / 2)


@dataclass(frozen=True)
class Explanation:
    """The few segments of a dimension that explain a change."""

    segments: tuple[int, ...]
    """Their positions, the most surprising first."""
    share: float
    """Which share of the change they explain; may exceed 1 where others work against it."""
    surprise: float
    """How surprising they are, together: dimensions are ranked by this."""


def explanation(parts: Floats, surprises: Floats) -> Explanation | None:
    """Which few segments of a dimension explain the change, and how surprising are they?

    `parts` are what the segments add to the change, `surprises` how unexpected each one is. From
    the most surprising on, the segments that explain at least a tenth of the change are taken until
    they explain two thirds of it. Every dimension's parts sum to the whole change, so the shares
    alone would not tell dimensions apart: the best explanation is the one with the largest
    surprise.

    None when the dimension does not get to two thirds in that way, when nothing changed, or when
    the change is unknown. Source: Bhagwan et al. (2014), Adtributor, with its thresholds.

    >>> explanation(np.array([0.001, -0.05, 0.002]), np.array([0.01, 0.2, 0.03]))
    Explanation(segments=(1,), share=1.0638297872340425, surprise=0.2)
    """
    change = float(parts.sum())
    if change == 0 or not np.isfinite(surprises).all():
        return None
    taken: list[int] = []
    for segment in np.argsort(-surprises, kind="stable"):
        if parts[segment] / change >= LEAST_EXPLAINED:
            taken.append(int(segment))
        share = float(parts[taken].sum()) / change
        if share >= ENOUGH_EXPLAINED:
            return Explanation(tuple(taken), share, float(surprises[taken].sum()))
    return None
