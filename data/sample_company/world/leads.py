"""The lead records of one chunk: who comes in, when, through what, and how far each will get.

How far a lead gets is drawn from the planted rate of its channel and step alone, so the planted
rates hold exactly. Everything else is arranged around that outcome and never changes it.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from data.sample_company.world import planted
from data.sample_company.world.channels import (
    CHANNEL_NUMBER,
    TERRITORY_CHANNELS,
    marketing_shares,
    step_rates,
)
from data.sample_company.world.planted import Calendar, Flags, Integers, draw_choices

TRADE_SHOW_DAY = 11
"""Day of the month on which a trade show opens; its leads are created on that and the next two."""


def draw_leads(
    random: np.random.Generator,
    calendar: Calendar,
    people: pl.DataFrame,
    territory: Integers,
    count: int,
) -> pl.DataFrame:
    """Draw lead records with their planted outcome, in order of creation.

    `territory` of each account says whether marketing's channels bring its leads, or which other.

    The first record of each person, then records of returning people, then duplicates. One row per
    lead record: `person`, `account`, `region`, `duplicate_of` (row of the other record, -1 for
    none), `channel`, `product`, `created_at`, `depth` (stages reached after lead, 0 to 4). Some
    colleagues come in together, as a buying group: they share their luck, each at the rates of the
    own channel.
    """
    first_records = people.height
    duplicates = number_of_duplicates(count)
    returning = count - first_records - duplicates
    originals = random.choice(first_records, duplicates, replace=False)
    person = np.concatenate(
        [np.arange(first_records), random.integers(0, first_records, returning), originals]
    )
    duplicate_of = np.concatenate([np.full(count - duplicates, -1), originals])
    region = people["region"].to_numpy()[person]
    given = TERRITORY_CHANNELS[territory[people["account"].to_numpy()[person]]]
    drawn = draw_choices(random, marketing_shares()[region])
    channel = np.where(given >= 0, given, drawn)
    created = calendar.draw_times(random, count) - planted.UTC_OFFSET_HOURS[region] * 3600
    created = np.clip(created, calendar.start_at, calendar.cutoff_at - 1)
    delay = random.exponential(15 * planted.SECONDS_PER_DAY, duplicates).astype(np.int64) + 600
    created[count - duplicates :] = np.minimum(created[originals] + delay, calendar.cutoff_at - 1)
    colleague = _colleagues(random, people["account"].to_numpy())
    delay = random.exponential(15 * planted.SECONDS_PER_DAY, len(colleague)).astype(np.int64) + 600
    created[colleague] = np.minimum(created[colleague - 1] + delay, calendar.cutoff_at - 1)
    luck = random.random((count, 4))
    luck[colleague] = luck[colleague - 1]
    created = _at_trade_shows(calendar, created, channel == CHANNEL_NUMBER["Trade Show"])
    going_on = luck < step_rates()[channel]
    order = np.argsort(created, kind="stable")
    rank = np.empty(count, dtype=np.int64)
    rank[order] = np.arange(count)
    return pl.DataFrame(
        {
            "person": person,
            "account": people["account"].to_numpy()[person],
            "region": region,
            "duplicate_of": np.where(duplicate_of >= 0, rank[duplicate_of], -1),
            "channel": channel,
            "product": random.choice(len(planted.PRODUCT_SHARES), count, p=planted.PRODUCT_SHARES),
            "created_at": created,
            "depth": np.cumprod(going_on, axis=1).sum(axis=1).astype(np.int64),
        }
    )[order]


def number_of_duplicates(leads: int) -> int:
    """How many of so many lead records repeat another one."""
    return round(leads * planted.SHARES["duplicate"])


def number_of_people(leads: int) -> int:
    """How many people are behind so many lead records."""
    return leads - number_of_duplicates(leads) - round(leads * planted.SHARES["returning"])


def _colleagues(random: np.random.Generator, account: Integers) -> Integers:
    """People (never the first) who come in together with the person before, of the same account."""
    together = random.random(len(account)) < planted.SHARES["buying_group"]
    together[0] = False
    together[1:] &= (account[1:] == account[:-1]) & ~together[:-1]
    return np.flatnonzero(together)


def _at_trade_shows(calendar: Calendar, created: Integers, at_show: Flags) -> Integers:
    month = np.array([(day - calendar.start).days for day in calendar.month_starts])[
        calendar.month_number(created)
    ]
    time_of_day = (created - calendar.start_at) % planted.SECONDS_PER_DAY
    show_day = month + TRADE_SHOW_DAY - 1 + time_of_day % 3
    moved = calendar.start_at + show_day * planted.SECONDS_PER_DAY + 8 * 3600 + time_of_day // 3
    return np.where(at_show & (moved < calendar.cutoff_at), moved, created)
