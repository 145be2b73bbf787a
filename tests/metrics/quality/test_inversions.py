"""Levels out of order: found where they are planted, and none where there is none."""

from __future__ import annotations

import numpy as np

from bench.inversions import INVERSIONS, TRUTHS, most_power, tried
from metrics.estimators.comparing.difference import p_below


def test_a_planted_inversion_is_flagged_and_no_other_level() -> None:
    found = tried(INVERSIONS, 10_000, 12, np.random.default_rng(1))
    assert found.found >= 10 / 12
    assert found.falsely == 0


def test_companies_without_one_are_not_flagged() -> None:
    truths = [(rates, None) for rates in TRUTHS.values()]
    assert tried(truths, 5_000, 15, np.random.default_rng(2)).falsely <= 1 / 15


def test_no_test_finds_more_than_the_most_powerful_one() -> None:
    """The score test of two shares comes close to it, with the error it really has."""
    generator, draws = np.random.default_rng(3), 40_000
    for rates, leads in (((0.08, 0.12), (1_500, 1_250)), ((0.2, 0.3), (400, 850))):
        alike = np.dot(rates, leads) / sum(leads)
        sizes = [np.full(draws, float(each)) for each in leads]
        told = [
            p_below(
                *(
                    part
                    for rate, size in zip(chances, sizes, strict=True)
                    for part in (generator.binomial(size.astype(int), rate).astype(float), size)
                )
            )
            for chances in ((alike, alike), rates)
        ]
        error, found = (float((each <= 0.0125).mean()) for each in told)
        (most,), needed = most_power(rates, leads, (error,))
        assert most - 0.02 < found < most + 0.01
        assert needed < error if most > 0.9 else needed > error
