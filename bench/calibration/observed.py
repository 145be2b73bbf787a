"""What a planner may know of a made-up company on a day: the arrays that plans are made from."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from data.sample_company.families.company import Truth
from data.sample_company.families.nature import CHANNELS
from data.sample_company.families.records import NEVER, Stage
from data.sample_company.families.snapshot import Snapshot
from metrics.estimators.age_counts import AgeCounts

Integers = NDArray[np.int64]
Numbers = NDArray[np.float64]


def age_counts(
    seen: Snapshot, start: Stage, target: Stage = Stage.WON, *, horizon: int
) -> tuple[AgeCounts, ...]:
    """How many entered `start`, and converted to `target`, left or stayed open, by age in days?

    One for each channel, over all leads on record. Age counts from the day of entering `start`. A
    lead that went on, but not as far as `target`, is at risk until it leaves the funnel. Companies
    tell everything from their first day, so all leads enter at age 0. What happens after `horizon`
    days is not counted, as `AgeCounts` has it.

    Raises ValueError when `target` does not come after `start`.
    """
    if target <= start:
        raise ValueError(f"{target.name.lower()} does not come after {start.name.lower()}")
    records = seen.records
    here = np.flatnonzero(records.entered[:, start] < NEVER)
    since, converted = records.entered[here, start], records.entered[here, target]
    ended = np.minimum(np.minimum(converted, records.exited[here]), seen.day)
    is_converted = converted < NEVER
    is_exited = ~is_converted & (records.exited[here] < NEVER)
    age, channel = ended - since, records.channel[here]

    def by_channel_and_age(kept: NDArray[np.bool_], ages: Integers) -> Integers:
        within = kept & (ages <= horizon)
        cell = channel[within] * (horizon + 1) + ages[within]
        counts: Integers = np.bincount(cell, minlength=len(CHANNELS) * (horizon + 1))
        return counts.reshape(len(CHANNELS), horizon + 1)

    all_ = np.ones(len(here), dtype=np.bool_)
    columns = (
        by_channel_and_age(all_, np.zeros_like(age)),
        by_channel_and_age(is_converted, age),
        by_channel_and_age(is_exited, age),
        by_channel_and_age(~is_converted & ~is_exited, age),
    )
    return tuple(AgeCounts(*rows) for rows in zip(*columns, strict=True))


@dataclass(frozen=True, slots=True, eq=False)
class OpenLeads:
    """One entry per open lead of one stage; `sojourn` is the days since it entered the stage."""

    channel: Integers
    account: Integers
    sojourn: Integers


def open_leads(seen: Snapshot, stage: Stage) -> OpenLeads:
    """Which leads are in a stage now, and for how long? Those that left or were won are in none."""
    records = seen.records
    furthest = (records.entered < NEVER).sum(axis=1) - 1
    here = (furthest == stage) & (records.exited == NEVER) & (furthest < Stage.WON)
    return OpenLeads(
        records.channel[here], records.account[here], seen.day - records.entered[here, stage]
    )


@dataclass(frozen=True, slots=True, eq=False)
class OpenDeals:
    """One entry per open deal.

    `sojourn` is the days since the deal was opened, `stage_sojourn` since it entered `stage`, the
    number of its stage among the sellers' own, and `idle` since anything of it was changed.
    `amount` is as it stands, `first_amount` as it began, both in whole units of the base currency.
    `closes_in` is the days to the expected close, negative when that has passed.
    """

    channel: Integers
    account: Integers
    sojourn: Integers
    stage: Integers
    stage_sojourn: Integers
    idle: Integers
    amount: Integers
    first_amount: Integers
    probability: Numbers
    closes_in: Integers


def open_deals(seen: Snapshot) -> OpenDeals:
    """Which deals are open now, and what do their sellers say of them?"""
    records, still = seen.records, np.flatnonzero(seen.is_open)
    lead, stage = records.deals.lead[still], seen.deal_stage[still]
    return OpenDeals(
        channel=records.channel[lead],
        account=records.account[lead],
        sojourn=seen.day - seen.opened[still],
        stage=stage,
        stage_sojourn=seen.day - records.deals.stage_entered[still, stage],
        idle=seen.day - seen.last_activity[still],
        amount=seen.amount[still],
        first_amount=records.deals.first_amount[still],
        probability=seen.probability[still],
        closes_in=seen.expected_close[still] - seen.day,
    )


@dataclass(frozen=True, slots=True, eq=False)
class WonDeals:
    """One entry per won deal, in the order of their leads.

    `amount` is what was won and `first_amount` what the deal began with, in whole units of the base
    currency; `won_on` is the number of the day, `days` how long the deal was open.
    """

    channel: Integers
    account: Integers
    won_on: Integers
    days: Integers
    amount: Integers
    first_amount: Integers


def won_deals(seen: Snapshot) -> WonDeals:
    """Which deals have been won, when and for how much?"""
    records, won = seen.records, np.flatnonzero(seen.is_won)
    lead = records.deals.lead[won]
    return WonDeals(
        channel=records.channel[lead],
        account=records.account[lead],
        won_on=seen.closed[won],
        days=seen.closed[won] - seen.opened[won],
        amount=seen.amount[won],
        first_amount=records.deals.first_amount[won],
    )


def entries_by_month(
    seen: Snapshot, start: Stage, target: Stage = Stage.WON
) -> tuple[Integers, Integers]:
    """How many entered `start` in each month, and how many of them have entered `target` so far?

    Both are months × channels, over the whole months that are over.
    """
    entered, converted = Truth(seen.life, seen.records).cohorts(start, target)
    whole = whole_months(seen)
    return entered[:whole], converted[:whole]


def revenue_by_month(seen: Snapshot) -> Integers:
    """Amounts won in each whole month that is over, in whole units of the base currency."""
    return Truth(seen.life, seen.records).revenue_by_month[: whole_months(seen)]


def whole_months(seen: Snapshot) -> int:
    """How many months of the life are over at the end of the snapshot's day."""
    over: int = np.searchsorted(seen.life.month_starts, seen.day + 1, side="right").item() - 1
    return max(over, 0)
