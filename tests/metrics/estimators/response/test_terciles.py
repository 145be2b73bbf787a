"""What a conversion cost in periods of low, middle and high spend."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import chi2

from metrics.estimators.response.terciles import Tercile, cost_by_tercile


def terciles(spend: list[float], conversions: list[float]) -> tuple[Tercile, ...]:
    found = cost_by_tercile(np.array(spend), np.array(conversions))
    assert found is not None
    return found


def test_periods_are_cut_by_spend_and_costs_are_ratios_of_sums() -> None:
    low, middle, high = terciles([7, 1, 5, 3, 2, 6, 4], [70, 8, 40, 33, 18, 66, 40])
    assert [each.periods for each in (low, middle, high)] == [3, 2, 2]
    assert (low.spend, low.conversions) == (6, 59)
    assert middle.cost.value == pytest.approx(9 / 80)
    assert high.cost.value == pytest.approx(13 / 136)


def test_counts_as_even_as_poisson_have_the_exact_interval() -> None:
    low, _, high = terciles([100, 100, 200, 200, 400, 400], [10, 10, 15, 15, 20, 20])
    bounds = chi2.ppf(0.025, 40) / 2, chi2.ppf(0.975, 42) / 2
    assert (low.cost.low, low.cost.high) == pytest.approx((200 / bounds[1], 200 / bounds[0]))
    assert high.cost.low == pytest.approx(800 / (chi2.ppf(0.975, 82) / 2))


def test_uneven_months_widen_the_interval_so_that_it_covers() -> None:
    generator, covered, narrow = np.random.default_rng(5), 0, 0
    spend = np.repeat([100.0, 200.0, 300.0], 8)
    for _ in range(400):
        conversions = generator.poisson(0.2 * spend * generator.gamma(8, 1 / 8, 24)).astype(float)
        found = cost_by_tercile(spend, conversions)
        assert found is not None
        covered += found[2].cost.low <= 5 <= found[2].cost.high
        count = found[2].conversions
        narrow += (
            2400 / (chi2.ppf(0.975, 2 * count + 2) / 2)
            <= 5
            <= 2400 / (chi2.ppf(0.025, 2 * count) / 2)
        )
    assert covered / 400 == pytest.approx(0.95, abs=0.05)
    assert narrow / 400 < 0.75


def test_a_third_without_conversions_has_no_upper_bound() -> None:
    low, _, _ = terciles([1, 1, 5, 5, 9, 9], [0, 0, 5, 5, 9, 9])
    assert low.cost.value == float("inf")
    assert low.cost.high == float("inf")
    assert 0 < low.cost.low < 1


def test_few_periods_say_nothing_and_impossible_ones_are_errors() -> None:
    assert cost_by_tercile(np.ones(5), np.ones(5)) is None
    with pytest.raises(ValueError, match="per period"):
        cost_by_tercile(np.ones(7), np.ones(6))
    with pytest.raises(ValueError, match="negative"):
        cost_by_tercile(np.ones(6), -np.ones(6))
