"""How many people a hold-out takes: exact power, and the fewest people that reach it."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binom
from statsmodels.stats.power import NormalIndPower
from statsmodels.stats.proportion import proportion_effectsize

from bench.experiments import hold_outs_found
from metrics.estimators.comparing.difference import expected_events, newcombe
from metrics.estimators.experiments.person_design import holdout_power, person_test


@pytest.mark.parametrize(("test", "control"), [(60, 60), (90, 30), (25, 70)])
def test_the_power_is_that_of_all_pairs_of_counts(test: int, control: int) -> None:
    with_it, without = np.meshgrid(np.arange(test + 1.0), np.arange(control + 1.0))
    arms = (with_it, np.full_like(with_it, test), without, np.full_like(without, control))
    low, _ = newcombe(*arms)
    found = (low > 0) & (expected_events(*arms) >= 5)
    chance = binom.pmf(with_it, test, 0.5) * binom.pmf(without, control, 0.25)
    assert holdout_power(test, control, 0.25, 0.5) == pytest.approx(chance[found].sum(), abs=1e-6)


def test_tests_that_are_made_find_the_effect_as_often_as_was_said() -> None:
    for rates, control_share in [((0.04, 0.06), 0.5), ((0.02, 0.04), 0.2)]:
        design = person_test(*rates, 20_000, 1.0, control_share)
        found = hold_outs_found(design, 400, np.random.default_rng(4))
        assert found.found == pytest.approx(found.stated, abs=0.05)


def test_the_people_needed_are_about_those_of_the_textbook() -> None:
    effect = proportion_effectsize(0.06, 0.04)
    textbook = 2 * NormalIndPower().solve_power(effect, power=0.8, alpha=0.05, ratio=1)
    found = person_test(0.04, 0.06, 100_000, 2.5)
    assert found.test + found.control == pytest.approx(textbook, rel=0.02)
    assert found.power == pytest.approx(0.8, abs=0.005)
    assert found.enough
    assert found.spend == 2.5 * found.test


def test_too_few_people_are_all_taken_and_the_power_says_so() -> None:
    found = person_test(0.04, 0.06, 1001, 1.0)
    assert found.test + found.control == 1001
    assert found.power < 0.4
    assert not found.enough


def test_a_larger_effect_takes_fewer_people() -> None:
    needed = [person_test(0.05, rate, 10**6, 1.0) for rate in (0.055, 0.06, 0.08, 0.2)]
    people = [each.test + each.control for each in needed]
    assert people == sorted(people, reverse=True)
    assert people[0] > 50 * people[-1]


@pytest.mark.parametrize(
    ("without", "with_it", "available", "control_share", "message"),
    [
        (0.05, 0.05, 100, 0.5, "raise a rate"),
        (0.0, 0.05, 100, 0.5, "raise a rate"),
        (0.04, 0.05, 1, 0.5, "two arms"),
        (0.04, 0.05, 100, 1.0, "share of the people"),
    ],
)
def test_what_is_no_test_is_an_error(
    without: float, with_it: float, available: int, control_share: float, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        person_test(without, with_it, available, 1.0, control_share)
