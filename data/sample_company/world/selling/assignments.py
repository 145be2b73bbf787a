"""To whom leads are given: by which route, to whom, and when; drawn given what became of each."""

from __future__ import annotations

import numpy as np
import polars as pl

from data.sample_company.world.accounts import owner_numbers
from data.sample_company.world.channels import CHANNEL_NUMBER, SALES, step_rates
from data.sample_company.world.channels import PARTNER as PARTNER_CHANNEL
from data.sample_company.world.chunk import NO_FLAW, Chunk
from data.sample_company.world.planted import (
    NEVER,
    SECONDS_PER_DAY,
    Flags,
    Integers,
    Numbers,
    draw_choices,
)
from data.sample_company.world.selling.levels import level_at, multiples
from data.sample_company.world.selling.sellers import (
    CARELESS,
    CARELESS_TIMES,
    DIRECT,
    FIRST_OWNER,
    FIRST_PARTNER,
    INSIDE,
    PARTNER,
    PARTNERS,
    SELF_SERVICE,
    SELLERS,
    skill,
)
from data.sample_company.world.words import INDUSTRIES

_BY_LEVEL = np.array(
    [
        (0.35, 0.62, 0.03, 0.00),
        (0.05, 0.85, 0.05, 0.05),
        (0.00, 0.60, 0.00, 0.40),
        (0.00, 0.60, 0.00, 0.40),
        (0.00, 0.10, 0.00, 0.90),
    ]
)
"""Share of each route by level, of leads that marketing brings."""

UNROUTED, UNROUTED_AT_SHOWS, SHOW = 0.02, 0.22, "Trade Show"
"""Shares of leads that nobody is ever given, of those that get no further than MQL."""

_TO_OWNER = 0.6
"""Share of the leads of customers that go to the owner of the account."""

_ROUTED_BY_HAND = 0.25

_GIVEN_ON = 0.75
"""Share of the MQLs of self-service that inside sales is given."""

_MOST_LIKELY = 0.45
"""No lead is held to be more likely an opportunity, so that the strongest seller stays below 1."""


def draw_assignments(chunk: Chunk, levels: pl.DataFrame) -> pl.DataFrame:
    """One row per lead and time at which it was given to somebody, in order of lead and time.

    `lead` (row), `at`, `route` and `seller` (numbers, -1 for nobody), `on_mql` (given because it
    became an MQL). Most are routed as they come in, by their level; most of self-service that
    become MQLs go to inside sales.
    """
    first = _first(chunk, levels)
    cutoff = chunk.programme.calendar.cutoff_at
    rows = pl.concat([first, _mqls(chunk, first)])
    return rows.filter(pl.col("at") < cutoff).sort("lead", "at")


def is_customer(chunk: Chunk) -> Flags:
    """Which leads are of companies that were customers before any lead of theirs."""
    kinds = chunk.accounts["relationship"].str.starts_with("Customer").to_numpy()
    of: Flags = kinds[chunk.leads["account"].to_numpy()]
    return of


def _first(chunk: Chunk, levels: pl.DataFrame) -> pl.DataFrame:
    random, leads = chunk.random(71), chunk.leads
    count, channel = leads.height, leads["channel"].to_numpy()
    level = level_at(levels, 0)
    route = draw_choices(random, _BY_LEVEL[level])
    to_owner = is_customer(chunk) & (random.random(count) < _TO_OWNER)
    route = np.where(to_owner | (channel == CHANNEL_NUMBER[SALES]), DIRECT, route)
    route = np.where(channel == CHANNEL_NUMBER[PARTNER_CHANNEL], PARTNER, route)
    account = leads["account"].to_numpy()
    seller = np.select(
        [route == DIRECT, route == INSIDE, route == PARTNER],
        [_owners(chunk), _inside(random, chunk, levels), FIRST_PARTNER + account % len(PARTNERS)],
        -1,
    )
    by_hand = random.random(count) < _ROUTED_BY_HAND
    hours = np.where(by_hand, random.exponential(9.0, count), random.exponential(0.1, count))
    at = leads["created_at"].to_numpy() + 60 + (hours * 3600).astype(np.int64)
    at = np.minimum(at, np.maximum(_next_event(leads) - 600, leads["created_at"].to_numpy() + 1))
    share = np.where(channel == CHANNEL_NUMBER[SHOW], UNROUTED_AT_SHOWS, UNROUTED)
    left = (random.random(count) < share) & (leads["depth"].to_numpy() <= 1) & (route != PARTNER)
    left &= channel != CHANNEL_NUMBER[SALES]
    return _rows(np.arange(count), np.where(left, NEVER, at), route, seller, on_mql=False)


def _owners(chunk: Chunk) -> Integers:
    """Number of the seller who owns the account of each lead."""
    owners = owner_numbers(chunk.accounts)[chunk.leads["account"].to_numpy()]
    numbers: Integers = FIRST_OWNER + owners
    return numbers


def _inside(random: np.random.Generator, chunk: Chunk, levels: pl.DataFrame) -> Integers:
    """Who of inside sales gets each lead: drawn given whether it becomes an opportunity.

    Any seller is as likely by the planted shares; the chances are those that the planted skill of
    each in the industry would have left. Bad contacts are among the leads of one of them.
    """
    leads = chunk.leads
    industry = chunk.accounts["industry"].replace_strict(
        {name: number for number, name in enumerate(INDUSTRIES)}, default=0, return_dtype=pl.Int64
    )
    times = skill()[industry.to_numpy()[leads["account"].to_numpy()]]
    likely = _likely(leads["channel"].to_numpy(), level_at(levels, int(NEVER)))[:, None]
    won = (leads["depth"].to_numpy() >= 3)[:, None]
    others = np.maximum(1 - times * likely, 0.02)
    chances: Numbers = np.array([each.share for each in SELLERS]) * np.where(won, times, others)
    careless = np.array([CARELESS_TIMES if each.name == CARELESS else 1.0 for each in SELLERS])
    bad = (leads["flaw"].to_numpy() != NO_FLAW)[:, None]
    return draw_choices(random, chances * np.where(bad, careless, 1.0))


def _likely(channel: Integers, level: Integers) -> Numbers:
    """How likely a lead of a channel and level becomes an opportunity."""
    to_mql, to_sql = multiples()
    rate: Numbers = step_rates()[channel, :3].prod(axis=1) * (to_mql * to_sql)[level]
    return np.minimum(rate, _MOST_LIKELY)


def _mqls(chunk: Chunk, first: pl.DataFrame) -> pl.DataFrame:
    """Most MQLs of self-service, given to inside sales within some hours."""
    random, leads = chunk.random(72), chunk.leads
    mql = leads["mql_at"].to_numpy()
    served = (first["route"].to_numpy() == SELF_SERVICE) & (first["at"].to_numpy() < NEVER)
    served &= random.random(leads.height) < _GIVEN_ON
    rows = np.flatnonzero(served & (mql < NEVER) & ~leads["skipped_mql"].to_numpy())
    wait = random.exponential(5 * 3600, len(rows)).astype(np.int64) + 300
    room = np.maximum(_next_event(leads, after_mql=True)[rows] - mql[rows], 2)
    at = mql[rows] + np.minimum(wait, room // 2)
    shares = np.tile([each.share for each in SELLERS], (len(rows), 1))
    seller = draw_choices(random, shares)
    return _rows(rows, at, np.full(len(rows), INSIDE), seller, on_mql=True)


def _next_event(leads: pl.DataFrame, *, after_mql: bool = False) -> Integers:
    """When each lead first became anything, or, of an MQL, anything more."""
    names = ["recycled_at", "sql_at", "opportunity_at", "disqualified_at"]
    names = names if after_mql else ["mql_at", *names]
    earliest: Integers = np.minimum.reduce([leads[name].to_numpy() for name in names])
    return earliest


def _rows(
    lead: Integers, at: Integers, route: Integers, seller: Integers, *, on_mql: bool
) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "lead": lead.astype(np.int64),
            "at": at.astype(np.int64),
            "route": route.astype(np.int64),
            "seller": seller.astype(np.int64),
            "on_mql": np.full(len(lead), on_mql),
        }
    )


def owner_now(chunk: Chunk, assignments: pl.DataFrame) -> tuple[Integers, Integers]:
    """By lead: the seller and the route it was given to last, -1 for none."""
    seller, route = (np.full(chunk.leads.height, -1) for _ in range(2))
    lead = assignments["lead"].to_numpy()
    last = np.append(lead[1:] != lead[:-1], True) if len(lead) else np.zeros(0, dtype=bool)
    seller[lead[last]] = assignments["seller"].to_numpy()[last]
    route[lead[last]] = assignments["route"].to_numpy()[last]
    return seller, route


def given_between(lead: Integers, at: Integers) -> Integers:
    """When the lead of each row is given on, `NEVER` of its last; rows as in assignments."""
    following = np.full(len(lead), NEVER)
    same = lead[1:] == lead[:-1]
    following[:-1] = np.where(same, at[1:], NEVER)
    return following


def working_days_later(at: Integers, days: int) -> Integers:
    """The first moment of the day so many working days later, weekends left out.

    >>> thursday = np.array([1_795_046_400])  # 2026-11-19
    >>> np.datetime64(int(working_days_later(thursday, 5)[0]), "s").item().date().isoformat()
    '2026-11-26'
    """
    day = (at // SECONDS_PER_DAY).astype("datetime64[D]")
    later = np.busday_offset(day, days, roll="forward").astype(np.int64) * SECONDS_PER_DAY
    return np.asarray(later, dtype=np.int64)
