"""A made-up company whose whole life is known: what was on record on any day, and the truth."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property

import numpy as np
from numpy.random import default_rng

from data.sample_company.families.deals import draw_deals
from data.sample_company.families.entries import (
    Entries,
    draw_entries,
    expected_leads,
    with_leads,
)
from data.sample_company.families.funnel import draw_paths, rates_by_month
from data.sample_company.families.life import Life
from data.sample_company.families.luck import draw_luck
from data.sample_company.families.nature import CHANNELS, Family, Nature, draw_nature
from data.sample_company.families.records import NEVER, Records, Stage
from data.sample_company.families.snapshot import Snapshot
from data.sample_company.world.planted import Integers, Numbers


@dataclass(frozen=True, eq=False)
class Truth:
    """What came of all leads of a life, however long it took.

    Months are those of the life, and quarters three of them each, from the first on. What is won
    after the last month is in no month: by then the leads that a company would have gone on to
    win are missing.
    """

    life: Life
    records: Records

    @property
    def won_by_month(self) -> Integers:
        """Deals won in each month."""
        return self._by_month(np.ones(len(self._won_on), dtype=np.int64))

    @property
    def revenue_by_month(self) -> Integers:
        """Amounts won in each month, in whole units of the base currency."""
        return self._by_month(self._won_amount)

    @property
    def won_by_quarter(self) -> Integers:
        """Deals won in each whole quarter."""
        return by_quarter(self.won_by_month)

    @property
    def revenue_by_quarter(self) -> Integers:
        """Amounts won in each whole quarter."""
        return by_quarter(self.revenue_by_month)

    def cohorts(self, start: Stage, target: Stage = Stage.WON) -> tuple[Integers, Integers]:
        """How many entered `start` in each month, and how many of them ever entered `target`.

        Both are months × channels, by the channel of the lead.
        """
        entered = self.records.entered
        here = (entered[:, start] < self.life.days).nonzero()[0]
        cell = self.life.month_of(entered[here, start]) * len(CHANNELS) + self.records.channel[here]
        shape = (self.life.months, len(CHANNELS))
        size = shape[0] * shape[1]
        counted = np.bincount(cell, minlength=size)
        converted = np.bincount(cell[entered[here, target] < NEVER], minlength=size)
        return counted.reshape(shape), converted.reshape(shape)

    def incidence(self, start: Stage, target: Stage, horizon: int) -> Numbers:
        """Share of all that ever entered `start` which entered `target` by each age, in days.

        One entry per age from 0 to `horizon`. Raises ValueError where nobody entered `start`.
        """
        entered = self.records.entered
        here = entered[:, start] < NEVER
        if not here.any():
            raise ValueError(f"nobody ever entered {start.name.lower()}")
        converted = here & (entered[:, target] < NEVER)
        age = (entered[:, target] - entered[:, start])[converted]
        at_age = np.bincount(np.minimum(age, horizon + 1), minlength=horizon + 2)[: horizon + 1]
        shares: Numbers = at_age.cumsum() / here.sum()
        return shares

    @cached_property
    def _won_on(self) -> Integers:
        days: Integers = self.records.entered[self.records.deals.lead, Stage.WON]
        return days

    @cached_property
    def _won_amount(self) -> Integers:
        return self.records.deals.amount

    def _by_month(self, values: Integers) -> Integers:
        within = self._won_on < self.life.days
        sums = np.zeros(self.life.months, dtype=np.int64)
        np.add.at(sums, self.life.month_of(self._won_on[within]), values[within])
        return sums


def by_quarter(months: Integers) -> Integers:
    """Sums of three months each; what is over at the end is left out.

    >>> by_quarter(np.array([1, 2, 3, 4, 5, 6, 7]))
    array([ 6, 15])
    """
    whole = len(months) // 3 * 3
    sums: Integers = months[:whole].reshape(-1, 3).sum(axis=1)
    return sums


@dataclass(frozen=True, eq=False)
class Company:
    """A company of a family, and all that ever happens in it.

    `rates` are those of `rates_by_month`, months × channels × steps; `expected_leads` is months ×
    channels, before the luck of months: what a company that knows itself would plan for.
    """

    seed: int
    life: Life
    nature: Nature
    rates: Numbers
    expected_leads: Numbers
    entries: Entries

    @cached_property
    def records(self) -> Records:
        """What is ever put on record, of the future too."""
        seed, nature, life, entries = self.seed, self.nature, self.life, self.entries
        accounts = int(entries.account.max(initial=-1)) + 1
        of_account, _ = draw_luck(default_rng([seed, 3]), accounts, len(Stage) - 1, 0)
        luck = of_account[:, entries.account]
        paths = draw_paths(default_rng([seed, 4]), nature, life, entries, self.rates, luck)
        return draw_deals(default_rng([seed, 5]), nature, life, entries, paths, self.rates, luck)

    def seen_on(self, day: date) -> Snapshot:
        """What is on record at the end of a day: as if the life went no further."""
        number = self.life.day_number(day)
        return Snapshot(self.life, number, self.records.until(number))

    @cached_property
    def truth(self) -> Truth:
        """What really came of it, to the end of the life and after it."""
        return Truth(self.life, self.records)

    def with_leads(self, month: int, leads: Integers) -> Company:
        """The same company with exactly so many leads in each month from `month` on.

        `leads` is months × channels, to the end of the life. Before that month nothing differs, and
        what is in flight then goes on as it would have. So a plan can be tried out. Raises
        ValueError for another number of months or channels.
        """
        expected = (self.life.months - month, len(CHANNELS))
        if leads.shape != expected:
            raise ValueError(f"leads are {leads.shape}, and not months × channels {expected}")
        random = default_rng([self.seed, 6])
        return replace(self, entries=with_leads(random, self.life, self.entries, month, leads))


def planted(family: Family, seed: int, months: int) -> Nature:
    """What is planted in the company of these arguments."""
    return draw_nature(family, default_rng([seed, 0]), months)


def company(
    family: Family,
    seed: int,
    *,
    wins_per_year: float = 200.0,
    months: int = 60,
    start: date = date(2022, 1, 1),
) -> Company:
    """The whole life of one company of a family. The same arguments give the same company.

    `wins_per_year` is what the leads would bring on average over the life at the first rates, were
    there no end to it. The company begins with nothing in flight: its first half-year is one of
    filling up, and is no ground for a forecast. Leads of one account are alike, larger deals take
    longer and are won less often, and some wins wait for the end of a quarter, in every family.

    >>> made = company(Family.STABLE, seed=7, wins_per_year=100)
    >>> made.truth.won_by_month.sum() == (made.records.entered[:, 4] < made.life.days).sum()
    np.True_
    """
    life = Life(start, months)
    nature = planted(family, seed, months)
    return Company(
        seed,
        life,
        nature,
        rates=rates_by_month(default_rng([seed, 1]), nature, life),
        expected_leads=expected_leads(nature, life, wins_per_year)[:, None] * nature.mix,
        entries=draw_entries(default_rng([seed, 2]), nature, life, wins_per_year),
    )
