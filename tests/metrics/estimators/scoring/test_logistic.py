"""The refitted score against scikit-learn, and that later records decide which score is better."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import brier_score_loss

from metrics.estimators.scoring.logistic import censoring_weights, logistic
from metrics.estimators.scoring.out_of_time import (
    FEWEST_AFTER,
    RIDGE,
    Fates,
    fate_weights,
    refitted,
)

Floats = NDArray[np.float64]


def records(
    count: int, effects: tuple[float, ...], seed: int, *, censored: bool = True
) -> tuple[Fates, Floats]:
    """Records of which features say who has the event, and their chances; a score of noise."""
    generator = np.random.default_rng(seed)
    features = (generator.random((count, len(effects))) < 0.3).astype(np.float64)
    chance = 1 / (1 + np.exp(1.5 - features @ np.array(effects)))
    age = np.where(generator.random(count) < chance, generator.integers(0, 60, count), np.nan)
    followed = generator.integers(0, 200, count) if censored else np.full(count, 200)
    seen = np.where(age <= followed, age, np.nan)
    came, weight = fate_weights(seen, followed.astype(np.float64), 60)
    score = np.where(generator.random(count) < 0.1, np.nan, generator.normal(0, 1, count))
    return Fates(features, score, came, weight), chance


def scikit_learn(
    features: Floats, came: NDArray[np.bool_], weight: Floats, ridge: float
) -> LogisticRegression:
    """The same regression of scikit-learn, whose penalty is 1 ÷ C."""
    penalty = 1 / ridge if ridge else np.inf
    model = LogisticRegression(C=penalty, tol=1e-12, max_iter=20_000)
    return model.fit(features, came, sample_weight=weight)


@pytest.mark.parametrize(("seed", "ridge"), [*product((1, 2, 3), (0.0, RIDGE, 25.0))])
def test_coefficients_and_chances_are_those_of_scikit_learn(seed: int, ridge: float) -> None:
    fates, _ = records(900, (0.9, -0.6, 0.3, 0.0, 1.4), seed)
    came, stayed, came_squared, stayed_squared = fates.sums
    found = logistic(
        fates.features, came, stayed, ridge=ridge, came_squared=came_squared,
        stayed_squared=stayed_squared,
    )  # fmt: skip
    theirs = scikit_learn(fates.features, fates.came, fates.weight, ridge)
    assert found.intercept == pytest.approx(theirs.intercept_[0], abs=1e-5)
    assert found.coefficients == pytest.approx(theirs.coef_[0], abs=1e-5)
    expected = theirs.predict_proba(fates.features)[:, 1]
    assert found.chance(fates.features) == pytest.approx(expected, abs=1e-6)


def test_a_feature_that_tells_the_event_apart_keeps_finite_as_in_scikit_learn() -> None:
    features = np.array([[0.0], [1.0]])
    found = logistic(features, np.array([0.0, 30.0]), np.array([30.0, 0.0]), ridge=1.0)
    each = np.repeat(features, 30, axis=0)
    theirs = scikit_learn(each, each[:, 0] == 1, np.ones(60), 1.0)
    assert found.coefficients == pytest.approx(theirs.coef_[0], abs=1e-4)


def test_the_refit_is_judged_on_later_records_as_scikit_learn_judges_it() -> None:
    effects = (1.2, -0.9, 0.8)
    before, after = records(2000, effects, 5)[0], records(1200, effects, 6)[0]
    found = refitted(before, after)
    assert found is not None
    theirs = scikit_learn(before.features, before.came, before.weight, RIDGE)
    assert found.model.coefficients == pytest.approx(theirs.coef_[0], abs=1e-5)
    chance = theirs.predict_proba(after.features)[:, 1]
    known = after.weight > 0
    expected = brier_score_loss(after.came[known], chance[known], sample_weight=after.weight[known])
    assert found.refitted.brier == pytest.approx(expected, abs=1e-7)
    odds = np.log(chance / (1 - chance))[:, None]
    slope = scikit_learn(odds, after.came, after.weight, 0.0).coef_[0][0]
    assert found.refitted.slope.value == pytest.approx(slope, abs=1e-4)
    assert found.is_better, "the present score is noise"


def test_later_records_decide_and_not_those_it_was_fitted_on() -> None:
    """What went with the event before the split goes against it after it; the score kept true."""
    before, chance = records(2000, (1.5, 0.0), 7)
    after, _ = records(1200, (-1.5, 0.0), 8)
    present = Fates(before.features, 0 * chance, before.came, before.weight)
    later = Fates(after.features, np.zeros(len(after.came)), after.came, after.weight)
    fitted_on = refitted(present, present)
    assert fitted_on is not None
    assert fitted_on.is_better, "on its own records it is"
    found = refitted(present, later)
    assert found is not None
    assert not found.is_better
    assert found.reduction.high < 0


def test_a_score_that_is_the_chance_already_is_kept() -> None:
    effects = (1.2, -0.9, 0.8)
    (before, truth), (after, later_truth) = records(2000, effects, 9), records(1200, effects, 10)
    odds, later_odds = (np.log(each / (1 - each)) for each in (truth, later_truth))
    found = refitted(
        Fates(before.features, odds, before.came, before.weight),
        Fates(after.features, later_odds, after.came, after.weight),
    )
    assert found is not None
    assert not found.is_better


def test_of_too_few_nothing_is_claimed() -> None:
    before, _ = records(2000, (1.0,), 11)
    after, _ = records(60, (1.0,), 12)
    assert after.known[0] < FEWEST_AFTER
    assert refitted(before, after) is None


def test_weights_bring_back_the_share_that_censoring_hides() -> None:
    whole, chance = records(40_000, (0.0,), 13)
    came, stayed, *_ = whole.sums
    assert came.sum() / (came.sum() + stayed.sum()) == pytest.approx(chance.mean(), abs=0.01)
    unweighted = whole.came.mean()
    assert unweighted < chance.mean() - 0.02
    ages, followed = np.array([0.0, 30.0, 60.0]), np.random.default_rng(1).integers(0, 90, 500)
    share = [(followed >= age).mean() for age in ages]
    assert censoring_weights(ages, followed.astype(float)) == pytest.approx(1 / np.array(share))
