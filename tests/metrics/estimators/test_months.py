"""Variation from month to month beyond chance."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from metrics.estimators.months import draw_month_rates, overdispersion


@pytest.mark.parametrize(("rate", "rho"), [(0.05, 0.01), (0.2, 0.05), (0.1, 0.0)])
def test_the_variance_of_a_month_is_that_of_the_beta_binomial(rate: float, rho: float) -> None:
    rng, trials = np.random.default_rng(1), 120
    rates = draw_month_rates(np.full(200_000, rate), rho, rng)
    counts = rng.binomial(trials, rates)
    expected = trials * rate * (1 - rate) * (1 + (trials - 1) * rho)
    assert counts.mean() == pytest.approx(trials * rate, rel=0.01)
    assert counts.var() == pytest.approx(expected, rel=0.03)


@pytest.mark.parametrize(("rate", "rho"), [(0.05, 0.01), (0.2, 0.05), (0.3, 0.4)])
def test_the_planted_variation_is_found(rate: float, rho: float) -> None:
    rng = np.random.default_rng(2)
    trials = rng.integers(1, 300, 4000)  # many months of unlike sizes
    successes = rng.binomial(trials, draw_month_rates(np.full(4000, rate), rho, rng))
    assert overdispersion(successes, trials) == pytest.approx(rho, rel=0.1)


def test_chance_alone_is_no_variation() -> None:
    rng = np.random.default_rng(3)
    trials = rng.integers(50, 300, 4000)
    assert overdispersion(rng.binomial(trials, 0.1), trials) < 0.001


def test_months_of_all_or_none_are_the_most_there_is() -> None:
    assert 0.9 < overdispersion([0, 80] * 20, [80] * 40) < 1
    assert overdispersion([0, 0], [80, 80]) == overdispersion([80, 80], [80, 80]) == 0


@given(st.lists(st.tuples(st.integers(0, 50), st.integers(0, 50)), min_size=2, max_size=30))
def test_variation_is_bounded_and_empty_months_say_nothing(rows: list[tuple[int, int]]) -> None:
    successes = [min(row) for row in rows]
    trials = [max(row) for row in rows]
    if sum(trial > 1 for trial in trials) < 2:
        return
    found = overdispersion(successes, trials)
    assert 0 <= found < 1
    assert overdispersion([*successes, 0], [*trials, 0]) == found


def test_what_cannot_be_told_is_refused() -> None:
    for successes, trials in ([], []), ([3], [9]), ([1, 0, 1], [1, 1, 1]), ([3, 0], [9, 0]):
        with pytest.raises(ValueError, match="two months"):
            overdispersion(successes, trials)
    with pytest.raises(ValueError, match="between 0 and the trials"):
        overdispersion([10, 2], [9, 9])
    with pytest.raises(ValueError, match="per month"):
        overdispersion([1, 2], [9])
    with pytest.raises(ValueError, match="under 1"):
        draw_month_rates(np.array([0.5]), 1.0, np.random.default_rng(1))


def test_rates_without_variation_and_certain_ones_stay() -> None:
    rates = np.array([0.0, 0.3, 1.0])
    rng = np.random.default_rng(4)
    assert draw_month_rates(rates, 0, rng).tolist() == rates.tolist()
    found = draw_month_rates(rates, 0.1, rng)
    assert (found[0], found[2]) == (0, 1)
    assert found[1] != 0.3
    assert rates.tolist() == [0.0, 0.3, 1.0]
