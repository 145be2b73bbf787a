"""Differences of groups of records, with records of one account counted as what they are worth."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import isnan

import numpy as np
from numpy.typing import NDArray

from metrics.estimators.comparing.difference import expected_events, newcombe, p_value
from metrics.funnel.segments import Group

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Differences:
    """Rates of first groups minus those of second ones: 95% bounds, chance, expected events."""

    low: Floats
    high: Floats
    p_value: Floats
    expected: Floats


def differences(pairs: Sequence[tuple[Group, Group]]) -> Differences:
    """How large is each difference of two rates, and how often would chance alone make it?

    One element per pair. NaN where a group has nobody, or nobody outside of one account.

    >>> found = differences([(Group(200, 60, 2.0), Group(150, 15, 1.5))])
    >>> [each.round(4).tolist() for each in (found.low, found.high, found.p_value)]
    [[0.09], [0.3058], [0.0004]]
    """
    first = np.array([one.effective for one, _ in pairs]).reshape(-1, 2).T
    second = np.array([other.effective for _, other in pairs]).reshape(-1, 2).T
    low, high = newcombe(*first, *second)
    return Differences(low, high, p_value(*first, *second), expected_events(*first, *second))


def known(number: float) -> float | None:
    """The number, or null for what is not known.

    >>> known(float("nan")), known(0.5)
    (None, 0.5)
    """
    return None if isnan(number) else float(number)
