"""The bootstrap over accounts."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import beta, dirichlet

from metrics.estimators.comparing import bootstrap
from metrics.estimators.comparing.bootstrap import ratio_draws, ratio_interval


def random() -> np.random.Generator:
    return np.random.default_rng(11)


def test_a_plain_share_has_the_distribution_that_is_known() -> None:
    # Each account one record: the share of Dirichlet weights on 7 of 25 is Beta(7, 18).
    won = np.array([1.0] * 7 + [0.0] * 18)
    drawn = ratio_draws(won, np.ones(25), random(), draws=40_000)
    levels = [0.025, 0.25, 0.5, 0.75, 0.975]
    assert np.quantile(drawn, levels) == pytest.approx(beta.ppf(levels, 7, 18), abs=0.005)
    found = ratio_interval(won, np.ones(25), random())
    assert found.ratio == 7 / 25
    assert (found.low, found.high) == pytest.approx(beta.ppf([0.025, 0.975], 7, 18), abs=0.015)


def test_amounts_are_weighted_as_by_drawn_weights() -> None:
    won, of = np.array([0.0, 30, 400, 0]), np.array([10.0, 30, 900, 60])
    weights = dirichlet.rvs([1] * 4, size=40_000, random_state=2)
    expected = np.quantile(weights @ won / (weights @ of), [0.1, 0.5, 0.9])
    drawn = ratio_draws(won, of, random(), draws=40_000)
    assert np.quantile(drawn, [0.1, 0.5, 0.9]) == pytest.approx(expected, rel=0.02)
    found = ratio_interval(won, of, random(), level=0.8)
    assert found.ratio == pytest.approx(0.43)
    assert (found.low, found.high) == pytest.approx((expected[0], expected[2]), abs=0.02)


def test_equal_generators_give_equal_draws_however_many_fit_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    won, of = np.arange(50.0), np.arange(50.0) + 10
    whole = ratio_draws(won, of, random(), draws=101)
    monkeypatch.setattr(bootstrap, "_WEIGHTS_AT_ONCE", 700)
    np.testing.assert_allclose(ratio_draws(won, of, random(), draws=101), whole, rtol=1e-14)


def test_the_unit_of_money_does_not_matter_and_a_split_account_counts_twice() -> None:
    won, of = np.array([0.0, 30, 400, 0]), np.array([10.0, 30, 900, 60])
    plain, in_cents = ratio_interval(won, of, random()), ratio_interval(100 * won, of, random())
    assert (in_cents.low, in_cents.high) == pytest.approx((100 * plain.low, 100 * plain.high))
    split = ratio_interval(np.tile(won, 2), np.tile(of, 2), random())
    assert split.high - split.low < 0.9 * (plain.high - plain.low)


def test_too_little_has_no_interval() -> None:
    alone = ratio_interval(np.array([2.0]), np.array([4.0]), random())
    assert alone.ratio == 0.5
    assert np.isnan([alone.low, alone.high]).all()
    for accounts in (0, 3):
        nothing = ratio_interval(np.ones(accounts), np.zeros(accounts), random())
        assert np.isnan(nothing.ratio)
        assert not np.isfinite([nothing.low, nothing.high]).any()
    with pytest.raises(ValueError, match="negative"):
        ratio_interval(np.ones(2), np.array([1.0, -1.0]), random())
