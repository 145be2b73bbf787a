"""The slope of logarithms is that of least squares, drawn towards none as far as it is unsure."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from metrics.estimators.log_slope import LogGroups, log_slope

RNG = np.random.default_rng(7)
AT = RNG.integers(0, 12, 900).astype(np.float64)
AMOUNTS = np.exp(9 + 0.03 * AT + 0.7 * RNG.standard_normal(900))
UNSHRUNK = 1e6


def test_the_slope_is_that_of_least_squares_over_all_records() -> None:
    expected, _ = np.polyfit(AT, np.log(AMOUNTS), 1)
    assert log_slope(LogGroups.of(AT, AMOUNTS), UNSHRUNK) == pytest.approx(expected)


def test_it_is_drawn_towards_none_as_far_as_its_error_is_large() -> None:
    # Half of the amounts as far above the line as the others are below: the groups lie on it.
    at = np.repeat(np.arange(12.0), 40)
    logs = 9 + 0.03 * at + np.tile([0.7, -0.7], 240)
    (slope, _), covariance = np.polyfit(at, logs, 1, cov=True)
    expected = slope * 0.01**2 / (0.01**2 + covariance[0, 0])
    assert 0.2 * slope < expected < 0.8 * slope
    assert log_slope(LogGroups.of(at, np.exp(logs)), 0.01) == pytest.approx(expected, rel=1e-6)


def test_groups_that_vary_by_themselves_tell_less() -> None:
    at = np.repeat(np.arange(8.0), 500)
    of_group = np.array([0.0, 0.9, -0.4, 0.3, 0.2, -0.7, 1.1, 0.6])[at.astype(int)]
    alike = np.exp(of_group + 0.1 * RNG.standard_normal(len(at)))
    unshrunk, found = (log_slope(LogGroups.of(at, alike), usual) for usual in (UNSHRUNK, 0.05))
    assert unshrunk > 0.04
    assert found < 0.3 * unshrunk


@given(st.floats(0.01, 1e6), st.floats(-50, 50))
def test_neither_the_unit_nor_the_origin_matters(unit: float, origin: float) -> None:
    expected = log_slope(LogGroups.of(AT, AMOUNTS), 0.02)
    found = log_slope(LogGroups.of(AT + origin, AMOUNTS * unit), 0.02)
    assert found == pytest.approx(expected, rel=1e-6)


def test_few_records_or_places_tell_none() -> None:
    assert log_slope(LogGroups.of([], []), 1.0) == 0
    assert log_slope(LogGroups.of([0, 1, 2], [1.0, 2.0, 4.0]), 1.0) == 0
    assert log_slope(LogGroups.of([0, 0, 1, 1], [1.0, 1.0, 4.0, 4.0]), 1.0) == 0
    assert log_slope(LogGroups.of([0, 1, 2, 3], [5.0] * 4), 1.0) == pytest.approx(0, abs=1e-12)


def test_what_is_worth_nothing_is_left_out() -> None:
    groups = LogGroups.of([0, 0, 1, 2], [0.0, 3.0, 0.0, 5.0])
    assert groups.at.tolist() == [0, 2]
    assert groups.records.tolist() == [1, 1]
    with pytest.raises(ValueError, match="one length"):
        LogGroups(np.zeros(2), np.zeros(1, dtype=np.int64), np.zeros(2), np.zeros(2))
