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

    def before(self, day: int) -> Entries:
        """Those that come in before a day."""
        count = int(np.searchsorted(self.day, day))
        return Entries(self.day[:count], self.account[:count], self.channel[:count])


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
    by_month = expected_leads(nature, life, wins_per_year) * luck
    leads = by_month[life.month_of(np.arange(life.days))] * _shares_of_month(life)
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


def with_leads(
    random: np.random.Generator, life: Life, entries: Entries, month: int, leads: Integers
) -> Entries:
    """The entries before a month, and from it on exactly so many leads: months × channels.

    The new leads are of new accounts, as many of them as `COLLEAGUES` has it, and come in on the
    days of their month by its weekdays.
    """
    kept = entries.before(int(life.month_starts[month]))
    cell = np.repeat(np.arange(leads.size), leads.ravel())
    channel, in_month = cell % leads.shape[1], month + cell // leads.shape[1]
    by_channel = np.argsort(channel, kind="stable")
    channel, in_month = channel[by_channel], in_month[by_channel]

    passed = np.cumsum(_shares_of_month(life))
    day = np.searchsorted(passed, in_month + random.random(len(cell)), side="right")
    day = np.clip(day, life.month_starts[in_month], life.month_starts[in_month + 1] - 1)

    joins = random.random(len(cell)) < COLLEAGUES / (1 + COLLEAGUES)
    joins &= np.diff(channel, prepend=-1) == 0
    account = int(entries.account.max(initial=-1)) + np.cumsum(~joins)
    order = np.argsort(day, kind="stable")
    return Entries(
        np.concatenate([kept.day, day[order]]),
        np.concatenate([kept.account, account[order]]),
        np.concatenate([kept.channel, channel[order]]),
    )


def _shares_of_month(life: Life) -> Numbers:
    """Share of the leads of its month that each day has on average, by its weekday."""
    days = np.arange(life.days)
    weight, month = np.array(WEEKDAY_WEIGHTS)[life.weekday(days)], life.month_of(days)
    shares: Numbers = weight / np.bincount(month, weight)[month]
    return shares
