"""The final rate of a cohort that is not through yet."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from metrics.estimators.incidence import AgeCounts, IncidenceDraws, draw_incidence
from metrics.estimators.projection import projected_rate


def curve(draws: int = 4000, scale: int = 1) -> IncidenceDraws:
    """10% convert on day 10, 20% on day 30; 30% exit on day 20; the horizon is 60 days."""
    entered, converted, exited, still_open = (
        np.array(column) * scale
        for column in ([100, 0, 0, 0, 0], [0, 10, 0, 20, 0], [0, 0, 30, 0, 0], [0, 0, 0, 0, 40])
    )
    counts = AgeCounts.of([0, 10, 20, 30, 60], entered, converted, exited, still_open, 60)
    return draw_incidence(counts, draws, np.random.default_rng(1))


def test_the_point_is_the_rate_by_hand() -> None:
    # Open at 5, 15, 25 and 40 days: 0.3 ÷ 1, 0.2 ÷ 0.9, 0.2 ÷ 0.6 and nothing more.
    ages = np.bincount([5, 15, 15, 25, 40])
    found = projected_rate(2, ages, curve(), np.random.default_rng(2), size=10)
    expected = (2 + 0.3 + 2 * 0.2 / 0.9 + 0.2 / 0.6) / 10
    assert found.point == pytest.approx(expected)
    assert found.draws.mean() == pytest.approx(expected, abs=0.01)
    np.testing.assert_allclose(found.draws * 10 % 1, 0, atol=1e-9)  # whole records convert


@given(
    st.integers(0, 50),
    st.integers(0, 50),
    st.lists(st.integers(60, 500), max_size=20),
    st.integers(1, 9),
)
def test_a_matured_cohort_is_what_was_observed(
    converted: int, exited: int, ages: list[int], seed: int
) -> None:
    size = converted + exited + len(ages) + 1
    still_open = np.bincount([*ages, 60])
    drawn = curve(draws=20)
    found = projected_rate(converted, still_open, drawn, np.random.default_rng(seed), size=size)
    assert found.point == converted / size
    assert (found.draws == converted / size).all()


def test_the_draws_hold_the_chance_of_the_records_and_of_the_curve() -> None:
    ages = np.array([40])
    rng = np.random.default_rng(3)
    few, many = (projected_rate(0, ages, curve(scale=n), rng, size=40) for n in (1, 10_000))
    # A curve known for certain leaves the binomial: 40 records at 0.3.
    assert many.draws.std() == pytest.approx((0.3 * 0.7 / 40) ** 0.5, rel=0.05)
    both = 0.3 * 0.7 * (1 / 40 + 1 / 102 * 39 / 40)
    assert few.draws.std() == pytest.approx(both**0.5, rel=0.05)


def test_nobody_open_in_a_curve_that_ends_is_sure_to_convert() -> None:
    all_gone = AgeCounts.of([0, 3, 5], [10, 0, 0], [0, 5, 0], [0, 0, 5], [0, 0, 0], horizon=9)
    drawn = draw_incidence(all_gone, 50, np.random.default_rng(4))
    found = projected_rate(0, np.bincount([6]), drawn, np.random.default_rng(5), size=1)
    assert found.point == 0


def test_the_seed_decides_the_draws() -> None:
    drawn, ages = curve(), np.bincount([5, 15, 25])
    one, same, other = (
        projected_rate(0, ages, drawn, np.random.default_rng(seed), size=9) for seed in (1, 1, 2)
    )
    assert (one.draws == same.draws).all()
    assert (one.draws != other.draws).any()


def test_cohorts_that_cannot_be_are_refused() -> None:
    drawn, rng = curve(draws=2), np.random.default_rng(1)
    with pytest.raises(ValueError, match="no rate"):
        projected_rate(0, [], drawn, rng, size=0)
    with pytest.raises(ValueError, match="3 converted and 2 open of 4"):
        projected_rate(3, [1, 1], drawn, rng, size=4)
    with pytest.raises(ValueError, match="of 4"):
        projected_rate(-1, [1, 1], drawn, rng, size=4)
    assert projected_rate(3, [], drawn, rng, size=4).point == 0.75
