"""Ranges are widened when past ones missed too often, and left alone while they held."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import numpy as np
import polars as pl
import pytest

from metrics.forecast.back_test import OURS
from metrics.forecast.forecast import TOTAL, forecast_of
from metrics.forecast.landing import landing
from metrics.forecast.widening import next_factor, widened_in_turn, widening_of
from metrics.plan.draws import draw
from metrics.plan.in_flight import WON
from metrics.plan.past.history import History
from tests.metrics.plan.histories import counts, some_deals, some_history


def back_tested(came: Sequence[float]) -> pl.DataFrame:
    """A back-test whose every range goes from 80 to 150 around 100."""
    quarters = [date(2024 + place // 4, 1 + 3 * (place % 4), 1) for place in range(len(came))]
    return pl.DataFrame(
        {
            "quarter_on": quarters,
            "forecaster": [OURS] * len(came),
            "p10": [80.0] * len(came),
            "p50": [100.0] * len(came),
            "p90": [150.0] * len(came),
            "won": list(came),
            "crps": [1.0] * len(came),
        }
    )


HELD = [110.0, 90.0, 140.0, 95.0, 120.0, 85.0]


def test_ranges_that_hold_are_as_drawn_and_so_is_one_miss_after_many_hits() -> None:
    assert widening_of(back_tested(HELD)).factor == 1
    found = widening_of(back_tested([*HELD, 40.0]))
    assert (found.factor, found.missed, found.quarters) == (1, 1, 7)
    assert "as drawn" in found.reason


def test_misses_in_a_row_widen_by_how_far_outside_they_fell() -> None:
    found = widening_of(back_tested([*HELD, 60.0, 50.0, 40.0]))
    assert (found.missed, found.quarters) == (3, 9)
    # 60, 50 and 40 lie 2, 2.5 and 3 half-widths under the median.
    assert 2.5 <= found.factor <= 3
    assert "3 of the last 9 quarters fell outside" in found.reason


def test_a_range_that_holds_again_is_left_as_drawn() -> None:
    assert widening_of(back_tested([*HELD, 60.0, 60.0, *HELD, *HELD, *HELD])).factor == 1


def test_without_past_forecasts_nothing_is_widened() -> None:
    found = widening_of(back_tested([]))
    assert (found.factor, found.missed, found.quarters) == (1, 0, 0)


def test_others_and_what_was_not_told_say_nothing() -> None:
    rows = back_tested([*HELD, 60.0, 50.0, 40.0])
    others = rows.with_columns(forecaster=pl.lit("run rate"))
    untold = rows.with_columns(crps=pl.lit(None, pl.Float64))
    assert widening_of(others).quarters == widening_of(untold).quarters == 0


def test_after_a_break_ranges_cover_again_within_a_year_and_a_steady_course_is_left() -> None:
    rng = np.random.default_rng(1)
    steady: list[np.ndarray] = []
    broken: list[np.ndarray] = []
    for _ in range(300):
        noise = rng.standard_normal(24)
        for shift, held in ((0.0, steady), (4.0, broken)):
            came = 100 + 10 * (noise + np.where(np.arange(24) < 10, 0, shift))
            fans = np.tile([100 - 12.8, 100, 100 + 12.8], (24, 1))
            said = widened_in_turn(fans, came)
            held.append((said[:, 0] <= came) & (came <= said[:, 2]))
            assert (said[0] == fans[0]).all()
    assert np.mean([each[10] for each in broken]) < 0.05
    assert np.mean([each[14:] for each in broken]) > 0.75
    assert 0.8 < np.mean(steady) < 0.93


def test_what_comes_later_does_not_change_what_was_said() -> None:
    came = np.array([*HELD, 60.0, 50.0, 40.0, 100.0])
    fans = np.tile([80.0, 100.0, 150.0], (len(came), 1))
    assert np.array_equal(widened_in_turn(fans, came)[:8], widened_in_turn(fans[:8], came[:8]))
    factor = next_factor(fans[:8], came[:8])
    assert widened_in_turn(fans, came)[8].tolist() == pytest.approx(
        [max(100 - 20 * factor, 0), 100, 100 + 50 * factor]
    )


@pytest.fixture(scope="module")
def usual() -> History:
    curve = counts(900, {30: 200, 90: 150}, {20: 300})
    return some_history(
        counts(1200, {60: 60}), deals=some_deals(ages=curve, amounts=(50, 100, 400))
    )


def test_a_widened_landing_is_wider_around_the_same_middle_and_keeps_its_means(
    usual: History,
) -> None:
    plain = landing(usual, draw(usual, 2_000))
    wide = plain.widened(1.5)
    low, middle, high = np.percentile(plain.total_revenue, [10, 50, 90], axis=1)
    found = np.percentile(wide.total_revenue, [10, 50, 90], axis=1)
    assert found[1] == pytest.approx(middle)
    assert found[2] - middle == pytest.approx(1.5 * (high - middle))
    assert (found[0] >= wide.revenue[WON].max(axis=1)).all()
    assert (found[0] <= low).all()
    assert wide.total_deals.dtype == plain.total_deals.dtype
    totals = [forecast_of(each).filter(source=TOTAL) for each in (plain, wide)]
    for column in ("deals_mean", "revenue_mean"):
        assert totals[1][column].to_list() == pytest.approx(totals[0][column].to_list())
