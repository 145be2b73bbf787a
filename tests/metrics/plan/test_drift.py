"""What has drifted is told from what the same records would have won over the past."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from metrics.estimators.age_counts import AgeCounts
from metrics.funnel.counts import Cohorts
from metrics.plan.drift import QUARTER_DAYS, drift, quarters_back
from tests.metrics.plan.histories import TODAY

HORIZON = 900
LAG = 60


def company(level_by_quarter_back: dict[int, float], a_month: int = 60) -> Cohorts:
    """Thirty months of entries, of which half would be won after sixty days, times the level then.

    Those that are not won stay open.
    """
    months, ages = [], []
    for back in range(30):
        month = date(TODAY.year - back // 12, 12 - back % 12, 1)
        followed = max((TODAY - month).days - 15, 0)
        quarter = int((followed - LAG) // QUARTER_DAYS)
        came = followed >= LAG
        won = round(a_month * 0.5 * level_by_quarter_back.get(quarter, 1.0)) if came else 0
        months.append(month)
        ages.append(
            AgeCounts.of(
                [0, LAG, followed],
                entered=[a_month, 0, 0],
                converted=[0, won, 0],
                exited=[0, 0, 0],
                censored=[0, 0, a_month - won],
                horizon=HORIZON,
            )
        )
    return Cohorts(tuple(reversed(months)), tuple(reversed(ages)))


def drawn(*parts: Cohorts) -> np.ndarray:
    found = drift(parts, TODAY, 4_000, np.random.default_rng(1)).levels
    return found[0] if len(parts) == 1 else found


def test_expected_wins_add_up_to_the_wins() -> None:
    wins, expected = quarters_back(company({0: 0.5, 1: 0.5}), TODAY)
    assert wins.sum() == pytest.approx(expected.sum())
    assert wins[-2:] / expected[-2:] == pytest.approx(0.55, abs=0.06)
    assert wins[-6:-2] / expected[-6:-2] == pytest.approx(1.08, abs=0.06)


def test_what_stays_as_it_was_has_hardly_drifted() -> None:
    found = drawn(company({}))
    assert np.median(found) == 1
    assert 0.9 < np.quantile(found, 0.1) <= np.quantile(found, 0.9) < 1.1


def test_after_a_break_the_odds_are_those_since() -> None:
    found = drawn(company({0: 0.5, 1: 0.5, 2: 0.5}))
    assert 0.45 < np.median(found) < 0.7
    assert np.quantile(found, 0.9) < 0.95


def test_a_few_records_do_not_tell_a_drift() -> None:
    assert np.median(drawn(company({0: 0.5}, a_month=4))) > 0.9
    assert (drawn(Cohorts((), ())) == 1).all()
    whole = company({})
    assert (drawn(Cohorts(whole.months[-5:], whole.ages[-5:])) == 1).all()


def test_many_early_conversions_tell_when_the_few_wins_changed() -> None:
    wins = company({0: 0.5, 1: 0.5}, a_month=8)
    alone = drawn(wins)
    _, with_early = drawn(company({0: 0.7, 1: 0.7}, a_month=300), wins)
    assert (with_early == 1).mean() < 0.7 * (alone == 1).mean()
    assert np.median(with_early) < np.median(alone) - 0.05


def test_a_part_that_stayed_as_it_was_is_left_alone() -> None:
    changed, stayed = drawn(company({0: 0.5, 1: 0.5, 2: 0.5}), company({}))
    assert np.median(changed) < 0.7
    assert 0.95 < np.median(stayed) < 1.05


def test_a_part_that_tells_nothing_stays_at_1() -> None:
    changed, untold = drawn(company({0: 0.5, 1: 0.5, 2: 0.5}), Cohorts((), ()))
    assert np.median(changed) < 0.7
    assert (untold == 1).all()
