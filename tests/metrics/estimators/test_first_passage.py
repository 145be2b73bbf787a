"""The entries needed until enough is won."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.stats import ks_2samp, nbinom

from metrics.estimators.deal_sizes import DealSizes
from metrics.estimators.first_passage import answer, chance, needed_entries

DEALS = DealSizes.of([1.0])

volumes = st.lists(
    st.one_of(st.integers(0, 500), st.just(np.inf)).map(float), min_size=1, max_size=300
).map(np.array)


def test_entries_that_all_win_at_once_are_the_deals_themselves() -> None:
    rng = np.random.default_rng(1)
    in_flight = np.array([0.0, 3, 12, 11.5, 20])
    found = needed_entries(12, in_flight, np.ones(5), DEALS, rng)
    assert found.tolist() == [12, 9, 0, 1, 0]
    amounts = needed_entries(100_000, in_flight * 1000, np.ones(5), DealSizes.of([6000.0]), rng)
    assert amounts.tolist() == [17, 17, 15, 15, 14]


@pytest.mark.parametrize(("wins", "q"), [(1, 0.3), (12, 0.05), (400, 0.02), (3, 1e-4)])
def test_the_entries_to_the_last_win_are_negative_binomial(wins: int, q: float) -> None:
    draws = 40_000
    rng = np.random.default_rng(2)
    found = needed_entries(wins, np.zeros(draws), np.full(draws, q), DEALS, rng)
    law = nbinom(wins, q)
    assert found.mean() == pytest.approx(wins / q, rel=5 / (wins * draws) ** 0.5)
    for confidence in (0.1, 0.5, 0.8, 0.95):
        volume = answer(found, confidence)
        noise = 5 * (confidence * (1 - confidence) / draws) ** 0.5
        assert law.cdf(volume - wins) > confidence - noise
        assert law.cdf(volume - wins - 1) < confidence + noise


def test_a_small_chance_needs_many_and_none_is_never_enough() -> None:
    rng = np.random.default_rng(3)
    with np.errstate(all="raise"):
        found = needed_entries(5, np.zeros(4), np.array([0.0, 1e-12, 1e-300, 0.5]), DEALS, rng)
    assert found[0] == np.inf
    assert 1e11 < found[1] < 1e14
    assert found[2] > 1e290
    assert needed_entries(5, [5.0], [0.0], DEALS, rng).tolist() == [0]
    worthless = needed_entries(5, [0.0, 6.0], [0.5, 0.5], DealSizes.of([0.0]), rng)
    assert worthless.tolist() == [np.inf, 0]


def one_by_one(
    target: float, in_flight: float, q: float, won: list[float], rng: np.random.Generator
) -> int:
    """Entries made one at a time until the target is reached, with one weighting of the amounts."""
    sizes = DealSizes.of(won)
    weights = rng.dirichlet(np.ones(len(won)))
    reached, entries = in_flight, 0
    while reached < target:
        entries += 1
        if rng.random() < q:
            amount = rng.choice(sizes.amounts, p=weights)
            reached += amount * rng.lognormal(-(sizes.bandwidth**2) / 2, sizes.bandwidth)
    return entries


def test_the_entries_are_those_made_one_by_one() -> None:
    rng = np.random.default_rng(4)
    won = [500.0, 900, 1500, 2000, 6000]
    in_flight, q = rng.uniform(0, 6000, 1500), rng.beta(20, 80, 1500)
    found = needed_entries(10_000, in_flight, q, DealSizes.of(won), rng)
    expected = [
        one_by_one(10_000, float(existing), float(share), won, rng)
        for existing, share in zip(in_flight, q, strict=True)
    ]
    assert ks_2samp(found, expected).pvalue > 0.001


@given(volumes, st.floats(0.01, 0.99))
def test_the_answer_run_forward_gives_its_confidence(
    needed: NDArray[np.float64], confidence: float
) -> None:
    volume = answer(needed, confidence)
    assert volume == round(volume) if np.isfinite(volume) else volume == np.inf
    assert chance(needed, volume) >= confidence - 1e-12
    if 0 < volume < np.inf:
        assert chance(needed, volume - 1) < confidence
    if volume == np.inf:
        assert np.isfinite(needed).mean() < confidence


def test_the_answer_holds_on_new_draws() -> None:
    rng = np.random.default_rng(5)
    sizes = DealSizes.of(rng.lognormal(9, 1, 60))
    brought, q = rng.gamma(4, 20_000, (2, 10_000)), rng.beta(30, 600, (2, 10_000))
    plan, new = (
        needed_entries(500_000, existing, share, sizes, rng)
        for existing, share in zip(brought, q, strict=True)
    )
    assert chance(new, answer(plan, 0.8)) == pytest.approx(0.8, abs=0.02)


def test_a_round_share_of_the_draws_takes_no_draw_more() -> None:
    needed = np.arange(1.0, 10_001)
    for percent in range(1, 100):
        assert answer(needed, percent / 100) == 100 * percent


def test_the_seed_decides_the_draws() -> None:
    one, same, other = (
        needed_entries(
            9000,
            np.zeros(50),
            np.full(50, 0.1),
            DealSizes.of([500.0, 900, 1500]),
            np.random.default_rng(seed),
        )
        for seed in (1, 1, 2)
    )
    assert (one == same).all()
    assert (one != other).any()


def test_what_cannot_be_is_refused() -> None:
    rng = np.random.default_rng(1)
    with pytest.raises(ValueError, match="one value per draw"):
        needed_entries(5, [0.0], [0.5, 0.5], DEALS, rng)
    for q in (-0.1, 1.1, float("nan")):
        with pytest.raises(ValueError, match="between 0 and 1"):
            needed_entries(5, [0.0], [q], DEALS, rng)
    for target, existing in ((float("inf"), 0.0), (5, float("nan"))):
        with pytest.raises(ValueError, match="are numbers"):
            needed_entries(target, [existing], [0.5], DEALS, rng)
    for confidence in (0.0, 1.0, 80):
        with pytest.raises(ValueError, match="confidence"):
            answer(np.ones(3), confidence)
    with pytest.raises(ValueError, match="without draws"):
        answer(np.array([]), 0.8)
    with pytest.raises(ValueError, match="without draws"):
        chance(np.array([]), 3)
