"""Levels out of order: found where they are planted, and none where there is none."""

from __future__ import annotations

import numpy as np

from bench.inversions import INVERSIONS, TRUTHS, tried


def test_a_planted_inversion_is_flagged_and_no_other_level() -> None:
    found = tried(INVERSIONS, 10_000, 12, np.random.default_rng(1))
    assert found.found >= 10 / 12
    assert found.falsely == 0


def test_companies_without_one_are_not_flagged() -> None:
    truths = [(rates, None) for rates in TRUTHS.values()]
    assert tried(truths, 5_000, 15, np.random.default_rng(2)).falsely <= 1 / 15
