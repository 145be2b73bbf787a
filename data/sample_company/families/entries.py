"""When leads come in, from which accounts and through which channel."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from data.sample_company.families.life import Life
from data.sample_company.families.nature import Nature
from data.sample_company.world.planted import WEEKDAY_WEIGHTS, Integers, Numbers

COLLEAGUES = 0.5
"""How many more leads an account has on average after its first."""

_COLLEAGUE_DAYS = 20.0


@dataclass(frozen=True, slots=True, eq=False)
class Entries:
    """One entry per lead, in the order of days: the day it comes in, its account and channel."""

    day: Integers
    account: Integers
    channel: Integers


def expected_leads(nature: Nature, life: Life, wins_per_year: float) -> Numbers:
    """Expected leads of each month: as many in all as bring the wins, at the first rates.

    >>> from data.sample_company.families.nature import Family, draw_nature
    >>> from datetime import date
    >>> nature = draw_nature(Family.STABLE, np.random.default_rng(7), months=24)
    >>> leads = expected_leads(nature, Life(date(2022, 1, 1), 24), wins_per_year=120)
    >>> round(float(leads.sum()) * nature.win_share)
    240
    """
    months = np.arange(life.months)
    volume = nature.season[life.calendar_month(months)] * nature.lead_growth**months
    whole = wins_per_year * life.months / 12 / nature.win_share
    expected: Numbers = volume / volume.sum() * whole
    return expected


def draw_entries(
    random: np.random.Generator, nature: Nature, life: Life, wins_per_year: float
) -> Entries:
    """Draw the leads of the whole life: accounts by day, then the colleagues that follow.

    Months vary by the planted dispersion of volume. Leads of one account come through the same
    channel. A colleague who would come after the life does not come.
    """
    spread = nature.volume_dispersion
    luck = random.gamma(1 / spread, spread, life.months)
    month = life.month_of(np.arange(life.days))
    weight = np.array(WEEKDAY_WEIGHTS)[life.weekday(np.arange(life.days))]
    in_month = weight / np.bincount(month, weight)[month]
    leads = (expected_leads(nature, life, wins_per_year) * luck)[month] * in_month
    first = np.repeat(np.arange(life.days), random.poisson(leads / (1 + COLLEAGUES)))
    size = 1 + random.poisson(COLLEAGUES, len(first))
    channel = random.choice(len(nature.mix), len(first), p=nature.mix)
    account = np.repeat(np.arange(len(first)), size)
    is_first = np.diff(account, prepend=-1) > 0
    delay = random.exponential(_COLLEAGUE_DAYS, len(account)).astype(np.int64)
    day = first[account] + np.where(is_first, 0, delay)
    order = np.argsort(day, kind="stable")
    order = order[day[order] < life.days]
    return Entries(day[order], account[order], channel[account[order]])
