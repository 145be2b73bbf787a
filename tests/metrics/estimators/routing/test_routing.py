"""Routing against closed forms, enumeration and planted worlds."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from metrics.estimators.routing import rerouting
from metrics.estimators.routing.division import division
from metrics.estimators.routing.history import History
from metrics.estimators.routing.propensity import propensities
from metrics.estimators.routing.rerouting import Sellers, gain_draws, learned, rerouted
from metrics.estimators.routing.seller_rates import SPREADS, USUAL_SPREAD, seller_rates, two_levels


def test_shrinkage_is_the_closed_form_of_the_joint_normal() -> None:
    residual = np.array([[0.1, -0.02, 0.07], [-0.05, 0.03, -0.1]])
    error = np.array([[1e-3, 4e-3, np.inf], [2e-3, 5e-4, 3e-3]])
    scale, total, expected = 0.4, 0.0, np.zeros((2, 3))
    widths = np.gradient(SPREADS)
    for (i, one), (j, two) in product(enumerate(SPREADS * scale), repeat=2):
        density = widths[i] * widths[j]
        density *= np.exp(-0.5 * (one**2 + two**2) / (USUAL_SPREAD * scale) ** 2)
        means = np.zeros((2, 3))
        for seller in range(2):
            seen = np.isfinite(error[seller])
            prior = one**2 * np.ones((3, 3)) + two**2 * np.eye(3)
            noisy = prior[np.ix_(seen, seen)] + np.diag(error[seller][seen])
            inverse = np.linalg.inv(noisy)
            there = residual[seller][seen]
            density *= np.exp(-0.5 * there @ inverse @ there) / np.sqrt(np.linalg.det(noisy))
            means[seller] = prior[:, seen] @ inverse @ there
        total += density
        expected += density * means
    found = two_levels(residual, error, scale)
    assert found.expected == pytest.approx(expected / total, rel=1e-6)
    drawn = found.draw(40_000, np.random.default_rng(1))
    assert drawn.mean(axis=0) == pytest.approx(found.expected, abs=2e-3)


def test_who_has_the_better_leads_does_not_look_better() -> None:
    # Two sellers alike; the first is given mostly the level that converts three times as often.
    given = np.array([[[[900.0, 100.0]], [[100.0, 900.0]]]])
    reached = given * np.array([0.3, 0.1])[None, :, None, None]
    raw = reached.sum(axis=(0, 1, 2)) / given.sum(axis=(0, 1, 2))
    assert raw[0] - raw[1] > 0.15
    beyond = seller_rates(given, reached).beyond.expected
    assert abs(beyond[0, 0] - beyond[1, 0]) < 0.02


def test_propensities_add_up_and_keep_to_the_margins() -> None:
    rng = np.random.default_rng(2)
    given = rng.poisson(6, (3, 2, 4, 5)).astype(float)
    given[:, :, 0, 4] = 0
    found = propensities(given)
    assert found.sum(axis=3) == pytest.approx(np.ones((3, 2, 4)))
    assert (found[:, :, 0, 4] == 0).all()
    expected = (found * given.sum(axis=3, keepdims=True)).sum(axis=(1, 2))
    assert expected == pytest.approx(given.sum(axis=(1, 2)), rel=0.05)


def test_division_is_the_best_of_all_there_are() -> None:
    gain = np.array([[0.3, 0.2], [0.25, 0.05], [-0.1, 0.04]])
    supply, room = np.array([2.0, 2, 1]), np.array([2.0, 2])
    best = 0.0
    ways = [[(a, b) for a in range(3) for b in range(3) if a + b <= n] for n in (2, 2, 1)]
    for one in product(*ways):
        moved = np.array(one)
        if (moved.sum(axis=0) <= room).all():
            best = max(best, float((moved * gain).sum()))
    found = division(gain, supply, room)
    assert (found * gain).sum() == pytest.approx(best)
    assert (found == np.round(found)).all()
    assert (found.sum(axis=0) <= room).all()
    assert not found[gain <= 0].any()
    with pytest.raises(ValueError, match="negative"):
        division(gain, -supply, room)


def population(copies: int = 1) -> History:
    """Every lead there can be, as often as it is likely: outcomes are their expectations."""
    rates = np.array([[0.4, 0.1], [0.1, 0.4]])
    shares = np.array([[0.25, 0.75], [0.5, 0.5]])
    rows = [
        (np.ravel_multi_index((segment, 0, 0, seller), (2, 1, 1, 2)), group,
         400 * copies * shares[segment, seller],
         400 * copies * shares[segment, seller] * rates[segment, seller])
        for group, segment, seller in product(range(20), range(2), range(2))
    ]  # fmt: skip
    cell, group, given, reached = (np.array(each) for each in zip(*rows, strict=True))
    return History(cell, group, given, reached, (2, 1, 1, 2))


def test_of_an_enumerated_population_the_gain_is_exact() -> None:
    # Room for all: the first segment gains 0.4 − 0.175, the second 0.4 − 0.25, both equally large.
    sellers = Sellers(np.array([True, True]), np.array([1e6, 1e6]))
    found = rerouted(population(), sellers, 20)
    assert found.gain.sum() / found.given.sum() == pytest.approx((0.225 + 0.15) / 2, abs=1e-6)
    weighted = found.weighted.sum() / found.weight.sum()
    assert weighted == pytest.approx(0.4)
    assert found.moved.sum() == pytest.approx(found.meant.sum())
    assert (
        gain_draws(found.gain.sum(0), found.given.sum(0), 50, np.random.default_rng(1)).std() < 1e-9
    )


def test_wrong_propensities_are_made_good_by_the_rates(monkeypatch: pytest.MonkeyPatch) -> None:
    def wrong(given: np.ndarray) -> np.ndarray:
        return np.full(given.shape, 0.5)  # in truth a quarter and three quarters of one segment

    monkeypatch.setattr(rerouting, "propensities", wrong)
    sellers = Sellers(np.array([True, True]), np.array([1e6, 1e6]))
    found = rerouted(population(), sellers, 20)
    by_weights = found.weighted.sum() / found.given.sum() - 0.2125
    assert abs(by_weights - 0.1875) > 0.02
    assert found.gain.sum() / found.given.sum() == pytest.approx(0.1875, abs=0.003)


def test_nobody_is_meant_to_have_more_than_their_busiest_month() -> None:
    history = population()
    most = np.array([7_000.0, 10_500.0])
    shares = learned(history, Sellers(np.array([True, True]), most)).shares
    by_segment = history.counted[0].sum(axis=(1, 2))
    supply = by_segment.sum(axis=1)
    present = by_segment / supply[:, None]
    stay = 1 - shares.sum(axis=1, keepdims=True)
    load = ((shares + stay * present) * supply[:, None]).sum(axis=0)
    assert (load <= most + 1e-6).all()
    assert shares.sum() > 0


def test_of_who_was_no_real_possibility_nothing_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rerouting, "LEAST_PROPENSITY", 0.3)
    sellers = Sellers(np.array([True, True]), np.array([1e6, 1e6]))
    found = rerouted(population(), sellers, 20)
    assert found.moved.sum(axis=1)[0] == 0  # one in four of the first segment went there
    assert found.gain.sum(axis=1)[0] == 0
    assert found.gain.sum(axis=1)[1] > 0


def test_a_wrong_history_is_refused() -> None:
    one = np.array([0])
    with pytest.raises(ValueError, match="more leads"):
        History(one, one, np.array([1.0]), np.array([2.0]), (1, 1, 1, 1))
    with pytest.raises(ValueError, match="one length"):
        History(one, one, np.array([1.0, 2]), np.array([1.0]), (1, 1, 1, 1))
    with pytest.raises(ValueError, match="without leads"):
        seller_rates(np.zeros((1, 1, 1, 1)), np.zeros((1, 1, 1, 1)))
