"""Whether a difference is more than chance: what may be claimed of two numbers side by side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum, StrEnum, auto
from math import isnan

import numpy as np
from numpy.typing import NDArray

from metrics.estimators.comparing.difference import newcombe
from metrics.estimators.comparing.matched import MatchedDifference, exceeds
from metrics.estimators.comparing.multiplicity import benjamini_hochberg
from metrics.estimators.comparing.proportions import flow_ratio

Floats = NDArray[np.float64]

FEWEST = 20
"""Of fewer nothing is claimed."""

FEWEST_EVENTS = 5
"""Where fewer events are to be expected of the thinnest group, nothing is claimed."""

_ERROR = 0.05


class Verdict(StrEnum):
    """What may be claimed of a change."""

    UNTESTED = "untested"
    TOO_FEW = "too few to compare"
    MAY_BE_CHANCE = "may be chance"
    MORE_THAN_CHANCE = "more than chance"


class Cause(Enum):
    """What may be said of a matched difference that has a placebo, the first that holds."""

    TOO_FEW = auto()
    MAY_BE_CHANCE = auto()
    PLACEBO_UNKNOWN = auto()
    """Too little is known of the time before to see whether they differed already."""
    DIFFERED_BEFORE = auto()
    LESS = auto()
    WITHIN_PLACEBO = auto()
    """More, and not by more than chance further than they had been before."""
    MORE = auto()


@dataclass(frozen=True, slots=True)
class Part:
    """So many of so many; None where the number is not known."""

    part: int | None
    whole: int | None


def share_changes(pairs: Sequence[tuple[Part, Part]], *, among: int = 0) -> list[Verdict]:
    """Is a share another one than before? For all pairs that are shown together.

    Each pair is now and before. Under FEWEST in either whole it is too few to compare, without a
    number untested. A change is more than chance when the interval of the difference excludes 0. So
    that 5% are the chance of a false claim among all pairs, each is held to 5% ÷ their number, or
    ÷ `among` where more comparisons are told together. Records are taken to convert independently
    of each other.
    Source: the hybrid score interval of Newcombe (1998), method 10; Bonferroni.

    >>> share_changes([(Part(60, 100), Part(30, 100)), (Part(0, 5), Part(4, 5))])
    [<Verdict.MORE_THAN_CHANCE: 'more than chance'>, <Verdict.TOO_FEW: 'too few to compare'>]
    """
    now, of = _floats([each.part for each, _ in pairs]), _floats([each.whole for each, _ in pairs])
    then, then_of = (
        _floats([each.part for _, each in pairs]),
        _floats([each.whole for _, each in pairs]),
    )
    low, high = newcombe(now, of, then, then_of, _level(max(among, len(pairs))))
    return _verdicts(np.minimum(of, then_of), (low > 0) | (high < 0))


def count_changes(
    pairs: Sequence[tuple[int | None, int | None]],
    *,
    days: tuple[int, int] = (1, 1),
    among: int = 0,
) -> list[Verdict]:
    """Is a count of events another one than before? For all pairs that are shown together.

    Each pair is now and before, counted on so many `days` each. With both under FEWEST it is too
    few to compare, without a number untested. A change is more than chance when the interval of the
    ratio excludes 1 and, on the same side, the ratio of the days. So that 5% are the chance of a
    false claim among all pairs, each is held to 5% ÷ their number, or ÷ `among` where more
    comparisons are told together. Events are taken to be independent: what comes in bunches, such
    as the leads of one fair, varies more than this says.
    Source: `metrics.estimators.comparing.proportions.flow_ratio`; Bonferroni.

    >>> count_changes([(425, 275), (3, 9), (66, 50)])[::2]
    [<Verdict.MORE_THAN_CHANCE: 'more than chance'>, <Verdict.MAY_BE_CHANCE: 'may be chance'>]
    """
    now, then = _floats([each for each, _ in pairs]), _floats([each for _, each in pairs])
    low, high = flow_ratio(now, then, _level(max(among, len(pairs))))
    expected = days[0] / days[1]
    return _verdicts(np.maximum(now, then), (low > max(1, expected)) | (high < min(1, expected)))


def judged(
    p_values: Floats, expected_events: Floats, weights: Floats | None = None
) -> tuple[Floats, list[Verdict]]:
    """Which of many differences, found by looking at all of them, are more than chance?

    One p-value and one number of expected events per difference. The adjusted p-values, and the
    verdicts: under FEWEST_EVENTS it is too few to compare, without a p-value untested; neither
    counts as one of the many. Of those called more than chance, 5% are false on average. `weights`
    divide the error among them, in proportion; one must not depend on its p-value.
    Source: Benjamini and Hochberg (1995); Genovese, Roeder and Wasserman (2006) for weights.

    >>> adjusted, verdicts = judged(np.array([0.01, 0.04, 0.001]), np.array([20.0, 9.0, 2.0]))
    >>> adjusted.tolist(), [each.value for each in verdicts]
    ([0.02, 0.04, nan], ['more than chance', 'more than chance', 'too few to compare'])
    >>> p_values, events = np.array([0.03, 0.8]), np.array([20.0, 20.0])
    >>> [judged(p_values, events, np.array(each))[0].tolist() for each in ([1.0, 1.0], [3.0, 1.0])]
    [[0.06, 0.8], [0.04, 1.0]]
    """
    enough = expected_events >= FEWEST_EVENTS
    tested = np.where(enough, p_values, np.nan)
    if weights is not None and not np.isnan(tested).all():
        tested = np.minimum(tested * weights[~np.isnan(tested)].mean() / weights, 1)
    adjusted = benjamini_hochberg(tested)
    found = []
    for p_value, number, chance in zip(p_values, expected_events, adjusted, strict=True):
        if isnan(p_value) or isnan(number):
            found.append(Verdict.UNTESTED)
        elif number < FEWEST_EVENTS:
            found.append(Verdict.TOO_FEW)
        else:
            found.append(Verdict.MORE_THAN_CHANCE if chance <= _ERROR else Verdict.MAY_BE_CHANCE)
    return adjusted, found


def causes(
    differences: Sequence[MatchedDifference], placebos: Sequence[MatchedDifference]
) -> tuple[Floats, list[Cause]]:
    """May matched differences that are looked at together come from what was done?

    Each has its placebo, the same difference where what was done can have made none. The adjusted
    p-values, and what may be said of each. More is claimed only where the placebo does not differ
    from 0 and is exceeded by more than chance: those who differed a little before, and by chance
    not surely, would else be praised.
    Source: Benjamini and Hochberg (1995) for the number of differences.
    """
    adjusted, chances = judged(
        np.array([each.p_value for each in differences]),
        np.array([each.expected for each in differences]),
    )
    each_of = zip(differences, placebos, chances, strict=True)
    return adjusted, [_cause(*each) for each in each_of]


def _cause(found: MatchedDifference, placebo: MatchedDifference, chance: Verdict) -> Cause:
    if chance in (Verdict.UNTESTED, Verdict.TOO_FEW):
        return Cause.TOO_FEW
    if chance is Verdict.MAY_BE_CHANCE:
        return Cause.MAY_BE_CHANCE
    if isnan(placebo.low) or placebo.expected < FEWEST_EVENTS:
        return Cause.PLACEBO_UNKNOWN
    if placebo.low > 0 or placebo.high < 0:
        return Cause.DIFFERED_BEFORE
    if found.value < 0:
        return Cause.LESS
    return Cause.MORE if exceeds(found, placebo) else Cause.WITHIN_PLACEBO


def _level(comparisons: int) -> float:
    """How sure each of so many intervals is, so that all of them together are to 95%."""
    return 1 - _ERROR / max(1, comparisons)


def _floats(numbers: Sequence[int | None]) -> Floats:
    return np.array([np.nan if each is None else each for each in numbers], np.float64)


def _verdicts(records: Floats, surely: NDArray[np.bool_]) -> list[Verdict]:
    """Of so many records each; a number that is not known leaves NaN of them."""
    found = []
    for count, sure in zip(records.tolist(), surely.tolist(), strict=True):
        if isnan(count):
            found.append(Verdict.UNTESTED)
        elif count < FEWEST:
            found.append(Verdict.TOO_FEW)
        else:
            found.append(Verdict.MORE_THAN_CHANCE if sure else Verdict.MAY_BE_CHANCE)
    return found
