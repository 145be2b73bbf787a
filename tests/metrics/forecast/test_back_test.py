"""Past forecasts made again: scored as by hand, and made from the facts of their day alone."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal

import numpy as np
import polars as pl
import pytest

from metrics.estimators.forecasts.scores import crps, mid_pit
from metrics.forecast.back_test import FORECASTERS, OURS, back_test, forecast_scores
from metrics.forecast.baselines import (
    ByRevenue,
    TooEarlyError,
    point_by_revenue,
    predictive_by_revenue,
)
from metrics.forecast.by_pipeline import ByPipeline, pipelines
from metrics.forecast.landing import landing
from metrics.period import Period
from metrics.plan.draws import draw
from metrics.plan.past.history import history
from tests.metrics.facts import DraftWarehouse, Facts, Row, deal_change, lead, opportunity
from tests.metrics.scopes import asked

DRAWS = 400
FIRST = datetime(2024, 1, 5, 9)
UNTIL = date(2026, 6, 30)
SCOPE = asked(Period(FIRST.date(), UNTIL), UNTIL)


def steady(number: int = 130) -> Facts:
    """A lead a week with a deal ten days later, of which two of three win a month after."""
    leads: list[Row] = []
    deals: list[Row] = []
    for week in range(number):
        came = FIRST + timedelta(weeks=week)
        leads.append(lead(f"L{week}", came))
        outcome = "lost" if week % 3 == 0 else "won"
        closed = came + timedelta(days=40)
        deals.append(
            opportunity(
                f"O{week}",
                came + timedelta(days=10),
                primary_lead_id=f"L{week}",
                original_amount=Decimal(100 + 10 * (week % 5)),
                currency="USD",
                outcome=outcome if closed.date() <= UNTIL else "open",
                closed_at=closed if closed.date() <= UNTIL else None,
            )
        )
    return Facts(lead=tuple(leads), opportunity=tuple(deals))


def with_history(facts: Facts) -> Facts:
    """The same deals, each said to close at even odds, every other one after it really does."""
    changes: list[Row] = []
    for number, deal in enumerate(facts.opportunity):
        name, opened = deal["opportunity_id"], deal["created_at"]
        close = opened + timedelta(days=30 + 50 * (number % 2))
        for field, new in (
            ("stage", "Offer"), ("probability", "0.5"), ("expected_close_on", str(close.date())),
        ):  # fmt: skip
            changes.append(deal_change(name, opened, field, new=new))
        if deal["closed_at"]:
            end = "1.0" if deal["outcome"] == "won" else "0.0"
            changes.append(deal_change(name, deal["closed_at"], "probability", old="0.5", new=end))
    return replace(facts, opportunity_change=tuple(changes))


@pytest.fixture(scope="module")
def warehouse() -> DraftWarehouse:
    return DraftWarehouse().hold(steady())


@pytest.fixture(scope="module")
def tested(warehouse: DraftWarehouse) -> pl.DataFrame:
    return back_test(warehouse, SCOPE, DRAWS)


def test_the_last_eight_quarters_are_forecast_by_each(tested: pl.DataFrame) -> None:
    assert tested["quarter_on"].unique(maintain_order=True).to_list() == [
        date(2024, 7, 1), date(2024, 10, 1), date(2025, 1, 1), date(2025, 4, 1),
        date(2025, 7, 1), date(2025, 10, 1), date(2026, 1, 1), date(2026, 4, 1),
    ]  # fmt: skip
    assert tested["forecaster"].to_list() == list(FORECASTERS) * 8


def test_what_came_is_what_was_won_in_the_quarter(tested: pl.DataFrame) -> None:
    won = [each for each in steady().opportunity if each["outcome"] == "won"]
    for row in tested.iter_rows(named=True):
        came = sum(
            each["original_amount"]
            for each in won
            if row["quarter_on"] <= each["closed_at"].date() <= row["quarter_end_on"]
        )
        assert row["won"] == pytest.approx(float(came))


def test_ours_is_the_forecast_of_the_day_before_the_quarter(
    warehouse: DraftWarehouse, tested: pl.DataFrame
) -> None:
    row = tested.filter(quarter_on=date(2026, 1, 1), forecaster=OURS).row(0, named=True)
    origin = date(2025, 12, 31)
    past = history(warehouse, asked(Period(FIRST.date(), origin), origin))
    drawn = landing(past, draw(past, DRAWS)).total_revenue[0]
    assert row["p50"] == pytest.approx(float(np.median(drawn)))
    assert row["crps"] == pytest.approx(float(crps(drawn, np.array(row["won"]))))
    assert row["pit"] == pytest.approx(float(mid_pit(drawn, np.array(row["won"]))))
    assert row["pinball_p50"] == pytest.approx(abs(row["won"] - row["p50"]) / 2)


def test_what_happens_later_changes_no_earlier_forecast(tested: pl.DataFrame) -> None:
    """Without the facts of 2026 the forecasts of 2025 are the same."""
    known = steady(number=104)
    until = date(2025, 12, 31)
    then = tuple(
        each if each["closed_at"] and each["closed_at"].date() <= until
        else each | {"outcome": "open", "closed_at": None}
        for each in known.opportunity
        if each["created_at"].date() <= until
    )  # fmt: skip
    facts = Facts(lead=known.lead, opportunity=then)
    early = back_test(
        DraftWarehouse().hold(facts), asked(Period(FIRST.date(), until), until), DRAWS
    )
    same = tested.filter(pl.col("quarter_on") < date(2026, 1, 1))
    assert same.height == 6 * len(FORECASTERS)
    assert early.filter(pl.col("quarter_on").is_in(same["quarter_on"].implode())).equals(same)


def test_baselines_say_nothing_where_it_is_too_early(tested: pl.DataFrame) -> None:
    first = tested.filter(quarter_on=date(2024, 7, 1))
    assert first["crps"].is_null().to_list() == [False, *[True] * 6]
    assert first["reason"].to_list() == [
        None,
        "needs four quarters that are over, and has 1",
        "needs four quarters that are over, and has 1",
        "run rate needs two earlier errors, and has 0",
        "needs the history of the pipeline: load dated changes of probability and expected close"
        " of deals",
        "needs the history of the pipeline: load dated changes of stage and expected close of"
        " deals",
        "3 months are too few to smooth",
    ]


def test_scores_are_means_over_the_quarters_a_forecaster_tells(tested: pl.DataFrame) -> None:
    scores = forecast_scores(tested)
    assert scores["forecaster"].to_list() == list(FORECASTERS)
    ours = tested.filter(forecaster=OURS)
    row = scores.row(0, named=True)
    assert row["quarters"] == 8
    assert row["crps"] == row["ours_crps"] == pytest.approx(ours["crps"].mean())
    inside = ours.filter(pl.col("won").is_between(pl.col("p10"), pl.col("p90"))).height
    assert row["covered"] == inside
    assert row["coverage_low"] < inside / 8 < row["coverage_high"] or inside == 8
    naive = scores.filter(forecaster="seasonal naive").row(0, named=True)
    told = tested.filter(pl.col("crps").is_not_null(), forecaster="seasonal naive")
    beside = ours.filter(pl.col("quarter_on").is_in(told["quarter_on"].implode()))
    assert 0 < naive["quarters"] == told.height < 8
    assert naive["ours_crps"] == pytest.approx(beside["crps"].mean())
    assert naive["reason"] is None


def test_a_forecaster_that_tells_no_quarter_says_why(tested: pl.DataFrame) -> None:
    scores = forecast_scores(tested)
    silent = scores.filter(quarters=0)
    assert silent["forecaster"].to_list() == ["CRM probability", "stage-weighted pipeline"]
    assert silent["crps"].null_count() == 2
    assert silent["reason"].str.starts_with("needs the history of the pipeline").all()


def test_a_quarter_without_an_earlier_win_says_why() -> None:
    won = opportunity(
        "O1", datetime(2025, 3, 1), outcome="won", closed_at=datetime(2025, 8, 1),
        original_amount=Decimal(7), currency="USD",
    )  # fmt: skip
    warehouse = DraftWarehouse().hold(Facts(opportunity=(won,)))
    until = date(2025, 12, 31)
    rows = back_test(warehouse, asked(Period(date(2025, 1, 1), until), until), DRAWS)
    told = dict(rows.filter(forecaster=OURS).select("quarter_on", "reason").iter_rows())
    assert "needs at least one win" in told[date(2025, 7, 1)]
    assert told[date(2025, 10, 1)] is None
    scores = forecast_scores(rows.filter(quarter_on=date(2025, 7, 1)))
    assert scores["quarters"].to_list() == [0] * 7
    assert scores["crps"].null_count() == 7


def test_a_quarter_before_the_period_says_so(warehouse: DraftWarehouse) -> None:
    short = asked(Period(date(2026, 1, 1), UNTIL), UNTIL)
    ours = back_test(warehouse, short, DRAWS).filter(forecaster=OURS)
    assert ours["crps"].is_null().to_list() == [True] * 7 + [False]
    assert ours["reason"][6] == "the period begins on 1 Jan 2026: nothing was known before"


@pytest.mark.parametrize("baseline", ByPipeline, ids=str)
def test_a_pipeline_errs_as_it_did_in_each_quarter_before(
    told_warehouse: DraftWarehouse, baseline: ByPipeline
) -> None:
    short = asked(Period(date(2026, 1, 1), UNTIL), UNTIL)
    tested = back_test(told_warehouse, short, DRAWS)
    row = tested.filter(quarter_on=date(2026, 4, 1), forecaster=baseline.value).row(0, named=True)
    assert row["reason"] is None
    starts = [date(2024 + month // 12, month % 12 + 1, 1) for month in range(3, 28, 3)]
    ends = [*(each - timedelta(days=1) for each in starts[1:]), UNTIL]
    won = [
        sum(
            float(deal["original_amount"])
            for deal in steady().opportunity
            if deal["outcome"] == "won" and start <= deal["closed_at"].date() <= end
        )
        for start, end in zip(starts, ends, strict=True)
    ]
    found = pipelines(told_warehouse, short)
    said = [found.point(baseline, start) for start in starts]
    assert min(said) > 0
    off = [
        (won[place] - said[place]) / np.mean(won[max(0, place - 4) : place])
        for place in range(1, 8)
    ]
    expected = said[8] + np.mean(won[4:8]) * np.mean(off)
    assert row["p50"] == pytest.approx(expected)
    assert row["won"] == pytest.approx(won[8])


@pytest.fixture(scope="module")
def told_warehouse() -> DraftWarehouse:
    return DraftWarehouse().hold(with_history(steady()))


def test_without_deals_nothing_can_be_tested() -> None:
    warehouse = DraftWarehouse().hold(Facts(lead=(lead("L1", FIRST),)))
    assert back_test(warehouse, SCOPE).is_empty()


def test_a_baseline_lies_around_its_own_mean_error() -> None:
    """Run rates of 10, 20, 30, 50 were 10, 10 and 20 short, at levels of 10, 15 and 20."""
    won = np.array([10.0, 20, 30, 50]).repeat(3) / 3
    found = predictive_by_revenue(ByRevenue.RUN_RATE, won, 1, count=999)
    mean = np.mean([10 / 10, 10 / 15, 20 / 20])
    assert float(np.median(found)) == pytest.approx(50 + 27.5 * mean)
    assert found.min() >= 0


@pytest.mark.parametrize(
    ("baseline", "won"),
    [
        (ByRevenue.RUN_RATE, []),
        (ByRevenue.SEASONAL_NAIVE, [1.0, 2, 3]),
        (ByRevenue.LAST_YEAR_GROWTH, [1.0, 2, 3, 4]),
        (ByRevenue.LAST_YEAR_GROWTH, [0.0, 2, 3, 4, 5]),
        (ByRevenue.AUTO_ETS, [1.0]),
    ],
)
def test_a_baseline_that_is_too_early_says_so(baseline: ByRevenue, won: list[float]) -> None:
    with pytest.raises(TooEarlyError):
        point_by_revenue(baseline, np.array(won).repeat(3), 1)


def test_months_of_a_broken_quarter_are_refused() -> None:
    with pytest.raises(ValueError, match="4 months are no whole quarters"):
        point_by_revenue(ByRevenue.RUN_RATE, np.ones(4), 1)
