"""Shares allow for trials of one company being alike; intervals widen only as far as they may."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from bench.calibration.shares import Share, skill
from bench.calibration.trial import OURS
from bench.calibration.widened import Widening, widened_intervals
from metrics.forecast.back_test import BASELINES
from metrics.forecast.baselines import ByRevenue


def test_trials_of_one_company_say_less_than_those_of_many() -> None:
    so = np.array([True, True, False, False] * 10)
    apart = Share.of(so, [str(number) for number in range(40)])
    alike = Share.of(so, [str(number) for number in np.repeat(np.arange(20), 2)])
    assert apart.share == alike.share == 0.5
    assert alike.high - alike.low > 1.3 * (apart.high - apart.low)


@pytest.mark.parametrize(
    ("share", "verdict"),
    [
        (Share(100, 0.8, 0.71, 0.87), "met"),
        (Share(100, 0.74, 0.65, 0.82), "missed, within chance"),
        (Share(900, 0.7, 0.67, 0.73), "missed"),
    ],
)
def test_a_miss_may_be_chance(share: Share, verdict: str) -> None:
    assert share.meets(0.76, 0.84) == verdict


def test_the_best_baseline_is_the_one_with_the_least_score() -> None:
    columns = {each.value: [4.0, 4.0] for each in BASELINES}
    columns |= {ByRevenue.RUN_RATE.value: [1.0, 3.0], OURS: [1.0, 2.0]}
    scores = pl.DataFrame({"company": ["a", "b"], **columns})
    best, gain, low, high = skill(scores)
    assert (best, gain) == (ByRevenue.RUN_RATE.value, 0.25)
    assert low <= gain <= high


def quarters(*actual: float) -> pl.DataFrame:
    count = len(actual)
    return pl.DataFrame(
        {
            "company": ["a"] * count,
            "origin": range(count),
            "p10": [80.0] * count,
            "p50": [100.0] * count,
            "p90": [130.0] * count,
            "actual": actual,
        }
    )


def test_intervals_are_widened_by_what_was_missed_before() -> None:
    rows = quarters(100, 100, 100, 100, 100, 60, 60, 60)
    found = widened_intervals(rows, Widening.AFTER_MISSES)
    assert found["p10"].to_list()[:6] == [80.0] * 6
    assert found["p10"].to_list()[-1] == pytest.approx(60.0)
    assert (found["p90"] >= 130).all()
    assert widened_intervals(rows, Widening.NEVER).equals(rows)
