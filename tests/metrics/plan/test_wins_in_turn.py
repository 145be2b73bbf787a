"""Wins of open records over several windows, each record in one at most."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binom

from metrics.plan.in_flight import wins_in_turn
from metrics.plan.one_by_one import ONE_BY_ONE

DRAWS = 40_000


@pytest.mark.parametrize("records", [1, 7, ONE_BY_ONE, ONE_BY_ONE + 1, 300])
def test_wins_of_few_and_of_many_records_are_multinomial(records: int) -> None:
    chances = [0.1, 0.0, 0.35]
    rng = np.random.default_rng(records)
    won = wins_in_turn(records, [np.full(1000, each) for each in chances], DRAWS, rng)
    assert won.shape == (3, DRAWS)
    assert won.dtype == np.int64
    assert won.sum(axis=0).max() <= records
    assert (won[1] == 0).all()
    for window, chance in ((0, 0.1), (2, 0.35)):
        seen = np.bincount(won[window], minlength=records + 1) / DRAWS
        expected = binom.pmf(np.arange(records + 1), records, chance)
        assert np.abs(seen - expected).max() < 0.01, window
    together = np.cov(won[0], won[2])[0, 1]
    assert together == pytest.approx(-records * 0.1 * 0.35, rel=0.2, abs=0.02)


@pytest.mark.parametrize("records", [3, 300])
def test_each_draw_has_its_own_chance_over_again_where_there_are_fewer(records: int) -> None:
    chances = [np.array([0.0, 1.0, 0.0]), np.array([0.0, 0.0, 1.0])]
    won = wins_in_turn(records, chances, 7, np.random.default_rng(1))
    assert (won[0] == np.array([0, 1, 0, 0, 1, 0, 0]) * records).all()
    assert (won[1] == np.array([0, 0, 1, 0, 0, 1, 0]) * records).all()
