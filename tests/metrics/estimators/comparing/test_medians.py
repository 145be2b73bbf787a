"""Medians against SciPy's exact bounds and test, and what few or alike values do to them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import median_test, quantile_test

from metrics.estimators.comparing.medians import median_difference, median_interval

SIZES = (6, 7, 12, 25, 40, 99, 400)


@pytest.mark.parametrize("size", SIZES)
def test_bounds_are_those_of_the_binomial_or_a_place_wider(size: int) -> None:
    values = np.random.default_rng(size).permutation(np.arange(float(size)))
    found = median_interval(values, np.arange(size))
    exact = quantile_test(values, p=0.5).confidence_interval(0.95)
    assert found.value == (size - 1) / 2
    assert exact.low - 1 <= found.low <= exact.low
    assert exact.high <= found.high <= exact.high + 1


@given(st.lists(st.floats(-1e6, 1e6), min_size=6, max_size=60))
def test_a_median_lies_within_its_bounds(values: list[float]) -> None:
    found = median_interval(np.array(values), np.arange(len(values)))
    assert found.low <= found.value <= found.high
    assert {found.low, found.high} <= set(values)


def test_alike_values_of_an_account_tell_no_more_than_one() -> None:
    values = np.random.default_rng(3).normal(size=50)
    once = median_interval(values, np.arange(50))
    often = median_interval(np.repeat(values, 4), np.repeat(np.arange(50), 4))
    assert (often.low, often.high) == (once.low, once.high)
    alone = median_interval(np.repeat(values, 4), np.arange(200))
    assert alone.high - alone.low < often.high - often.low


def test_the_test_is_moods() -> None:
    rng = np.random.default_rng(8)
    for shift in (0.0, 0.2, 0.5, 1.0):
        some, others = rng.lognormal(0, 1, 120), rng.lognormal(shift, 1, 80)
        found = median_difference(some, np.arange(120), others, np.arange(80))
        known = median_test(some, others, correction=False).pvalue
        assert found.p_value == pytest.approx(known, abs=0.02)
        assert found.value == pytest.approx(np.median(some) - np.median(others))
        assert found.low < found.value < found.high


def test_from_a_median_that_is_sure_the_other_is_as_unsure_as_it_is() -> None:
    skewed = np.random.default_rng(2).lognormal(0, 1, 60)
    own = median_interval(skewed, np.arange(60))
    found = median_difference(np.full(30, 7.0), np.arange(30), skewed, np.arange(60))
    assert (found.low, found.high) == pytest.approx((7 - own.high, 7 - own.low))
    turned = median_difference(skewed, np.arange(60), np.full(30, 7.0), np.arange(30))
    assert (turned.low, turned.high) == pytest.approx((-found.high, -found.low))


def test_few_values_have_no_bounds_and_none_have_no_median() -> None:
    few = median_interval(np.arange(5.0), np.arange(5))
    assert few.value == 2
    assert np.isnan([few.low, few.high]).all()
    alike = median_interval(np.arange(50.0), np.repeat(np.arange(5), 10))
    assert np.isnan([alike.low, alike.high]).all()
    nothing = median_interval(np.array([]), np.array([], dtype=np.int64))
    assert np.isnan([nothing.value, nothing.low, nothing.high]).all()
    none = np.array([]), np.array([], dtype=np.int64)
    between = median_difference(np.arange(9.0), np.arange(9), *none)
    assert np.isnan([between.value, between.p_value, between.expected]).all()
