"""Prices go on as the amounts tell with which deals began."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest

from metrics.estimators.log_slope import LogGroups
from metrics.plan.past.deals import ByDay
from metrics.plan.prices import AHEAD, price_ahead
from tests.metrics.plan.histories import TODAY, some_deals

YEAR_AGO = ByDay((TODAY - timedelta(days=365),), np.array([10]), np.array([1000.0]))
MONTHS = np.repeat(-np.arange(36) / 12, 400)


def prices(growth: float) -> LogGroups:
    noise = np.random.default_rng(3).standard_normal(len(MONTHS))
    return LogGroups.of(MONTHS, np.exp(5 + growth * MONTHS + 0.5 * noise))


def test_prices_that_rise_go_on_from_the_mean_win_to_the_middle_of_the_year() -> None:
    deals = some_deals(won=YEAR_AGO, prices=prices(0.08))
    assert price_ahead(deals, TODAY) == pytest.approx(np.exp(0.08 * (1 + AHEAD)), abs=0.01)


def test_prices_that_fall_make_deals_cheaper_and_equal_ones_leave_them() -> None:
    assert price_ahead(some_deals(won=YEAR_AGO, prices=prices(-0.08)), TODAY) < 0.92
    assert price_ahead(some_deals(won=YEAR_AGO, prices=prices(0.0)), TODAY) == pytest.approx(
        1, abs=0.02
    )
    equal = LogGroups.of(MONTHS, np.full(len(MONTHS), 8_000.0))
    assert price_ahead(some_deals(won=YEAR_AGO, prices=equal), TODAY) == 1


def test_without_wins_nothing_is_dearer() -> None:
    assert price_ahead(some_deals(prices=prices(0.08)), date(2026, 12, 31)) == 1
