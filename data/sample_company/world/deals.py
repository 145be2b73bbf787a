"""The deals of one chunk: which leads share one, how it ends and what it is worth."""

from __future__ import annotations

import numpy as np
import polars as pl

from data.sample_company.world import planted
from data.sample_company.world.campaigns import Programme
from data.sample_company.world.funnel import in_office, log_normal_seconds, when
from data.sample_company.world.planted import Calendar, Flags, Integers, Numbers

SHARED_DEAL_DAYS = 90

PROPOSAL, NEGOTIATION, WON, LOST = 2, 3, 4, 5
"""Numbers of stages: from Proposal on, a deal has its final amount and its slipped close date."""

CURRENCIES = ("USD", "EUR", "CNY")


STAGE_STARTS = np.array([0.0, 0.16, 0.42, 0.72])
"""When a deal enters each open stage, as a part of its way to its end."""

_MEDIAN_AMOUNT = 36_000

_STALE_SECONDS = 240 * planted.SECONDS_PER_DAY


def draw_deals(
    random: np.random.Generator,
    calendar: Calendar,
    leads: pl.DataFrame,
    accounts: pl.DataFrame,
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Draw the deals of the leads that reach opportunity, and some deals without any lead.

    Leads of one account whose opportunities come within 90 days of each other and end the same way
    share one deal; the earliest of them is its primary lead, and all of them are won or lost when
    the deal is. Returns the leads with `opportunity_at` cut at `until`, `deal` (row, -1 for none),
    `won_at` and `lost_at`; and one row per deal: `account`, `primary` (row of the lead, -1 for
    none), `region`, `product`, `created_at`, `ends_at` (not cut: open deals have a future, `NEVER`
    if it goes stale), `won`, `closed_at` (cut at `until`).
    """
    reached = np.flatnonzero(leads["depth"].to_numpy() >= 3)
    opened = leads["opportunity_at"].to_numpy()[reached]
    account = leads["account"].to_numpy()[reached]
    won = leads["depth"].to_numpy()[reached] == 4
    region = leads["region"].to_numpy()[reached]
    ends = _ends(random, opened, won, region)
    deal_of = _shared_deals(account, np.where(ends >= planted.NEVER, 2, won), opened, ends)
    primary, deal = np.unique(deal_of, return_inverse=True)
    open_before_until = opened < calendar.cutoff_at

    extra = round(len(primary) * planted.SHARES["deal_without_lead"])
    customers = np.flatnonzero(accounts["relationship"].str.starts_with("Customer").to_numpy())
    extra_account = (
        random.choice(customers, extra) if len(customers) else np.zeros(extra, dtype=np.int64)
    )
    extra_region = accounts["region"].to_numpy()[extra_account]
    extra_opened = calendar.draw_times(random, extra)
    extra_won = random.random(extra) < 0.35
    ends_at = np.concatenate([ends[primary], _ends(random, extra_opened, extra_won, extra_region)])
    deals = pl.DataFrame(
        {
            "account": np.concatenate([account[primary], extra_account]),
            "primary": np.concatenate([reached[primary], np.full(extra, -1)]),
            "region": np.concatenate([region[primary], extra_region]),
            "product": np.concatenate(
                [leads["product"].to_numpy()[reached][primary], random.integers(0, 3, extra)]
            ),
            "created_at": np.concatenate([opened[primary], extra_opened]),
            "ends_at": ends_at,
            "won": np.concatenate([won[primary], extra_won]),
            "closed_at": np.where(ends_at < calendar.cutoff_at, ends_at, planted.NEVER),
        }
    )
    closed = deals["closed_at"].to_numpy()[deal]
    never = np.full(leads.height, planted.NEVER)
    columns = {name: never.copy() for name in ("opportunity", "won", "lost")}
    columns["opportunity"][reached] = np.where(open_before_until, opened, planted.NEVER)
    columns["won"][reached] = np.where(won, closed, planted.NEVER)
    columns["lost"][reached] = np.where(won, planted.NEVER, closed)
    deal_column = np.full(leads.height, -1)
    deal_column[reached] = np.where(open_before_until, deal, -1)
    return (
        leads.with_columns(
            deal=deal_column, **{f"{name}_at": times for name, times in columns.items()}
        ),
        deals,
    )


def _shared_deals(
    account: Integers, outcome: Integers, opened: Integers, ends: Integers
) -> Integers:
    """For each opportunity the position of the one whose deal it joins, itself if none."""
    order = np.lexsort((opened, outcome, account))
    by_account, by_outcome, by_time = account[order], outcome[order], opened[order]
    starts = np.ones(len(order), dtype=bool)
    starts[1:] = (
        (by_account[1:] != by_account[:-1])
        | (by_outcome[1:] != by_outcome[:-1])
        | (np.diff(by_time) > SHARED_DEAL_DAYS * planted.SECONDS_PER_DAY)
    )
    first = order[np.maximum.accumulate(np.where(starts, np.arange(len(order)), 0))]
    joined = np.where(by_time < ends[first], first, order)
    deal_of = np.empty(len(order), dtype=np.int64)
    deal_of[order] = joined
    return deal_of


def _ends(random: np.random.Generator, opened: Integers, won: Flags, region: Integers) -> Integers:
    count = len(opened)
    winning = log_normal_seconds(random, planted.LAG_MEDIAN_DAYS[3], planted.LAG_SIGMA[3], count)
    days, sigma = planted.EXIT_MEDIAN_DAYS["lost"], planted.EXIT_SIGMA["lost"]
    losing = log_normal_seconds(random, days, sigma, count)
    stale = ~won & (random.random(count) < planted.SHARES["never_closed"])
    ends = when(~stale, opened + np.where(won, winning, losing))
    return in_office(ends, opened, planted.UTC_OFFSET_HOURS[region] * 3600)


def price_deals(
    random: np.random.Generator, programme: Programme, deals: pl.DataFrame
) -> pl.DataFrame:
    """Give every deal its money and where it stands at `until`.

    Adds `deal` (row), `currency` (number), `first_amount` and `amount` (whole units of it, as first
    entered and as it stands), `usd_cents` by the rate of the day it was closed (of `until` while
    open) and `usd_cents_at_creation`, both rounded half up, `stage` (number), `first_close_on` and
    `close_on` (in seconds, as first expected and as it stands).
    """
    calendar, count, region = programme.calendar, deals.height, deals["region"].to_numpy()
    luck = random.random(count)
    currency = np.select([(region == 0) & (luck < 0.7), (region == 2) & (luck < 0.8)], [1, 2], 0)
    step = np.array([100, 100, 1_000])[currency]
    dollars = np.clip(random.lognormal(np.log(_MEDIAN_AMOUNT), 0.75, count), 3_000, 900_000)
    units = dollars * np.array([1.0, 0.92, 7.1])[currency]
    change = np.where(random.random(count) < 0.4, random.uniform(0.7, 1.25, count), 1.0)

    created, closed = deals["created_at"].to_numpy(), deals["closed_at"].to_numpy()
    stage = _stages(calendar, deals)
    is_open = closed >= planted.NEVER
    first_amount = _rounded(units * change, step)
    amount = np.where(is_open & (stage < PROPOSAL), first_amount, _rounded(units, step))
    rates = np.stack([programme.rate_of_day(name) for name in CURRENCIES])
    valued_on = calendar.day_number(np.where(is_open, calendar.cutoff_at - 1, closed))
    first_close = created + random.integers(45, 120, count) * planted.SECONDS_PER_DAY
    slipped = first_close + random.integers(0, 3, count) * 30 * planted.SECONDS_PER_DAY
    close_on = np.where(is_open, np.where(stage >= PROPOSAL, slipped, first_close), closed)
    return deals.with_columns(
        deal=np.arange(count),
        currency=currency,
        first_amount=first_amount,
        amount=amount,
        usd_cents=_usd_cents(amount, rates[currency, valued_on]),
        usd_cents_at_creation=_usd_cents(amount, rates[currency, calendar.day_number(created)]),
        stage=stage,
        first_close_on=first_close,
        close_on=close_on,
    )


def planned_ends(deals: pl.DataFrame) -> Integers:
    """When each deal ends, or would have if it had not gone stale."""
    latest: Integers = deals["created_at"].to_numpy() + _STALE_SECONDS
    ends: Integers = deals["ends_at"].to_numpy()
    return np.minimum(ends, latest)


def _stages(calendar: Calendar, deals: pl.DataFrame) -> Integers:
    created, closed = deals["created_at"].to_numpy(), deals["closed_at"].to_numpy()
    way = np.maximum(planned_ends(deals) - created, 1)
    done = np.clip((calendar.cutoff_at - 1 - created) / way, 0, 1)
    begun: Integers = np.searchsorted(STAGE_STARTS, done, side="right")
    ended = np.where(deals["won"].to_numpy(), WON, LOST)
    return np.where(closed < planted.NEVER, ended, begun - 1)


def _rounded(units: Numbers, step: Integers) -> Integers:
    return np.maximum(1, np.round(units / step)).astype(np.int64) * step


def _usd_cents(amount: Integers, millionths: Integers) -> Integers:
    return (amount * millionths + 5_000) // 10_000
