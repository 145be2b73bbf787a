"""The matched difference against least squares with a column per stratum, and known truth."""

from __future__ import annotations

import numpy as np
import pytest
import statsmodels.api as sm
from numpy.typing import NDArray

from metrics.estimators.comparing.matched import matched_difference

Drawn = tuple[NDArray[np.bool_], NDArray[np.bool_], NDArray[np.int64], NDArray[np.int64]]


def _drawn(seed: int, effect: float = 0.0, records: int = 400) -> Drawn:
    rng = np.random.default_rng(seed)
    stratum = rng.integers(0, 40, records)
    treated = rng.random(records) < 0.1 + 0.4 * (stratum % 4 == 0)
    account = rng.integers(0, records // 3, records)
    chance = 0.2 + 0.01 * stratum + effect * treated
    return rng.random(records) < chance, treated, stratum, account


def test_the_difference_is_that_of_least_squares_within_strata() -> None:
    outcome, treated, stratum, account = _drawn(1)
    found = matched_difference(outcome, treated, stratum, account)
    dummies = (stratum[:, None] == np.unique(stratum)[None, :]).astype(float)
    design = np.column_stack([treated.astype(float), dummies])
    fitted = sm.OLS(outcome.astype(float), design).fit()
    assert found.value == pytest.approx(fitted.params[0], abs=1e-9)
    clustered = fitted.get_robustcov_results("cluster", groups=account, use_correction=False)
    error = (found.high - found.low) / 2 / 1.959964
    # Ours is wider by what the strata take: of ten records each, about √(10 ÷ 9).
    assert 1.0 < error / clustered.bse[0] < 1.15


def test_copies_of_an_account_tell_nothing_new() -> None:
    outcome, treated, stratum, account = _drawn(2)
    once = matched_difference(outcome, treated, stratum, account)
    twice = matched_difference(
        np.tile(outcome, 2), np.tile(treated, 2), np.tile(stratum, 2), np.tile(account, 2)
    )
    assert twice.value == pytest.approx(once.value)
    assert twice.high - twice.low == pytest.approx(once.high - once.low, rel=0.08)
    alone = matched_difference(outcome, treated, stratum, np.zeros(len(account), np.int64))
    assert np.isnan(alone.low)


def test_strata_of_one_kind_are_passed_over() -> None:
    treated = np.array([True, False, True, False])
    outcome = np.array([True, False, True, True])
    found = matched_difference(outcome, treated, np.array([1, 1, 2, 3]), np.arange(4))
    assert (found.treated, found.others, found.value) == (1, 1, 1.0)
    nobody = matched_difference(outcome, treated, np.arange(4), np.arange(4))
    assert nobody.treated == 0
    assert np.isnan(nobody.value)


def test_its_interval_covers_what_was_planted() -> None:
    covered = []
    for seed in range(200):
        found = matched_difference(*_drawn(seed, effect=0.15))
        covered.append(found.low <= 0.15 <= found.high)
    assert 0.91 <= np.mean(covered) <= 0.99


def test_the_order_of_records_makes_no_difference() -> None:
    outcome, treated, stratum, account = _drawn(3)
    mixed = np.random.default_rng(4).permutation(len(outcome))
    first = matched_difference(outcome, treated, stratum, account)
    second = matched_difference(outcome[mixed], treated[mixed], stratum[mixed], account[mixed])
    assert second.value == pytest.approx(first.value)
    assert second.p_value == pytest.approx(first.p_value)


def test_what_alike_records_differ_in_is_taken_off() -> None:
    """As the least squares of the outcome on treatment, strata and covariates have it."""
    rng = np.random.default_rng(8)
    stratum, account = rng.integers(0, 12, 600), rng.integers(0, 200, 600)
    keen = rng.normal(size=600)
    treated = rng.random(600) < 1 / (1 + np.exp(1 - keen))
    outcome = rng.random(600) < np.clip(0.3 + 0.15 * keen, 0, 1)
    covariates = np.stack([keen, keen**2], axis=1)
    alone = matched_difference(outcome, treated, stratum, account)
    freed = matched_difference(outcome, treated, stratum, account, covariates)
    lines = np.column_stack([treated, covariates, np.eye(12)[stratum]]).astype(np.float64)
    fitted, *_ = np.linalg.lstsq(lines, outcome.astype(np.float64), rcond=None)
    assert freed.value == pytest.approx(fitted[0])
    assert freed.low < 0 < freed.high
    assert alone.low > 0, "keen people are treated, and it happens to them"
    constant = matched_difference(outcome, treated, stratum, account, np.ones((600, 1)))
    assert constant.value == pytest.approx(alone.value)
    same = treated[:, None].astype(np.float64)
    assert np.isnan(matched_difference(outcome, treated, stratum, account, same).value)
