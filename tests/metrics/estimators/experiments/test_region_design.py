"""Which regions and weeks a test takes: its power, and when regions cannot decide."""

from __future__ import annotations

import numpy as np
import pytest

from bench.experiments import Market, region_tests_found
from metrics.estimators.experiments.control_regions import read_regions
from metrics.estimators.experiments.region_design import (
    NoTest,
    RegionTest,
    region_power,
    region_test,
)


def random() -> np.random.Generator:
    return np.random.default_rng(21)


def designed(market: Market, weeks: int = 52, spend: float = 100.0) -> RegionTest:
    outcome = market.outcome(weeks, random())
    found = region_test(outcome, np.full(market.regions, spend), market.lift, random())
    assert isinstance(found, RegionTest)
    return found


@pytest.mark.parametrize(("before", "weeks", "effect"), [(16, 4, 3.2), (40, 12, 1.6)])
def test_the_power_is_that_of_tests_that_are_read(before: int, weeks: int, effect: float) -> None:
    generator = random()
    found, sound = 0, 0
    for _ in range(800):
        control = 100 + 10 * generator.standard_normal(before + weeks)
        outcome = control + 3 * generator.standard_normal(before + weeks)
        outcome[before:] += effect
        reading = read_regions(outcome, control, before, spend=1.0)
        sound += reading.effect is not None
        found += reading.effect is not None and reading.effect.total.above_zero
    power = region_power(effect, 3.0, before, weeks)
    assert 0.3 < power < 0.9
    assert found / sound == pytest.approx(power, abs=0.05)


def test_tests_that_are_designed_and_made_find_the_effect_as_often_as_was_said() -> None:
    found = region_tests_found(Market(regions=8, weekly=40.0), 120, random())
    assert found.tests == 120
    assert found.found == pytest.approx(found.stated, abs=0.1)


def test_the_cheapest_test_with_enough_power_is_taken() -> None:
    market = Market()
    found = designed(market)
    assert found.enough
    assert found.spend == 100.0 * len(found.regions) * found.weeks
    assert len(found.regions) in (3, 4, 6)
    assert designed(market, spend=300.0).spend == pytest.approx(3 * found.spend)
    assert designed(Market(lift=0.3)).spend < found.spend


def test_an_effect_too_small_gets_the_best_there_is_and_its_power() -> None:
    found = designed(Market(lift=0.01))
    assert found.power < 0.3
    assert not found.enough


def test_a_short_past_allows_no_long_test() -> None:
    assert designed(Market(lift=0.01), weeks=14).weeks <= 12


def test_where_regions_cannot_decide_the_reason_is_given() -> None:
    spend = np.ones(12)
    outcome = Market().outcome(52, random())
    assert region_test(outcome[:3], spend[:3], 0.1, random()) is NoTest.FEW_REGIONS
    assert region_test(outcome[:, :11], spend, 0.1, random()) is NoTest.FEW_WEEKS
    apart = random().poisson(30.0, (12, 52)).astype(float)
    assert region_test(apart, spend, 0.1, random()) is NoTest.UNRELATED
    with pytest.raises(ValueError, match="above 0"):
        region_test(outcome, spend, 0.0, random())
    with pytest.raises(ValueError, match="per region"):
        region_test(outcome, spend[:5], 0.1, random())


def test_without_noise_any_effect_is_found() -> None:
    assert region_power(0.1, 0.0, 26, 4) == 1
    assert region_power(1e6, 1.0, 26, 4) == pytest.approx(1)
