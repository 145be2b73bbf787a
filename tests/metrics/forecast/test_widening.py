"""Ranges are widened when past ones missed too often, and left alone while they held."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import numpy as np
import polars as pl
import pytest

from metrics.forecast.back_test import OURS
from metrics.forecast.forecast import LEVELS, TOTAL, forecast_of
from metrics.forecast.landing import Landing, landing
from metrics.forecast.quarters import quarters_ahead
from metrics.forecast.widening import next_factor, widened_in_turn, widening_of
from metrics.plan.draws import draw
from metrics.plan.in_flight import OPEN_DEALS, WON
from metrics.plan.past.history import History
from metrics.scope import Stage
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


def several_sources() -> Landing:
    """What is won, what is nearly certain, and what is still to come and may be much or little."""
    rng = np.random.default_rng(1)
    deals = {
        WON: np.full((2, 2_000), 4),
        OPEN_DEALS: rng.binomial(40, 0.95, (2, 2_000)),
        "leads to come": rng.poisson(rng.gamma(1.0, 30, (2, 2_000))),
    }
    return Landing(
        as_of=date(2026, 11, 20),
        quarters=quarters_ahead(date(2026, 11, 20), 2),
        deals=deals,
        revenue={name: each * 1_000.0 for name, each in deals.items()},
        entry=Stage.LEAD,
        usual_entries=100.0,
        has_amounts=True,
    )


@pytest.mark.parametrize("factor", [1.5, 4.0])
def test_ranges_of_sources_are_as_much_wider_and_never_beyond_the_total(factor: float) -> None:
    plain = several_sources()
    found = forecast_of(plain.widened(factor))
    both = forecast_of(plain).join(found, on=["quarter_on", "source"], suffix="_wide")
    for unit, worth in (("deals", 1), ("revenue", 1_000)):
        low, middle, high, wide_low, wide_middle, wide_high = (
            both[f"{unit}_{name}"].to_numpy()
            for name in ("p10", "p50", "p90", "p10_wide", "p50_wide", "p90_wide")
        )
        assert wide_middle == pytest.approx(middle)
        assert wide_high == pytest.approx(middle + factor * (high - middle), abs=worth)
        # The total's goes down to what is won, and with it what is nearly certain.
        least = np.where(both["source"] == TOTAL, 4 * worth, 0)
        expected = np.maximum(middle - factor * (middle - low), least)
        totals = np.repeat(expected[both["source"] == TOTAL], 4)
        assert wide_low == pytest.approx(np.minimum(expected, totals), abs=worth)
        for level in LEVELS:
            column = f"{unit}_p{level}"
            of_total = found.filter(source=TOTAL).select("quarter_on", total=column)
            assert (
                found.join(of_total, on="quarter_on")
                .select(pl.col(column) <= pl.col("total"))
                .to_series()
                .all()
            )
        of_won = both.filter(source=WON)
        assert of_won[f"{unit}_p10_wide"].to_list() == [4 * worth] * 2
        assert both[f"{unit}_mean_wide"].to_list() == pytest.approx(both[f"{unit}_mean"].to_list())
