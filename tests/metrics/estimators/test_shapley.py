"""The exact split of a product's change among its factors."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from metrics.estimators.shapley import Floats, shapley_product, to_the_cent

# Zeros and ones often, as empty segments and certain rates are.
factor = st.sampled_from([0.0, 1.0, -1.0]) | st.floats(-50, 50, allow_subnormal=False)


def sides(defined: bool = True) -> st.SearchStrategy[Floats]:
    """[2, leaves, factors]: both sides of a few leaves."""
    element = factor if defined else factor | st.just(float("nan"))
    shape = st.tuples(st.just(2), st.integers(1, 4), st.integers(1, 6))
    return shape.flatmap(lambda each: arrays(np.float64, each, elements=element))


def over_every_order(before: list[float], after: list[float]) -> Floats:
    """The mean change that each factor makes at its turn."""
    orders = list(permutations(range(len(before))))
    total = np.zeros(len(before))
    for order in orders:
        state = list(before)
        for index in order:
            unchanged = np.prod(state)
            state[index] = after[index]
            total[index] += np.prod(state) - unchanged
    return total / len(orders)


def size(both: Floats) -> float:
    """The largest product that any mixture of both sides could have, for tolerances."""
    return float(np.prod(np.nanmax(abs(both), axis=0, initial=0), axis=-1).max()) + 1


@given(sides())
def test_each_factor_gets_its_mean_change_over_every_order(both: Floats) -> None:
    before, after = both
    found = shapley_product(before, after)
    for leaf, parts in enumerate(found):
        expected = over_every_order(list(before[leaf]), list(after[leaf]))
        np.testing.assert_allclose(parts, expected, rtol=0, atol=1e-11 * size(both))


@given(sides())
def test_contributions_sum_to_the_change(both: Floats) -> None:
    before, after = both
    found = shapley_product(before, after).sum(axis=-1)
    change = np.prod(after, axis=-1) - np.prod(before, axis=-1)
    np.testing.assert_allclose(found, change, rtol=0, atol=1e-12 * size(both))


def test_eight_factors_are_as_exact_as_two() -> None:
    generator = np.random.default_rng(8)
    before, after = generator.normal(size=(2, 8))
    np.testing.assert_allclose(
        shapley_product(before, after), over_every_order(list(before), list(after)), atol=1e-13
    )


def test_leaves_months_and_draws_are_split_alike() -> None:
    generator = np.random.default_rng(1)
    before, after = generator.normal(size=(5, 1, 4)), generator.normal(size=(5, 3, 4))
    found = shapley_product(before, after)
    assert found.shape == (5, 3, 4)
    np.testing.assert_array_equal(found[2, 1], shapley_product(before[2, 0], after[2, 1]))


def test_a_factor_that_does_not_change_contributes_nothing() -> None:
    parts = shapley_product(np.array([10, 0.4, 80]), np.array([20, 0.4, 100]))
    assert parts[1] == 0
    # Two factors share what they do together: each changes at the other's mean.
    assert parts.tolist() == pytest.approx([10 * 0.4 * 90, 0, 15 * 0.4 * 20])


def test_a_factor_undefined_on_one_side_takes_the_value_of_the_other() -> None:
    nan = float("nan")
    # No lead before, so no rate: the whole change is volume.
    parts = shapley_product(np.array([0, nan, 80]), np.array([20, 0.2, 80]))
    assert parts.tolist() == pytest.approx([320, 0, 0])
    parts = shapley_product(np.array([20, 0.2, 80]), np.array([0, nan, nan]))
    assert parts.tolist() == pytest.approx([-320, 0, 0])


def test_a_factor_undefined_on_both_sides_leaves_zero_only_where_the_product_is_zero() -> None:
    nan = float("nan")
    # Nobody won on either side, so there is no deal size; nothing was earned, nothing changes.
    nothing = shapley_product(np.array([10, 0.0, nan]), np.array([20, 0.0, nan]))
    assert nothing.tolist() == [0, 0, 0]
    for rates in ((0.0, 0.5), (0.5, 0.0)):
        sides = [np.array([10, rate, nan]) for rate in rates]
        assert np.isnan(shapley_product(*sides)).all()


@given(sides(defined=False))
def test_undefined_factors_of_a_leaf_touch_no_other_leaf(both: Floats) -> None:
    before, after = both
    found = shapley_product(before, after)
    for leaf in range(len(found)):
        alone = shapley_product(before[leaf], after[leaf])
        np.testing.assert_array_equal(found[leaf], alone)


def test_logarithmic_mean_divisia_agrees_where_all_is_positive() -> None:
    # LMDI: L(V1, V0) · ln(x1 / x0), another split that sums to the change.
    generator = np.random.default_rng(2)
    before = generator.uniform(0.5, 2, size=(200, 4))
    after = before * generator.uniform(0.8, 1.25, size=(200, 4))
    first, last = before.prod(axis=-1), after.prod(axis=-1)
    mean = (last - first) / np.log(last / first)
    divisia = mean[:, None] * np.log(after / before)
    found = shapley_product(before, after)
    np.testing.assert_array_equal(np.sign(found), np.sign(divisia))
    np.testing.assert_allclose(found, divisia, rtol=0.02)
    one = shapley_product(before[:, :1], after[:, :1])
    np.testing.assert_allclose(one, after[:, :1] - before[:, :1])


@pytest.mark.parametrize("bad", [np.array(3.0), np.zeros((2, 0))])
def test_what_is_no_product_is_refused(bad: Floats) -> None:
    with pytest.raises(ValueError, match="factor"):
        shapley_product(bad, bad)


def test_an_infinite_factor_is_refused_on_either_side() -> None:
    with pytest.raises(ValueError, match="infinite"):
        shapley_product(np.array([1.0, np.inf]), np.ones(2))
    with pytest.raises(ValueError, match="infinite"):
        shapley_product(np.ones(2), np.array([1.0, -np.inf]))


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=30))
def test_cents_sum_to_the_total_and_are_less_than_one_off(parts: list[float]) -> None:
    amounts = np.array(parts)
    total = float(amounts.sum())
    cents = to_the_cent(amounts, total)
    assert int(cents.sum()) == round(total * 100)
    assert (abs(cents - amounts * 100) < 1 + 1e-6).all()


def test_cents_left_over_go_to_the_largest_remainders_and_the_first_of_equal_ones() -> None:
    third = 1 / 3
    assert to_the_cent(np.array([third, third, third]), 1.0).tolist() == [34, 33, 33]
    assert to_the_cent(np.array([0.001, 0.006, 0.0]), 0.007).tolist() == [0, 1, 0]
    assert to_the_cent(np.array([0.29, 0.58]), 0.87).tolist() == [29, 58]
    assert to_the_cent(np.full(60, 0.005), 0.3).tolist() == [1] * 30 + [0] * 30


def test_parts_of_another_total_are_refused() -> None:
    with pytest.raises(ValueError, match="sum to"):
        to_the_cent(np.array([1.0, 2.0]), 3.01)
    with pytest.raises(ValueError, match="finite"):
        to_the_cent(np.array([np.nan]), 0.0)
