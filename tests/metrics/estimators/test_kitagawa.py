"""The split of a rate's change, and which segments explain it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.distance import jensenshannon

from metrics.estimators.kitagawa import explanation, rate_change, surprise


@st.composite
def tables(draw: st.DrawFn) -> np.ndarray[Any, Any]:
    """[converted and reached before, converted and reached after], per segment; some are empty."""
    segments = draw(st.integers(1, 5))
    columns = []
    for _ in range(2):
        reached = draw(st.lists(st.integers(0, 60), min_size=segments, max_size=segments))
        reached[draw(st.integers(0, segments - 1))] += 1
        columns += [[draw(st.integers(0, each)) for each in reached], reached]
    return np.array(columns)


@given(tables())
def test_parts_sum_to_the_change_of_the_total_rate(table: np.ndarray[Any, Any]) -> None:
    change = rate_change(*table)
    converted, reached, converted_after, reached_after = table.sum(axis=1)
    expected = converted_after / reached_after - converted / reached
    assert float(change.parts.sum()) == pytest.approx(expected, abs=1e-14)


@given(tables())
def test_parts_are_the_formula_written_out(table: np.ndarray[Any, Any]) -> None:
    converted, reached, converted_after, reached_after = table.tolist()
    before, after = sum(reached), sum(reached_after)
    mean = (sum(converted) / before + sum(converted_after) / after) / 2
    found = rate_change(*table)
    for segment in range(len(reached)):
        weights = reached[segment] / before, reached_after[segment] / after
        rates = [
            won / of
            for won, of in (
                (converted[segment], reached[segment]),
                (converted_after[segment], reached_after[segment]),
            )
            if of
        ] or [0]
        rate = sum(weights) / 2 * (rates[-1] - rates[0])
        mix = ((rates[0] + rates[-1]) / 2 - mean) * (weights[1] - weights[0])
        if not any(weights):
            mix = 0
        assert found.rate[segment] == pytest.approx(rate, abs=1e-15)
        assert found.mix[segment] == pytest.approx(mix, abs=1e-15)


@given(tables())
def test_the_change_back_is_the_change_with_another_sign(table: np.ndarray[Any, Any]) -> None:
    there, back = rate_change(*table), rate_change(*table[[2, 3, 0, 1]])
    np.testing.assert_allclose(there.rate, -back.rate, atol=1e-15)
    np.testing.assert_allclose(there.mix, -back.mix, atol=1e-15)


@given(tables())
def test_proportional_growth_changes_nothing(table: np.ndarray[Any, Any]) -> None:
    change = rate_change(table[0], table[1], 3 * table[0], 3 * table[1])
    assert change.parts == pytest.approx(0, abs=1e-15)


def test_a_segment_that_is_new_is_all_mix() -> None:
    # 10 of 100 before; after, the same and 5 of 100 of a new segment: 0.10 becomes 0.075.
    change = rate_change(
        np.array([10, 0, 0]), np.array([100, 0, 0]), np.array([10, 5, 0]), np.array([100, 100, 0])
    )
    assert change.rate.tolist() == [0, 0, 0]
    assert change.mix.tolist() == pytest.approx([-0.00625, -0.01875, 0])


def test_cases_are_split_alike_and_one_without_anybody_is_unknown() -> None:
    before = np.array([[3, 4], [0, 0]]), np.array([[10, 20], [0, 0]])
    after = np.array([[5, 4], [1, 1]]), np.array([[10, 10], [5, 5]])
    found = rate_change(*before, *after)
    alone = rate_change(before[0][0], before[1][0], after[0][0], after[1][0])
    np.testing.assert_array_equal(found.parts[0], alone.parts)
    assert np.isnan(found.parts[1]).all()


@given(tables())
def test_surprise_sums_to_the_jensen_shannon_divergence(table: np.ndarray[Any, Any]) -> None:
    found = surprise(table[1], table[3])
    assert float(found.sum()) == pytest.approx(jensenshannon(table[1], table[3]) ** 2, abs=1e-9)
    assert (found >= -1e-15).all()


def test_surprise_needs_shares() -> None:
    assert np.isnan(surprise(np.array([0.0, 0.0]), np.array([1.0, 2.0]))).all()
    for sides in (([1.0, -1.0], [1.0, 1.0]), ([1.0, 1.0], [1.0, -1.0])):
        with pytest.raises(ValueError, match="negative"):
            surprise(np.array(sides[0]), np.array(sides[1]))


def test_the_most_surprising_segments_explain_until_two_thirds() -> None:
    parts = np.array([0.3, 0.05, 0.25, 0.4]) * -0.1
    found = explanation(parts, np.array([0.1, 0.9, 0.3, 0.2]))
    # The second is the most surprising, but explains less than a tenth.
    assert found is not None
    assert found.segments == (2, 3, 0)
    assert found.share == pytest.approx(0.95)
    assert found.surprise == pytest.approx(0.6)


def test_a_dimension_that_the_change_is_spread_over_does_not_explain_it() -> None:
    assert explanation(np.full(20, 0.05), np.full(20, 0.1)) is None
    assert explanation(np.array([0.5, -0.5]), np.array([0.1, 0.1])) is None
    assert explanation(np.array([np.nan, 0.5]), np.array([0.1, 0.1])) is None
    assert explanation(np.array([0.5, 0.5]), np.array([np.nan, 0.1])) is None
