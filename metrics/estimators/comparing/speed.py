"""Effect of speed: those answered early against others alike, answered later or never."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from metrics.estimators.comparing.matched import MatchedDifference, matched_difference

Floats = NDArray[np.float64]
Numbers = NDArray[np.int64]
Flags = NDArray[np.bool_]

SCORE_BANDS = 20
"""So many bands of equally many records are alike in score."""


@dataclass(frozen=True, slots=True, eq=False)
class Answered:
    """Records that wait for an answer, one element each.

    `took` is how long the answer took, infinite where there is none; `earliest` is less where only
    the day of the answer is known. `score` is NaN where there is none. `alike` says in what else
    records must be alike, [what, records]. `before` is something that was so before anybody could
    answer: 1, 0, or NaN where it is not known.
    """

    took: Floats
    earliest: Floats
    converted: Flags
    score: Floats
    alike: Numbers
    before: Floats
    account: Numbers


@dataclass(frozen=True, slots=True)
class SpeedEffect:
    """What an early answer goes with.

    `early` records had their answer within the limit, `converted` of them converted; `others` had
    it later or never. `untold` are left out: only the day of their answer is known, on which the
    limit lies. `raw` is the share of the early minus that of the others, `adds` the same among
    records alike in score and all else. `placebo` is the same comparison of what was so before.
    """

    early: int
    converted: int
    others: int
    others_converted: int
    untold: int
    adds: MatchedDifference
    placebo: MatchedDifference

    @property
    def raw(self) -> float:
        """The difference of plain shares; NaN where either is of nobody."""
        if not self.early or not self.others:
            return float("nan")
        return self.converted / self.early - self.others_converted / self.others


def speed_effect(records: Answered, within: Floats) -> SpeedEffect:
    """How much more often do records convert that are answered within a limit, of those alike?

    `within` is each record's limit, in the unit of `took`. Who is answered is chosen: good leads
    are called first. So records are compared within bands of score and what else is `alike`; what
    differs beside it shows in the placebo, which no answer can have made.

    Source: `matched_difference`; Lipsitch, Tchetgen and Cohen (2010) for the placebo as a negative
    control.

    >>> took = np.array([1, 1, 9, np.inf, 1, 9, 9, np.inf])
    >>> converted = np.array([1, 1, 0, 0, 1, 1, 0, 0], bool)
    >>> one = np.zeros(8)
    >>> records = Answered(
    ...     took, took, converted, one, np.zeros((1, 8), np.int64), one, np.arange(8)
    ... )
    >>> found = speed_effect(records, np.full(8, 4.0))
    >>> (found.early, found.converted, round(found.raw, 2), round(found.adds.value, 2))
    (3, 3, 0.8, 0.8)
    """
    is_early = records.took <= within
    is_untold = ~is_early & (records.earliest <= within)
    kept = np.flatnonzero(~is_untold)
    early, happened = is_early[kept], records.converted[kept]
    stratum = strata(records)[kept]
    known = ~np.isnan(records.before[kept])
    return SpeedEffect(
        int(early.sum()),
        int(happened[early].sum()),
        int((~early).sum()),
        int(happened[~early].sum()),
        int(is_untold.sum()),
        matched_difference(happened, early, stratum, records.account[kept]),
        matched_difference(
            records.before[kept][known] > 0,
            early[known],
            stratum[known],
            records.account[kept][known],
        ),
    )


def strata(records: Answered) -> Numbers:
    """The stratum of each record: its band of score, and all else that must be alike."""
    codes = np.stack([score_bands(records.score), *records.alike])
    return np.unique(codes, axis=1, return_inverse=True)[1].ravel().astype(np.int64)


def score_bands(score: Floats, bands: int = SCORE_BANDS) -> Numbers:
    """The band of each score, those of one score in one band; 0 without a score.

    >>> score_bands(np.array([3.0, 1.0, 2.0, np.nan, 1.0]), 2)
    array([2, 1, 2, 0, 1])
    """
    known = ~np.isnan(score)
    found = np.zeros(len(score), np.int64)
    if known.any():
        ends = np.quantile(score[known], np.arange(1, bands) / bands)
        found[known] = 1 + np.searchsorted(ends, score[known], side="left")
    return found
