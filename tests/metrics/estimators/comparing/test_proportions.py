"""Intervals of a share and of a ratio of two counts."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import brentq
from scipy.stats import beta
from statsmodels.stats.proportion import proportion_confint

from metrics import rates
from metrics.estimators.comparing.bootstrap import ratio_draws
from metrics.estimators.comparing.proportions import flow_ratio, quantile, value_share, wilson

effective = st.floats(0.1, 5000).flatmap(
    lambda trials: st.tuples(st.floats(0, 1).map(lambda share: share * trials), st.just(trials))
)


@given(effective, st.sampled_from([0.5, 0.8, 0.95]))
def test_a_share_has_the_interval_of_statsmodels(counts: tuple[float, float], level: float) -> None:
    found = wilson(np.array(counts[0]), np.array(counts[1]), level)
    expected = proportion_confint(*counts, alpha=1 - level, method="wilson")
    assert [float(bound) for bound in found] == pytest.approx(expected, abs=1e-12)


def test_a_share_has_the_interval_that_the_engine_gives() -> None:
    of = np.array([1, 2, 7, 29, 8000, 0])
    won = np.array([1, 0, 3, 1, 842, 0])
    low, high = rates.wilson(pl.col("won"), pl.col("of"))
    expected = pl.DataFrame({"won": won, "of": of}).select(low=low, high=high).to_numpy()
    np.testing.assert_allclose(np.column_stack(wilson(won, of)), expected, atol=1e-15)


def test_a_share_of_all_or_none_lies_within_its_interval() -> None:
    trials = np.arange(1, 300).astype(float)
    assert (wilson(np.zeros(299), trials)[0] == 0).all()
    assert (wilson(trials, trials)[1] == 1).all()


@given(st.integers(0, 300), st.integers(0, 300), st.sampled_from([0.8, 0.95]))
def test_a_ratio_of_counts_holds_the_ratios_that_a_score_test_does_not_reject(
    numerator: int, denominator: int, level: float
) -> None:
    if numerator + denominator == 0:
        return
    low, high = (
        float(bound) for bound in flow_ratio(np.array(numerator), np.array(denominator), level)
    )

    def beyond(ratio: float) -> float:
        # Given the sum, the numerator is binomial with this share.
        share, together = ratio / (1 + ratio), numerator + denominator
        score = (numerator - together * share) ** 2 / (together * share * (1 - share))
        return float(score) - quantile(level) ** 2

    if numerator == 0:
        assert low == 0
    else:
        assert low == pytest.approx(brentq(beyond, 1e-9, numerator / max(denominator, 0.1)))
    if denominator == 0:
        assert high == np.inf
    else:
        assert high == pytest.approx(brentq(beyond, max(numerator, 0.1) / denominator, 1e9))


def test_a_ratio_of_counts_is_near_the_exact_interval() -> None:
    # Clopper-Pearson of the conditional share, transformed.
    low, high = flow_ratio(np.array(90.0), np.array(60.0))
    exact = beta.ppf([0.025, 0.975], [90, 91], [61, 60])
    assert [float(low), float(high)] == pytest.approx((exact / (1 - exact)).tolist(), rel=0.03)


def test_a_share_of_equal_amounts_is_a_share_of_accounts() -> None:
    won, of = np.array([0.0, 3, 12]), np.array([5.0, 12, 12])
    found = value_share(70 * won, 70 * of, 70**2 * of)
    np.testing.assert_allclose(found, wilson(won, of), atol=1e-15)


def test_a_share_of_unequal_amounts_covers_where_the_bootstrap_does_not() -> None:
    generator = np.random.default_rng(12)
    covered = {"share": 0, "bootstrap": 0}
    for _ in range(400):
        amounts = generator.lognormal(size=20)
        won = amounts * (generator.random(20) < 0.3)
        low, high = value_share(won.sum(), amounts.sum(), (amounts**2).sum())
        covered["share"] += bool(low <= 0.3 <= high)
        drawn = ratio_draws(won, amounts, generator, draws=400)
        covered["bootstrap"] += bool(abs((drawn < 0.3).mean() - 0.5) <= 0.475)
    assert covered["share"] / 400 > 0.93
    assert covered["bootstrap"] / 400 < 0.92


def test_nothing_has_no_interval() -> None:
    assert np.isnan(value_share(np.zeros(1), np.zeros(1), np.zeros(1))).all()
    assert np.isnan(wilson(np.array([0.0, np.nan]), np.array([0.0, np.nan]))).all()
    assert np.isnan(flow_ratio(np.array([0.0]), np.array([0.0]))).all()
