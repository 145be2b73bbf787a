"""A company as its systems tell on a day: dated facts up to that day, nothing of the future."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cached_property

import numpy as np

from data.sample_company.families.life import Life
from data.sample_company.families.records import (
    DEAL_STAGES,
    MOST_PUSHES,
    NEVER,
    PROBABILITY,
    Exit,
    Records,
    Stage,
)
from data.sample_company.world.planted import Flags, Integers, Numbers


@dataclass(frozen=True, eq=False)
class Snapshot:
    """What is on record at the end of `day`, a number of the `life`; leads and deals are open as
    long as no end is on record.

    Properties of deals have one entry per deal on record, in the order of `records.deals`.
    """

    life: Life
    day: int
    records: Records

    def earlier(self, day: date) -> Snapshot:
        """What was on record at the end of an earlier day: the dates of all facts are kept.

        Raises ValueError for a later day, of which nothing is known.
        """
        number = self.life.day_number(day)
        if number > self.day:
            raise ValueError(
                f"{day} is after {self.life.date_of(self.day)}, the day of the snapshot"
            )
        return Snapshot(self.life, number, self.records.until(number))

    @property
    def opened(self) -> Integers:
        """Day each deal was opened."""
        days: Integers = self.records.entered[self.records.deals.lead, Stage.OPPORTUNITY]
        return days

    @cached_property
    def closed(self) -> Integers:
        """Day each deal was won or lost, `NEVER` while it is open."""
        lead = self.records.deals.lead
        lost = np.where(self.records.exit == Exit.LOST, self.records.exited, NEVER)[lead]
        days: Integers = np.minimum(self.records.entered[lead, Stage.WON], lost)
        return days

    @property
    def is_won(self) -> Flags:
        """Whether each deal is won."""
        won: Flags = self.records.entered[self.records.deals.lead, Stage.WON] < NEVER
        return won

    @property
    def is_open(self) -> Flags:
        """Whether each deal is open."""
        still: Flags = self.closed == NEVER
        return still

    @property
    def amount(self) -> Integers:
        """Amount of each deal as it stands, in whole units of the base currency."""
        return self.records.deals.amount

    @property
    def deal_stage(self) -> Integers:
        """Number of the stage of `DEAL_STAGES` that each deal is in, or was in when it closed."""
        reached: Integers = (self.records.deals.stage_entered < NEVER).sum(axis=1)
        return np.minimum(reached, len(DEAL_STAGES)) - 1

    @property
    def probability(self) -> Numbers:
        """What the CRM says of winning each deal: 1 and 0 for those won and lost."""
        said = np.clip(PROBABILITY[self.deal_stage] + self.records.deals.optimism, 0.05, 0.95)
        return np.where(self.is_open, said.round(2), self.is_won.astype(np.float64))

    @property
    def pushes(self) -> Integers:
        """How often the expected close of each deal was moved, because it had passed."""
        deals = self.records.deals
        last = np.where(self.is_open, self.day, self.closed - 1)
        overdue = np.maximum(last - deals.first_close, 0)
        return np.minimum(-(-overdue // deals.push_days), MOST_PUSHES)

    @property
    def last_activity(self) -> Integers:
        """Day of the last change of each deal: of its stage, amount, expected close, or its end."""
        deals, pushes = self.records.deals, self.pushes
        pushed = deals.first_close + 1 + (pushes - 1) * deals.push_days
        days = [
            _latest(deals.stage_entered),
            _latest(deals.amended[:, None]),
            np.where(pushes > 0, pushed, -1),
            _latest(self.closed[:, None]),
        ]
        latest: Integers = np.max(days, axis=0)
        return latest

    @property
    def expected_close(self) -> Integers:
        """Day on which each open deal is expected to close, and closed ones did."""
        deals = self.records.deals
        expected = deals.first_close + self.pushes * deals.push_days
        return np.where(self.is_open, expected, self.closed)


def _latest(days: Integers) -> Integers:
    """The last day of each row, -1 where there is none but `NEVER`."""
    latest: Integers = np.where(days < NEVER, days, -1).max(axis=1)
    return latest
