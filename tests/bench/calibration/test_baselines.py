"""Each baseline on a few deals, where anybody can work out what it says."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from bench.calibration.baselines import (
    errors,
    level,
    point,
    predictive,
    stage_win_rates,
)
from data.sample_company.families.company import company
from data.sample_company.families.life import Life
from data.sample_company.families.nature import Family
from data.sample_company.families.records import NEVER, Deals, Exit, Records
from data.sample_company.families.snapshot import Snapshot
from metrics.forecast.back_test import BASELINES, Baseline
from metrics.forecast.baselines import ByRevenue, TooEarlyError
from metrics.forecast.by_pipeline import ByPipeline

LIFE = Life(date(2022, 1, 1), months=36)

FILLING = [999_000, 999_000]
"""Of the first two quarters nothing is taken."""


def seen_after(quarters: list[int], deals: list[tuple[int, int, int]] | None = None) -> Snapshot:
    """A company that won one deal in the middle month of each quarter, on the last quarter's end.

    Open deals are stage, amount and days to the expected close; the CRM's probability is that of
    the stage and 0.05.
    """
    starts = LIFE.month_starts
    today = int(starts[3 * len(quarters)]) - 1
    won_on = [int(starts[3 * number + 1]) + 10 for number in range(len(quarters))]
    deals = deals or []
    count = len(quarters) + len(deals)
    opened = np.array([day - 10 for day in won_on] + [today - 40] * len(deals))
    order = np.argsort(opened, kind="stable")
    won = np.array(won_on + [int(NEVER)] * len(deals))
    amount = np.array(quarters + [each[1] for each in deals])
    last = np.array([3] * len(quarters) + [each[0] for each in deals])
    close = np.array(won_on + [today + each[2] for each in deals])
    records = Records(
        channel=np.zeros(count, dtype=np.int64),
        account=np.arange(count),
        entered=np.stack([opened, opened, opened, opened, won], axis=1)[order],
        exit=np.full(count, Exit.NONE, dtype=np.int64),
        exited=np.full(count, NEVER),
        deals=Deals(
            lead=np.arange(count),
            stage_entered=np.where(np.arange(4) <= last[:, None], opened[:, None], NEVER)[order],
            first_amount=amount[order],
            later_amount=amount[order],
            amended=np.full(count, NEVER),
            first_close=close[order],
            push_days=np.full(count, 1),
            optimism=np.full(count, 0.05),
        ),
    )
    return Snapshot(LIFE, today, records)


TWO_YEARS = [*FILLING, 10, 20, 30, 40, 20, 40, 60, 80]


def test_points_of_the_baselines_that_look_at_won_revenue() -> None:
    seen = seen_after(TWO_YEARS)
    assert point(ByRevenue.SEASONAL_NAIVE, seen, 5).tolist() == [20, 40, 60, 80, 20]
    assert point(ByRevenue.LAST_YEAR_GROWTH, seen, 2).tolist() == [40, 80]
    assert point(ByRevenue.RUN_RATE, seen, 2).tolist() == [80, 80]
    assert level(seen) == 50


def test_growth_compares_the_quarters_that_have_a_year_before() -> None:
    seen = seen_after([*FILLING, 10, 20, 30, 40, 15])
    assert point(ByRevenue.LAST_YEAR_GROWTH, seen, 1).tolist() == [20 * 1.5]


def test_smoothing_goes_on_with_a_steady_level() -> None:
    steady = seen_after([*FILLING, *[30] * 7])
    assert point(ByRevenue.AUTO_ETS, steady, 2) == pytest.approx([30, 30], rel=0.05)


def test_points_of_the_pipeline_are_of_what_is_due_in_the_quarter() -> None:
    """The next quarter begins on 1 July 2024 and has 92 days, the one after it 92 too."""
    open_deals = [(0, 100, 1), (2, 1_000, 92), (3, 10_000, 93), (3, 70_000, 184), (3, 700_000, 185)]
    seen = seen_after(TWO_YEARS, open_deals)
    assert seen.life.date_of(seen.day) == date(2024, 6, 30)
    said = point(ByPipeline.CRM_PROBABILITY, seen, 2)
    assert said == pytest.approx([25 + 700, 0.9 * 80_000])


def test_a_deal_that_its_seller_gave_up_is_due_in_no_quarter() -> None:
    """Pushed five times by a day, its expected close is five days ago."""
    seen = seen_after(TWO_YEARS, [(3, 100, -10)])
    assert seen.expected_close[seen.is_open].tolist() == [seen.day - 5]
    assert point(ByPipeline.CRM_PROBABILITY, seen, 2).tolist() == [0, 0]


def test_stages_weigh_what_came_of_closed_deals_with_one_win_and_one_loss_added() -> None:
    seen = seen_after(TWO_YEARS, [(1, 120, 5)])
    lost = seen.records.deals.lead[:6]
    records = seen.records
    entered = records.entered.copy()
    entered[lost[:6], 4] = NEVER
    exited, exit_ = records.exited.copy(), records.exit.copy()
    exited[lost], exit_[lost] = seen.day, Exit.LOST
    stages = records.deals.stage_entered.copy()
    stages[:6, 2:] = NEVER
    deals = Deals(
        records.deals.lead,
        stages,
        records.deals.first_amount,
        records.deals.later_amount,
        records.deals.amended,
        records.deals.first_close,
        records.deals.push_days,
        records.deals.optimism,
    )
    changed = Records(records.channel, records.account, entered, exit_, exited, deals)
    seen = Snapshot(LIFE, seen.day, changed)
    assert stage_win_rates(seen).tolist() == [5 / 12, 5 / 12, 5 / 6, 5 / 6]
    assert point(ByPipeline.STAGE_WEIGHTED, seen, 1) == pytest.approx([120 * 5 / 12])


def test_errors_are_those_of_earlier_quarters_in_terms_of_the_level_then() -> None:
    seen = seen_after([*FILLING, 10, 30, 20, 60])
    found = errors(ByRevenue.RUN_RATE, seen, 2)
    expected = [
        [(30 - 10) / 10, (20 - 10) / 10],
        [(20 - 30) / 20, (60 - 30) / 20],
        [(60 - 20) / 20, np.nan],
    ]
    assert np.allclose(found, expected, equal_nan=True)


def test_quantiles_are_those_of_students_t_around_what_is_usual() -> None:
    """Errors 2, −½ and 2 have the mean 7/6 and the variance 25/12; t(2) at 90% is 1.8856."""
    seen = seen_after([*FILLING, 10, 30, 20, 60])
    found = predictive(ByRevenue.RUN_RATE, seen, 1, count=5)[0]
    assert found[2] == pytest.approx(60 + 30 * 7 / 6)
    assert found[4] == pytest.approx(
        60 + 30 * (7 / 6 + 1.885618 * np.sqrt(25 / 12) * np.sqrt(4 / 3)), rel=1e-5
    )
    assert predictive(ByRevenue.RUN_RATE, seen, 1, count=99).min() == 0, "nothing below 0 is won"


def test_a_snapshot_within_a_quarter_is_refused() -> None:
    seen = seen_after(TWO_YEARS)
    for day in (date(2024, 6, 29), date(2024, 5, 31)):
        for baseline in BASELINES:
            with pytest.raises(ValueError, match=f"{day} is not the last day of a quarter"):
                point(baseline, seen.earlier(day), 1)


def test_what_is_too_early_is_said() -> None:
    def refusal(baseline: Baseline, quarters: list[int]) -> str:
        with pytest.raises(TooEarlyError) as refused:
            predictive(baseline, seen_after(quarters), 1)
        return str(refused.value)

    assert "no quarter is over" in refusal(ByRevenue.RUN_RATE, FILLING)
    assert "four quarters that are over, and has 3" in refusal(
        ByRevenue.SEASONAL_NAIVE, [*FILLING, 1, 2, 3]
    )
    assert "no quarter of the year before" in refusal(
        ByRevenue.LAST_YEAR_GROWTH, [*FILLING, 1, 2, 3, 4]
    )
    assert "two earlier errors, and has 1" in refusal(ByRevenue.RUN_RATE, [*FILLING, 1, 2])
    assert "3 months are too few" in refusal(ByRevenue.AUTO_ETS, [*FILLING, 1])
    assert "nothing was won" in refusal(ByPipeline.CRM_PROBABILITY, [*FILLING, 5, 5, 0, 0, 0, 0])


def test_a_baseline_sees_dated_facts_only() -> None:
    made = company(Family.TREND, seed=3, wins_per_year=80)
    day = date(2025, 3, 31)
    for baseline in BASELINES:
        then = predictive(baseline, made.seen_on(day), 2)
        later = predictive(baseline, made.seen_on(date(2026, 6, 30)).earlier(day), 2)
        assert (then == later).all()
        assert (np.diff(then, axis=1) >= 0).all()


@pytest.mark.parametrize("baseline", [ByRevenue.RUN_RATE, ByPipeline.STAGE_WEIGHTED], ids=str)
def test_intervals_of_stable_companies_cover_about_as_often_as_they_say(
    baseline: Baseline,
) -> None:
    """80% of 80, with four standard errors of 4.5 points."""
    inside = []
    for seed in range(80):
        made = company(Family.STABLE, seed, wins_per_year=60, months=42)
        low, high = np.quantile(
            predictive(baseline, made.seen_on(date(2024, 12, 31)), 1)[0], [0.1, 0.9]
        )
        inside.append(low <= made.truth.revenue_by_quarter[12] <= high)
    assert 0.62 <= np.mean(inside) <= 0.98
