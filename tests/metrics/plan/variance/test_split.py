"""The split of a gap: it adds up to the cent, and a cause that was planted comes first."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from metrics.estimators.shapley import to_the_cent
from metrics.plan.variance.split import MIX, VOLUME, Revenue, gap, gap_parts

Floats = NDArray[np.float64]

FUNNELS = 10_000
FACTORS = ("volume", "mix", "mql", "sql", "opportunity", "won", "timing", "size")
SEEDS = st.integers(0, 2**32 - 1)


def side(rng: np.random.Generator, *, holes: bool) -> Revenue:
    """Random funnels of three months and two segments; with holes, zeros, negatives and NaN."""
    entries = rng.integers(0, 300, (FUNNELS, 3, 2)).astype(np.float64)
    leaves = np.empty((FUNNELS, 3, 2, len(FACTORS)))
    volume = entries.sum(axis=-1, keepdims=True)
    leaves[..., VOLUME] = volume
    leaves[..., MIX] = np.divide(
        entries, volume, out=np.full(entries.shape, np.nan), where=volume > 0
    )
    leaves[..., 2:6] = rng.random((FUNNELS, 3, 2, 4))
    leaves[..., 6] = rng.random((FUNNELS, 3, 2)) * 1.2
    leaves[..., 7] = rng.lognormal(9, 1, (FUNNELS, 3, 2))
    opening = rng.lognormal(11, 1, FUNNELS)
    currency, restated = np.zeros(FUNNELS), np.zeros(FUNNELS)
    if holes:
        leaves[..., 2:][rng.random((FUNNELS, 3, 2, 6)) < 0.15] = 0.0
        leaves[..., 7][rng.random((FUNNELS, 3, 2)) < 0.05] *= -1
        opening[rng.random(FUNNELS) < 0.2] *= -1
        currency, restated = rng.normal(0, 5_000, (2, FUNNELS))
    return Revenue(leaves, opening, currency, restated)


def undefined(revenue: Revenue, rng: np.random.Generator) -> Revenue:
    """The same, where some factors of some leaves are not defined."""
    leaves = revenue.leaves.copy()
    leaves[..., 2:][rng.random(leaves[..., 2:].shape) < 0.1] = np.nan
    return replace(revenue, leaves=leaves)


@settings(max_examples=3)
@given(SEEDS)
def test_the_parts_add_up_to_the_gap_to_the_cent(seed: int) -> None:
    rng = np.random.default_rng(seed)
    planned, actual = side(rng, holes=True), undefined(side(rng, holes=True), rng)
    parts, whole = gap_parts(planned, actual), gap(planned, actual)
    assert parts.shape == (FUNNELS, len(FACTORS) + 3)
    size = 1 + np.abs(parts).sum(axis=1)
    assert (np.abs(parts.sum(axis=1) - whole) <= 1e-9 * size).all()
    for place in range(0, FUNNELS, 500):
        cents = to_the_cent(parts[place], float(whole[place]))
        assert cents.sum() == round(whole[place] * 100)


@settings(max_examples=3)
@given(SEEDS)
def test_a_plan_that_came_true_has_no_gap(seed: int) -> None:
    planned = side(np.random.default_rng(seed), holes=True)
    assert (gap_parts(planned, planned) == 0).all()


@pytest.mark.parametrize("place", range(len(FACTORS)), ids=FACTORS)
def test_one_planted_cause_is_all_of_the_gap(place: int) -> None:
    rng = np.random.default_rng(place)
    planned = side(rng, holes=False)
    leaves = planned.leaves.copy()
    if place == MIX:
        leaves[..., MIX] = leaves[..., ::-1, MIX]
    else:
        leaves[..., place] *= rng.uniform(0.3, 0.9, (FUNNELS, 1, 1))
    actual = replace(planned, leaves=leaves)
    parts, whole = gap_parts(planned, actual), gap(planned, actual)
    others = np.delete(parts, place + 1, axis=1)
    assert (others == 0).all()
    np.testing.assert_allclose(parts[:, place + 1], whole, rtol=1e-9, atol=1e-6)


@pytest.mark.parametrize(
    ("name", "place"), [("opening", 0), ("currency", -2), ("restated", -1)], ids=str
)
def test_what_is_no_factor_is_a_part_of_its_own(name: str, place: int) -> None:
    planned = side(np.random.default_rng(1), holes=False)
    parts = gap_parts(planned, replace(planned, **{name: getattr(planned, name) + 250.0}))
    np.testing.assert_allclose(parts[:, place], 250.0)
    assert (np.delete(parts, place, axis=1) == 0).all()


def test_the_leaves_of_a_larger_company_add_up_to_those_of_its_halves() -> None:
    rng = np.random.default_rng(3)
    planned, actual = side(rng, holes=True), side(rng, holes=True)

    def half(revenue: Revenue, segment: int) -> Revenue:
        return replace(revenue, leaves=revenue.leaves[..., segment : segment + 1, :])

    both = gap_parts(planned, actual)[:, 1:-2]
    halves = [gap_parts(half(planned, each), half(actual, each))[:, 1:-2] for each in (0, 1)]
    np.testing.assert_allclose(halves[0] + halves[1], both, rtol=1e-9, atol=1e-6)
