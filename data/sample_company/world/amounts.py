"""What the deals of one chunk are worth, where they stand, and what is paid back."""

from __future__ import annotations

from collections import Counter

import numpy as np
import polars as pl

from data.sample_company.world import planted
from data.sample_company.world.campaigns import Programme
from data.sample_company.world.planted import NEVER, SHARES, Calendar, Flags, Integers, Numbers

PROPOSAL, NEGOTIATION, WON, LOST = 2, 3, 4, 5
"""Numbers of stages: from Proposal on, a deal has its final amount."""

CURRENCIES = ("USD", "EUR", "CNY")

STAGE_STARTS = np.array([0.0, 0.16, 0.42, 0.72])
"""When a deal enters each open stage, as a part of its way to its end."""

_MEDIAN_AMOUNT = 36_000

_STALE_SECONDS = 240 * planted.SECONDS_PER_DAY

MOST_PUSHES = 4
"""No deal is put off more often than that."""

_KEPT = (0.4, 0.8)
"""What is left of the amount of a deal after a refund, from and to."""


def price_deals(
    random: np.random.Generator, programme: Programme, deals: pl.DataFrame
) -> pl.DataFrame:
    """Give every deal its money and where it stands at `until`.

    Adds `deal` (row), `currency` (number), `first_amount`, `sold_amount` and `amount` (whole units
    of it, as first entered, as closed and as it stands), `refunded_at` (`NEVER` without a refund),
    `usd_cents` by the rate of the day it was closed (of `until` while open) and
    `usd_cents_at_creation`, both rounded half up, `stage` (number), `close_on` (in seconds, as it
    stands), `due_0` as first expected, `due_1` and so on after the deal was put off at
    `pushed_at_1` (`NEVER` where it was not), and how many `pushes` there were.
    """
    calendar, count, region = programme.calendar, deals.height, deals["region"].to_numpy()
    luck = random.random(count)
    currency = np.select([(region == 0) & (luck < 0.7), (region == 2) & (luck < 0.8)], [1, 2], 0)
    step = np.array([100, 100, 1_000])[currency]
    dollars = np.clip(random.lognormal(np.log(_MEDIAN_AMOUNT), 0.75, count), 3_000, 900_000)
    created, closed = deals["created_at"].to_numpy(), deals["closed_at"].to_numpy()
    is_won = deals["won"].to_numpy() & (closed < NEVER)
    refunded_at = _refunds(random, calendar, is_won, closed)
    kept = np.where(refunded_at < NEVER, random.uniform(*_KEPT, count), 1.0)
    dollars = dollars * _size(dollars * kept, ~deals["known"].to_numpy(), is_won)
    units = dollars * np.array([1.0, 0.92, 7.1])[currency]
    change = np.where(random.random(count) < 0.4, random.uniform(0.7, 1.25, count), 1.0)

    stage = _stages(calendar, deals)
    is_open = closed >= NEVER
    first_amount = _rounded(units * change, step)
    sold = np.where(is_open & (stage < PROPOSAL), first_amount, _rounded(units, step))
    amount = np.where(refunded_at < NEVER, _rounded(units * kept, step), sold)
    rates = np.stack([programme.rate_of_day(name) for name in CURRENCIES])
    valued_on = calendar.day_number(np.where(is_open, calendar.cutoff_at - 1, closed))
    first_close = created + random.integers(45, 120, count) * planted.SECONDS_PER_DAY
    pushed_at, due = _pushes(random, first_close, np.minimum(closed, calendar.cutoff_at))
    close_on = np.where(is_open, due[-1], closed)
    return deals.with_columns(
        deal=np.arange(count),
        currency=currency,
        first_amount=first_amount,
        sold_amount=sold,
        amount=amount,
        refunded_at=refunded_at,
        usd_cents=_usd_cents(amount, rates[currency, valued_on]),
        refunded_usd_cents=_usd_cents(sold - amount, rates[currency, valued_on]),
        usd_cents_at_creation=_usd_cents(amount, rates[currency, calendar.day_number(created)]),
        stage=stage,
        close_on=close_on,
        **{f"pushed_at_{number}": each for number, each in enumerate(pushed_at, start=1)},
        **{f"due_{number}": each for number, each in enumerate(due)},
        pushes=np.sum(np.stack(pushed_at) < NEVER, axis=0),
    )


def _pushes(
    random: np.random.Generator, first_close: Integers, until: Integers
) -> tuple[list[Integers], list[Integers]]:
    """When each deal is put off, up to `MOST_PUSHES` times, and when it is due after each.

    Some sellers put a deal off in the days before it is due, again and again while it is open; the
    others let the day pass.
    """
    count = len(first_close)
    puts_off, due, pushed_at = random.random(count) < SHARES["puts_off"], [first_close], []
    for _ in range(MOST_PUSHES):
        at = due[-1] - random.integers(0, 6 * planted.SECONDS_PER_DAY, count)
        longer = random.integers(2, 6, count) * 15 * planted.SECONDS_PER_DAY
        puts_off = puts_off & (at < until) & (random.random(count) < SHARES["puts_off_again"])
        pushed_at.append(np.where(puts_off, at, NEVER))
        due.append(np.where(puts_off, due[-1] + longer, due[-1]))
    return pushed_at, due


def count_put_off(calendar: Calendar, deals: pl.DataFrame) -> Counter[str]:
    """Open deals that were put off at least twice, those past the day they are due, and either.

    Beside them how often deals that exist, open or not, were put off.
    """
    is_open = deals["closed_at"].to_numpy() >= NEVER
    pushes = deals["pushes"].to_numpy()
    last_day = calendar.cutoff_at - planted.SECONDS_PER_DAY
    overdue = is_open & (deals["close_on"].to_numpy() < last_day)
    twice = is_open & (pushes >= 2)
    return Counter(
        twice=int(twice.sum()),
        overdue=int(overdue.sum()),
        slipping=int((twice | overdue).sum()),
        pushes=int(pushes.sum()),
    )


def planned_ends(deals: pl.DataFrame) -> Integers:
    """When each deal ends, or would have if it had not gone stale."""
    latest: Integers = deals["created_at"].to_numpy() + _STALE_SECONDS
    ends: Integers = deals["ends_at"].to_numpy()
    return np.minimum(ends, latest)


def _size(dollars: Numbers, of_others: Flags, is_won: Flags) -> Numbers:
    """How much larger deals are of accounts that only sales and partners know, so that their wins
    make up the planted share of what is won; from half to four times."""
    own = float(dollars[is_won & ~of_others].sum())
    others = float(dollars[is_won & of_others].sum())
    part = 1 / planted.WON_AT_KNOWN_ACCOUNTS - 1
    size = min(max(own * part / others, 0.5), 4.0) if own and others else part
    return np.where(of_others, size, 1.0)


def _refunds(
    random: np.random.Generator, calendar: Calendar, is_won: Flags, closed: Integers
) -> Integers:
    """When part of the price of some won deals is paid back; at least of one, where any is won."""
    late = random.integers(15, 90, len(closed)) * planted.SECONDS_PER_DAY + 3600
    possible = is_won & (closed + np.where(is_won, late, 0) < calendar.cutoff_at)
    luck = np.where(possible, random.random(len(closed)), 2.0)
    refunded = possible & ((luck < SHARES["refunded"]) | (luck == luck.min(initial=2.0)))
    return np.where(refunded, closed + late, NEVER)


def _stages(calendar: Calendar, deals: pl.DataFrame) -> Integers:
    created, closed = deals["created_at"].to_numpy(), deals["closed_at"].to_numpy()
    way = np.maximum(planned_ends(deals) - created, 1)
    done = np.clip((calendar.cutoff_at - 1 - created) / way, 0, 1)
    begun: Integers = np.searchsorted(STAGE_STARTS, done, side="right")
    ended = np.where(deals["won"].to_numpy(), WON, LOST)
    return np.where(closed < NEVER, ended, begun - 1)


def _rounded(units: Numbers, step: Integers) -> Integers:
    return np.maximum(1, np.round(units / step)).astype(np.int64) * step


def _usd_cents(amount: Integers, millionths: Integers) -> Integers:
    return (amount * millionths + 5_000) // 10_000
