"""As how many fully observed records censored ones are worth."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from metrics.estimators.age_counts import AgeCounts
from metrics.estimators.effective_records import effective_records
from metrics.estimators.incidence import incidence


def test_effective_records_are_the_counts_where_everyone_is_seen_to_the_age() -> None:
    counts = AgeCounts.of(
        [0, 2, 5, 40], [50, 0, 0, 0], [3, 4, 2, 0], [1, 0, 6, 0], [0, 0, 0, 34], horizon=40
    )
    for age, converted in ((0, 3), (1, 3), (2, 7), (30, 9)):
        assert effective_records(counts, age) == pytest.approx((converted, 50))


def test_effective_records_give_the_spread_of_resampled_records() -> None:
    rng = np.random.default_rng(5)
    ages = rng.integers(0, 30, 300)
    kinds = rng.choice(3, 300, p=(0.3, 0.2, 0.5))

    def counts(chosen: NDArray[np.int64]) -> AgeCounts:
        leaving = (np.bincount(ages[chosen], kinds[chosen] == kind, 31) for kind in range(3))
        entered = np.zeros(31, dtype=np.int64)
        entered[0] = len(chosen)
        return AgeCounts(entered, *(each.astype(np.int64) for each in leaving))

    converted, records = effective_records(counts(np.arange(300)), 20)
    drawn = [incidence(counts(rng.integers(0, 300, 300))).at(20) for _ in range(2000)]
    share = converted / records
    assert share == pytest.approx(float(incidence(counts(np.arange(300))).at(20)))
    assert np.sqrt(share * (1 - share) / records) == pytest.approx(np.std(drawn), rel=0.05)


def test_nobody_converting_is_known_of_those_seen() -> None:
    counts = AgeCounts.of([0, 3, 9], [20, 0, 0], [0, 0, 0], [0, 2, 0], [0, 8, 10], horizon=9)
    # Ten are open to the end, and two had left.
    assert effective_records(counts, 9) == (0, 12)
    assert effective_records(counts, 2) == (0, 20)
