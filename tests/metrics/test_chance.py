"""What may be claimed of a change: held against published intervals and an exact test."""

from __future__ import annotations

from random import Random

import numpy as np
import pytest
from scipy.stats import binomtest
from statsmodels.stats.proportion import confint_proportions_2indep

from metrics.chance import FEWEST, Part, Verdict, count_changes, judged, share_changes

SURE, CHANCE, FEW = Verdict.MORE_THAN_CHANCE, Verdict.MAY_BE_CHANCE, Verdict.TOO_FEW


def test_a_share_differs_when_newcombes_interval_excludes_zero() -> None:
    dice = Random(7)
    for _ in range(200):
        whole, whole_before = dice.randint(FEWEST, 400), dice.randint(FEWEST, 400)
        part, part_before = dice.randint(0, whole), dice.randint(0, whole_before)
        low, high = confint_proportions_2indep(
            part, whole, part_before, whole_before, method="newcomb"
        )
        (found,) = share_changes([(Part(part, whole), Part(part_before, whole_before))])
        assert found is (SURE if low > 0 or high < 0 else CHANCE), (low, high)


def test_four_records_claim_nothing() -> None:
    assert share_changes([(Part(0, 4), Part(16, 20))]) == [FEW]
    assert share_changes([(Part(0, 20), Part(16, 20))]) == [SURE]
    assert count_changes([(0, 19), (19, 2)]) == [FEW, FEW]
    assert count_changes([(0, 20)]) == [SURE]


def test_many_comparisons_are_held_to_more() -> None:
    pair = (Part(50, 100), Part(35, 100))
    assert share_changes([pair]) == [SURE]
    assert set(share_changes([pair] * 5)) == {CHANCE}
    assert count_changes([(120, 90)]) == [SURE]
    assert set(count_changes([(120, 90)] * 5)) == {CHANCE}


@pytest.mark.parametrize("days", [(1, 1), (31, 28), (28, 31)])
def test_counts_differ_where_an_exact_test_says_so(days: tuple[int, int]) -> None:
    dice = Random(11)
    for _ in range(200):
        now, before = dice.randint(0, 300), dice.randint(FEWEST, 300)
        (found,) = count_changes([(now, before)], days=days)
        if found is SURE:
            # The score interval is a little narrower than the exact one.
            assert binomtest(now, now + before, days[0] / sum(days)).pvalue < 0.07
        elif days == (1, 1):
            assert binomtest(now, now + before, 0.5).pvalue > 0.04


def test_fewer_days_alone_are_no_fall() -> None:
    # A tenth fewer events on a tenth fewer days.
    assert count_changes([(9_000, 10_000)]) == [SURE]
    assert count_changes([(9_000, 10_000)], days=(28, 31)) == [CHANCE]


def test_what_is_not_known_is_not_tested() -> None:
    assert share_changes([(Part(None, None), Part(1, 30)), (Part(9, 30), Part(9, 30))]) == [
        Verdict.UNTESTED,
        CHANCE,
    ]
    assert count_changes([(100, None)]) == [Verdict.UNTESTED]
    assert count_changes([]) == share_changes([]) == []


def test_weights_divide_the_error_and_no_more_of_it() -> None:
    """Alike they change nothing; of those that are too few to compare they count nothing."""
    random = np.random.default_rng(4)
    p_values, events = random.random(12), np.full(12, 20.0)
    events[3] = 1.0
    plain, verdicts = judged(p_values, events)
    alike, same = judged(p_values, events, np.full(12, 7.0))
    assert np.array_equal(plain.round(12), alike.round(12), equal_nan=True)
    assert verdicts == same
    weights = np.resize([6.0, 3.0, 1.0], 12)
    weights[3] = 1e9
    false = [
        Verdict.MORE_THAN_CHANCE in judged(random.random(12), events, weights)[1]
        for _ in range(2_000)
    ]
    assert 0.035 < np.mean(false) < 0.065
