"""Experiments with a channel: from whom it was kept at random, and what it added to the others."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import polars as pl

from data.sample_company.world.channels import BRAND, CHANNEL_NUMBER
from data.sample_company.world.planted import (
    NEVER,
    SECONDS_PER_DAY,
    Calendar,
    Flags,
    Integers,
    Numbers,
    seconds,
)

CONTROL, TEST = 0, 1
"""The arms; people who take no part are in arm -1."""

_DAYS = 84

_EARLIER = 10 * SECONDS_PER_DAY
"""So long before the first day the channel is kept from the control arm already: people open mails
that were sent before."""

_BEFORE, _TO_GO = 14 * SECONDS_PER_DAY, 28 * SECONDS_PER_DAY
"""People take part who became a lead from so long before the first day on, and so long before the
last at the latest."""

_COST_PER_MEMBER = 6.0


@dataclass(frozen=True)
class Experiment:
    """A channel that is kept from a random half of people for twelve weeks.

    `lift` is planted: by which part more often people of the test arm become MQLs in these weeks
    than people of the control arm.
    """

    experiment_id: str
    name: str
    channel: str
    lift: float
    starts_on: date

    @property
    def ends_on(self) -> date:
        """Last day."""
        return self.starts_on + timedelta(days=_DAYS - 1)

    @property
    def number(self) -> int:
        """Number of the channel."""
        return CHANNEL_NUMBER[self.channel]

    @property
    def starts_at(self) -> int:
        """First second."""
        return seconds(self.starts_on)

    @property
    def ends_at(self) -> int:
        """First second after it."""
        return seconds(self.ends_on + timedelta(days=1))

    def spend(self, members: int) -> float:
        """What was spent on so many people of the test arm, in USD."""
        return members * _COST_PER_MEMBER


def experiments(calendar: Calendar) -> tuple[Experiment, ...]:
    """The experiments of the calendar, as far as it holds what came before them.

    >>> [each.channel for each in experiments(Calendar(date(2026, 11, 20), months=30))]
    ['Email', 'Brand Search']
    >>> experiments(Calendar(date(2026, 11, 20), months=2))
    ()
    """
    planned = (
        ("EX-01", "Nurture mails withheld", "Email", 0.5, 140),
        ("EX-02", "Advertisements on our name withheld", BRAND, 0.0, 260),
    )
    return tuple(
        Experiment(key, name, channel, lift, calendar.until - timedelta(days=days))
        for key, name, channel, lift, days in planned
        if calendar.until - timedelta(days=days + 30) >= calendar.start
    )


def draw_arms(
    random: np.random.Generator,
    calendar: Calendar,
    people: pl.DataFrame,
    leads: pl.DataFrame,
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Draw the arm of each person in each experiment: a column of people per experiment, by its id.

    Whether a person becomes an MQL in time is settled already, by the planted rates, so the arm is
    drawn given that: with the chances that a coin tossed before and the planted lift after it would
    have left. So outcomes are as planted, and the arms differ as they would in such an experiment.
    Who would have come through the channel and was kept from it came by Organic Search.
    """
    for each in experiments(calendar):
        pool, became = _pool(each, people, leads)
        test = _chance_of_test(each, pool, became)
        arm = np.where(pool, (random.random(people.height) < test).astype(np.int64), -1)
        people = people.with_columns(pl.Series(each.experiment_id, arm))
        kept = withheld(
            each, people, leads["person"].to_numpy(), leads["channel"].to_numpy(),
            leads["created_at"].to_numpy(),
        )  # fmt: skip
        organic = CHANNEL_NUMBER["Organic Search"]
        channel = np.where(kept, organic, leads["channel"].to_numpy())
        leads = leads.with_columns(channel=channel)
    return people, leads


def withheld(
    experiment: Experiment, people: pl.DataFrame, person: Integers, channel: Integers, at: Integers
) -> Flags:
    """Which touches, or leads, would have come through a channel that was kept from the person."""
    arm = people[experiment.experiment_id].to_numpy()[person]
    in_time = (at >= experiment.starts_at - _EARLIER) & (at < experiment.ends_at + SECONDS_PER_DAY)
    kept: Flags = (person >= 0) & (arm == CONTROL) & (channel == experiment.number) & in_time
    return kept


def count_arms(
    calendar: Calendar, people: pl.DataFrame, leads: pl.DataFrame
) -> dict[str, Counter[str]]:
    """Facts of each experiment by its id; `incremental_hundredths` is what the lift added."""
    facts = {}
    for each in experiments(calendar):
        _, became = _pool(each, people, leads)
        arm = people[each.experiment_id].to_numpy()
        pool = arm >= 0
        test, control = arm == TEST, arm == CONTROL
        share = float(became[pool].mean()) if pool.any() else 0.0
        added = 2 * share * each.lift / (2 + each.lift)
        facts[each.experiment_id] = Counter(
            test_members=int(test.sum()),
            control_members=int(control.sum()),
            test_mqls=int((test & became).sum()),
            control_mqls=int((control & became).sum()),
            incremental_hundredths=round(100 * added * int(test.sum())),
        )
    return facts


def _pool(each: Experiment, people: pl.DataFrame, leads: pl.DataFrame) -> tuple[Flags, Flags]:
    """Who takes part, and who became an MQL while the experiment ran.

    Leads of marketing take part whom it can reach; not those whom the channel's mails brought.
    """
    person, created = leads["person"].to_numpy(), leads["created_at"].to_numpy()
    first = np.full(people.height, NEVER)
    np.minimum.at(first, person, created)
    excluded = (leads["flaw"].to_numpy() != 0) | (leads["quiet_until"].to_numpy() > 0)
    if each.channel == "Email":
        excluded = excluded | (leads["channel"].to_numpy() == each.number)
    pool = (first >= each.starts_at - _BEFORE) & (first < each.ends_at - _TO_GO)
    pool[person[excluded]] = False
    became = np.zeros(people.height, dtype=bool)
    for column in ("mql_at", "requalified_at"):
        at = leads[column].to_numpy()
        became[person[(at >= each.starts_at) & (at < each.ends_at)]] = True
    return pool, became


def _chance_of_test(each: Experiment, pool: Flags, became: Flags) -> Numbers:
    """Chance of the test arm, by person, given what came of the person."""
    share = float(became[pool].mean()) if pool.any() else 0.0
    control = 2 * share / (2 + each.lift)
    test = control * (1 + each.lift)
    others = (1 - test) / (2 - test - control) if share < 1 else 0.5
    return np.where(became, (1 + each.lift) / (2 + each.lift), others)
