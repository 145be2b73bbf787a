"""What a hold-out of people says: conversions and money that the channel added."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import norm
from statsmodels.stats.proportion import confint_proportions_2indep

from metrics.estimators.experiments.person_holdout import (
    Amounts,
    Arm,
    incremental_conversions,
    incremental_money,
)


def test_conversions_are_the_difference_of_the_shares_times_the_people_of_the_test_arm() -> None:
    found = incremental_conversions(Arm(3000, 150), Arm(1000, 30), spend=12_000.0)
    low, high = confint_proportions_2indep(150, 3000, 30, 1000, method="newcomb")
    assert found.difference.value == pytest.approx(0.05 - 0.03)
    assert (found.difference.low, found.difference.high) == pytest.approx((low, high))
    assert found.conversions.value == pytest.approx(60)
    assert (found.conversions.low, found.conversions.high) == pytest.approx(
        (3000 * low, 3000 * high)
    )
    assert found.per_spend.high == pytest.approx(3000 * high / 12_000)
    assert found.more_than_chance


def test_accounts_that_were_assigned_whole_widen_the_interval_and_leave_the_estimate() -> None:
    plain = incremental_conversions(Arm(3000, 150), Arm(1000, 30), spend=1.0)
    clustered = incremental_conversions(Arm(3000, 150, 3.0), Arm(1000, 30, 3.0), spend=1.0)
    assert clustered.conversions.value == pytest.approx(plain.conversions.value)
    third = confint_proportions_2indep(50, 1000, 10, 1000 / 3, method="newcomb")
    assert (clustered.difference.low, clustered.difference.high) == pytest.approx(third)
    assert not clustered.more_than_chance


def test_of_few_events_nothing_is_claimed() -> None:
    found = incremental_conversions(Arm(5000, 9), Arm(500, 0), spend=1.0)
    assert found.expected_events < 1
    sure = incremental_conversions(Arm(20, 8), Arm(20, 0), spend=1.0)
    assert sure.difference.above_zero
    assert sure.expected_events == 4
    assert not sure.more_than_chance


def test_without_spend_there_is_no_effect_per_spend() -> None:
    found = incremental_conversions(Arm(300, 50), Arm(300, 30), spend=0.0)
    assert np.isnan([found.per_spend.value, found.per_spend.low, found.per_spend.high]).all()
    assert found.conversions.value == pytest.approx(20)
    with pytest.raises(ValueError, match="negative"):
        incremental_conversions(Arm(300, 50), Arm(300, 30), spend=-1.0)


def test_money_has_the_normal_interval_where_there_is_much_of_it() -> None:
    generator = np.random.default_rng(3)
    test, control = generator.gamma(2, 100, 900), generator.gamma(2, 100, 700)
    money, per_spend = incremental_money(
        Amounts(4000, test), Amounts(5000, control), 50_000.0, generator
    )
    arms = [(4000, test), (5000, control)]
    means = [each.sum() / people for people, each in arms]
    variances = [((each**2).sum() / n - (each.sum() / n) ** 2) / n for n, each in arms]
    half = 4000 * norm.ppf(0.975) * np.sqrt(sum(variances))
    value = 4000 * (means[0] - means[1])
    assert money.value == pytest.approx(value)
    assert (money.low, money.high) == pytest.approx((value - half, value + half), rel=0.04)
    assert per_spend.low == pytest.approx(money.low / 50_000)


def test_money_of_a_handful_has_no_interval() -> None:
    found, _ = incremental_money(
        Amounts(400, np.full(9, 10.0)),
        Amounts(400, np.full(4, 10.0)),
        1.0,
        np.random.default_rng(1),
    )
    assert found.value == pytest.approx(50)
    assert np.isnan([found.low, found.high]).all()


@pytest.mark.parametrize(
    ("persons", "converted", "design_effect"), [(10, 11, 1.0), (0, 0, 1.0), (10, 5, 0.5)]
)
def test_an_arm_that_cannot_be_is_refused(
    persons: int, converted: int, design_effect: float
) -> None:
    with pytest.raises(ValueError, match=r"cannot have converted|at least 1"):
        Arm(persons, converted, design_effect)


def test_amounts_that_cannot_be_are_refused() -> None:
    with pytest.raises(ValueError, match="above 0"):
        Amounts(10, np.array([5.0, 0.0]))
    with pytest.raises(ValueError, match="of 1 people"):
        Amounts(1, np.array([5.0, 4.0]))
