"""Prices: how far the deals to come are dearer than those won so far."""

from __future__ import annotations

from datetime import date

import numpy as np

from metrics.estimators.log_slope import log_slope
from metrics.plan.past.deals import DAYS_OF_A_YEAR, Deals

USUAL_GROWTH = 0.05
"""How far the growth of prices in a year usually lies from 0."""

AHEAD = 0.5
"""Prices go on as they did for so many years, to the middle of a year's plan."""


def price_ahead(deals: Deals, observed_until: date) -> float:
    """By what factor are the deals of the next year dearer than those won so far?

    The amounts with which deals begin tell: there are several of them for each one that is won, and
    they are known at once. Their growth is drawn towards none (`log_slope`), and goes on to the
    middle of the year from the mean day of the wins.
    """
    won = deals.won
    if not won.deals.sum():
        return 1.0
    days = (np.datetime64(observed_until) - np.array(won.days, dtype="datetime64[D]")).astype(
        np.float64
    )
    since = float(days @ won.deals / won.deals.sum()) / DAYS_OF_A_YEAR
    # To a hundredth of a per cent, so that equal prices stay equal.
    return round(float(np.exp(log_slope(deals.prices, USUAL_GROWTH) * (since + AHEAD))), 4)
