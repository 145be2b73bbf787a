"""What is planted in a made-up company: the family it is of, and the numbers it lives by."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum

import numpy as np
from scipy.special import expit, logit

from data.sample_company.world.planted import Numbers


class Family(Enum):
    """How a company departs from what a plan or a forecast takes for granted."""

    STABLE = "stable"
    """Nothing changes over time."""
    TREND = "trend"
    """More leads, better win rates and higher prices, month after month."""
    SEASON = "season"
    """Leads come by the calendar month, and deals are won at the ends of quarters."""
    BREAK = "break"
    """From one day on fewer deals are won and fewer MQLs accepted, and deals take longer."""
    OVERDISPERSED = "overdispersed"
    """Months differ by more than chance: in their leads, and in the rates of all channels."""
    HEAVY_DEALS = "heavy_deals"
    """Few deals make most of the revenue: amounts without a finite variance."""
    ZOMBIES = "zombies"
    """Half of the deals that are not won are never closed."""
    DEFINITION_CHANGE = "definition_change"
    """From one day on the bar for an MQL is lower; what is won stays the same."""


CHANNELS = ("Paid Search", "Webinar", "Content Syndication", "Referral")

_MIX = np.array([0.35, 0.25, 0.28, 0.12])

_RATES = np.array(
    [
        [0.42, 0.48, 0.58, 0.27],
        [0.45, 0.42, 0.55, 0.25],
        [0.22, 0.28, 0.45, 0.17],
        [0.60, 0.62, 0.68, 0.38],
    ]
)
"""By channel: lead to MQL, to SQL, to opportunity, to won."""

_LAG_DAYS = np.array([5.0, 8.0, 14.0, 60.0])

_SEASON = np.array([0.95, 1.10, 1.45, 1.05, 1.00, 0.85, 0.60, 0.50, 1.35, 1.45, 1.15, 0.55])


@dataclass(frozen=True, slots=True, eq=False)
class Nature:
    """The planted numbers of one company; rates are shares of those who entered the stage before.

    `mix` is the share of accounts by channel, `rates` channels × steps as at the beginning,
    `lag_days` the median days of each step. `season` is the relative volume by calendar month
    (January first, mean 1). Growth is the factor from one month to the next: of leads, of the odds
    of winning, of prices. `volume_dispersion` is the squared coefficient of variation of a month's
    expected leads, `rate_dispersion` the ρ of the beta-binomial: months' rates are Beta with the
    planted mean and variance ρ · mean · (1 − mean). `quarter_end_share` of the wins wait for the
    last days of their quarter. `zombie_share` of the deals that are not won are never closed.
    `tail_index` is that of Pareto amounts, None for log-normal ones. `change_month` is the month of
    the life at whose first day the break or the new definition takes effect, None without any.
    """

    family: Family
    mix: Numbers
    rates: Numbers
    lag_days: Numbers
    median_amount: float
    season: Numbers
    lead_growth: float = 1.0
    odds_growth: float = 1.0
    price_growth: float = 1.0
    volume_dispersion: float = 0.01
    rate_dispersion: float = 0.0
    quarter_end_share: float = 0.15
    zombie_share: float = 0.07
    tail_index: float | None = None
    change_month: int | None = None

    @property
    def win_share(self) -> float:
        """Share of the leads that are won in the end, at the planted mix and first rates."""
        return float(self.mix @ self.rates.prod(axis=1))


BREAK_FACTORS = (1.0, 0.8, 1.0, 0.6)
"""What a break leaves of the events of each step that fall on its day or later."""

BREAK_LAG_FACTOR = 1.25
"""How much longer a deal takes that is opened after a break."""

LOOSENED_ODDS = 3.0
"""Factor on the odds of becoming an MQL under the new definition."""


def draw_nature(family: Family, random: np.random.Generator, months: int) -> Nature:
    """The numbers of one company of a family: near the family's, and its own.

    Rates vary by half of their odds or so between companies, lags and amounts by a quarter. The
    change of a family that has one comes between 50 and 65% of the life.

    >>> draw_nature(Family.BREAK, np.random.default_rng(7), months=60).change_month
    35
    """
    own_rates = expit(logit(_RATES) + random.normal(0, 0.25, 4) + random.normal(0, 0.1, (4, 4)))
    own_lags = _LAG_DAYS * np.exp(random.normal(0, 0.2, 4))
    own_amount = 30_000 * float(np.exp(random.normal(0, 0.3)))
    luck = random.random(3)
    plain = Nature(family, _MIX, own_rates, own_lags, own_amount, np.ones(12))
    changed_in = round(months * (0.5 + 0.15 * luck[0]))
    match family:
        case Family.STABLE:
            return plain
        case Family.TREND:
            growth = 1.01 + 0.015 * float(luck[0])
            return replace(plain, lead_growth=growth, odds_growth=1.005, price_growth=1.004)
        case Family.SEASON:
            return replace(plain, season=_SEASON / _SEASON.mean(), quarter_end_share=0.45)
        case Family.BREAK | Family.DEFINITION_CHANGE:
            return replace(plain, change_month=changed_in)
        case Family.OVERDISPERSED:
            return replace(plain, volume_dispersion=0.06, rate_dispersion=0.02)
        case Family.HEAVY_DEALS:
            return replace(plain, tail_index=1.3 + 0.4 * float(luck[0]))
        case Family.ZOMBIES:
            return replace(plain, zombie_share=0.5)
