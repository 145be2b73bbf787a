"""Fans that are widened until they cover again."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.stats import norm

from metrics.estimators.forecasts.conformal import (
    STEP,
    Floats,
    conformity,
    next_miscoverage,
    widened,
    widening,
)

BOUND = float(norm.ppf(0.9))
SERIES, BREAK, PERIODS = 200, 24, 48

amounts = st.floats(-1e4, 1e4)
scores = arrays(np.float64, st.integers(0, 30), elements=st.floats(0, 10) | st.just(float("nan")))


def covered(shift: float, scale: float) -> tuple[Floats, Floats]:
    """How often each period's fan covered, as forecast and widened, over many series.

    The forecast is a standard normal fan for ever; its errors are another from the break on.
    """
    generator = np.random.default_rng(9)
    plain, adapted = np.zeros((2, SERIES, PERIODS), dtype=bool)
    median, fan = np.zeros(1), np.array([[-BOUND, 0, BOUND]])
    for series in range(SERIES):
        errors = generator.normal(size=PERIODS)
        errors[BREAK:] = errors[BREAK:] * scale + shift
        past = conformity(fan[:, 0], median, fan[:, 2], errors)
        asked = 0.2
        for period, error in enumerate(errors):
            factor = widening(past[:period], asked)
            low, _, high = widened(fan, median, factor)[0]
            plain[series, period] = abs(error) <= BOUND
            adapted[series, period] = low <= error <= high
            asked = next_miscoverage(asked, not low <= error <= high, target=0.2)
    return plain.mean(axis=0), adapted.mean(axis=0)


@pytest.mark.parametrize(("shift", "scale"), [(4, 1), (2, 1), (0, 3)])
def test_coverage_returns_within_a_few_periods_of_a_break(shift: float, scale: float) -> None:
    plain, adapted = covered(shift, scale)
    assert plain[BREAK:].mean() < 0.36
    assert adapted[6:BREAK].mean() > 0.8
    assert adapted[BREAK + 3 : BREAK + 6].mean() > 0.68
    assert adapted[BREAK + 5 :].mean() > 0.78
    assert adapted[BREAK + 5 :].min() > 0.7


def test_coverage_in_the_long_run_is_what_was_asked_for_whatever_happens() -> None:
    # Gibbs and Candès (2021), proposition 4.1.
    asked, missed = 0.2, []
    for period in range(4000):
        missed.append((period * 7919 % 1000) / 1000 < asked)
        asked = next_miscoverage(asked, missed[-1], target=0.2)
    assert np.mean(missed) == pytest.approx(0.2, abs=(0.8 + STEP) / (STEP * 4000))


@given(amounts, st.floats(0.1, 1e3), st.floats(0.1, 1e3), amounts)
def test_an_interval_widened_by_its_score_just_reaches_the_actual_value(
    median: float, below: float, above: float, actual: float
) -> None:
    fan = np.array([median - below, median, median + above])
    score = float(conformity(fan[0], fan[1], fan[2], np.array(actual)))
    low, centre, high = widened(fan, np.array(median), score)
    assert centre == pytest.approx(median)
    reached = high if actual >= median else low
    assert float(reached) == pytest.approx(actual, rel=1e-6, abs=1e-6)


def test_an_interval_without_width_has_no_score() -> None:
    found = conformity(np.array(5.0), np.array(5.0), np.array(7.0), np.array([4.0, 6.0]))
    assert np.isnan(found[0])
    assert found[1] == 0.5


@given(scores, st.floats(-0.5, 1.5))
def test_a_factor_neither_narrows_nor_goes_beyond_the_largest_score(
    past: Floats, asked: float
) -> None:
    factor = widening(past, asked)
    largest = float(np.nanmax(past, initial=1))
    assert 1 <= factor <= largest
    assert factor <= widening(past, asked - 0.1)
    assert widening(past[~np.isnan(past)], asked) == factor


@given(scores, st.floats(-0.2, 1.2))
def test_the_factor_is_the_quantile_of_scores_weighted_by_age(past: Floats, asked: float) -> None:
    known = [float(each) for each in past if not np.isnan(each)]
    weights = [0.5 ** (age / 3) for age in range(len(known))][::-1]
    up_to = {
        limit: sum(weight for score, weight in zip(known, weights, strict=True) if score <= limit)
        / (sum(weights) + 1)
        for limit in known
    }
    assume(all(abs(share - (1 - asked)) > 1e-9 for share in up_to.values()))
    enough = [limit for limit, share in up_to.items() if share >= 1 - asked]
    expected = min(enough, default=max(known, default=1))
    assert widening(past, asked) == max(1, expected)


def test_fans_of_draws_are_widened_one_by_one() -> None:
    draws = np.random.default_rng(1).normal(size=(4, 99))
    median = np.median(draws, axis=-1)
    found = widened(draws, median, 2)
    np.testing.assert_allclose(np.median(found, axis=-1), median)
    np.testing.assert_allclose(found.std(axis=-1), 2 * draws.std(axis=-1))
    np.testing.assert_array_equal(np.argsort(found), np.argsort(draws))
