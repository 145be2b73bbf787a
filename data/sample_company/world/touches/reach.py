"""Mails that should not have been sent so: after a withdrawal, too many, at cross purposes.

They go to people whom marketing may touch, on whom no experiment runs by mail.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from data.sample_company.world.channels import CHANNEL_NUMBER
from data.sample_company.world.chunk import Chunk
from data.sample_company.world.planted import (
    NEVER,
    PRODUCTS,
    SECONDS_PER_DAY,
    Flags,
    Integers,
)
from data.sample_company.world.touches.marketing import reachable
from data.sample_company.world.touches.web import within_calendar

MAILS, DAYS = 11, 30
"""So many mails in so many days get those who are written to too often."""

_BREACHES, _TOO_OFTEN, _CROSSED, _PROMOTIONS = 0.10, 0.003, 0.004, 0.15
"""Shares: of those who unsubscribed, of people twice, and of accounts with an open deal."""

_EMAIL = CHANNEL_NUMBER["Email"]


def unwanted_mails(chunk: Chunk) -> pl.DataFrame:
    """Mails sent and delivered, with the columns of `email_touches`."""
    random = chunk.random(46)
    once = random.permutation(first_leads(chunk))
    much, crossed = (max(1, round(chunk.people.height * part)) for part in (_TOO_OFTEN, _CROSSED))
    frames = [
        _after_withdrawal(random, chunk),
        _too_often(random, chunk, once[:much]),
        _crossed(random, chunk, once[much : much + crossed]),
        _at_open_deals(random, chunk, once),
    ]
    return within_calendar(chunk, pl.concat(frames))


def first_leads(chunk: Chunk) -> Integers:
    """Row of the first lead of each person who can be written to and has not unsubscribed."""
    leads = chunk.leads
    first = leads["person"].is_first_distinct().to_numpy() & reachable(leads)
    return np.flatnonzero(first & (leads["withdrawn_at"].to_numpy() >= NEVER))


def may_be_mailed(chunk: Chunk, lead: Integers, at: Integers) -> Flags:
    """Whether marketing may mail the person of each lead at a time, by all but consent."""
    leads = chunk.leads
    person = leads["person"].to_numpy()[lead]
    free = ~chunk.withheld(person, np.full(len(lead), _EMAIL), at)
    quiet, created = leads["quiet_until"].to_numpy()[lead], leads["created_at"].to_numpy()[lead]
    allowed: Flags = (
        free & (at >= np.maximum(quiet, created)) & (at < chunk.programme.calendar.cutoff_at)
    )
    return allowed


def _after_withdrawal(random: np.random.Generator, chunk: Chunk) -> pl.DataFrame:
    leads = chunk.leads
    withdrawn = leads["withdrawn_at"].to_numpy()
    once = leads["person"].is_first_distinct().to_numpy() & reachable(leads)
    lead = np.flatnonzero(once & (withdrawn < NEVER))
    at = withdrawn[lead] + random.integers(3 * SECONDS_PER_DAY, 40 * SECONDS_PER_DAY, len(lead))
    possible = may_be_mailed(chunk, lead, at)
    luck = np.where(possible, random.random(len(lead)), 2.0)
    kept = possible & ((luck < _BREACHES) | (luck == luck.min(initial=2.0)))
    return _sent(chunk, lead[kept], at[kept])


def _too_often(random: np.random.Generator, chunk: Chunk, lead: Integers) -> pl.DataFrame:
    until = chunk.programme.calendar.cutoff_at
    lead = lead[may_be_mailed(chunk, lead, np.full(len(lead), until - DAYS * SECONDS_PER_DAY))]
    of = np.repeat(lead, MAILS)
    step = (DAYS - 2) * SECONDS_PER_DAY // MAILS
    at = (
        until
        - (1 + np.tile(np.arange(MAILS), len(lead))) * step
        + random.integers(0, 3600, len(of))
    )
    return _sent(chunk, of, at)


def _crossed(random: np.random.Generator, chunk: Chunk, lead: Integers) -> pl.DataFrame:
    """Two mails of two campaigns within three days."""
    ago = random.integers(10 * SECONDS_PER_DAY, 70 * SECONDS_PER_DAY, len(lead))
    at = chunk.programme.calendar.cutoff_at - ago
    allowed = may_be_mailed(chunk, lead, at)
    lead, at = lead[allowed], at[allowed]
    other = at + random.integers(SECONDS_PER_DAY, 3 * SECONDS_PER_DAY, len(lead))
    return pl.concat([_sent(chunk, lead, at), _sent(chunk, lead, other, product=1)])


def _at_open_deals(random: np.random.Generator, chunk: Chunk, once: Integers) -> pl.DataFrame:
    """A promotion to people at accounts to which a seller has made an offer."""
    deals = chunk.existing_deals.filter(pl.col("closed_at") >= int(NEVER))
    opened = np.full(chunk.accounts.height, NEVER)
    np.minimum.at(opened, deals["account"].to_numpy(), deals["created_at"].to_numpy())
    ago = random.integers(3600, 20 * SECONDS_PER_DAY, len(once))
    at = chunk.programme.calendar.cutoff_at - ago
    account = chunk.leads["account"].to_numpy()[once]
    possible = np.flatnonzero((at > opened[account]) & may_be_mailed(chunk, once, at))
    _, firsts = np.unique(account[possible], return_index=True)
    count = round(len(firsts) * _PROMOTIONS) or min(1, len(firsts))
    chosen = possible[random.permutation(firsts)[:count]]
    return _sent(chunk, once[chosen], at[chosen], product=1)


def _sent(chunk: Chunk, lead: Integers, at: Integers, product: int = 0) -> pl.DataFrame:
    """Mails of the campaign of the lead's product, or of one further on, sent and delivered."""
    leads, count = chunk.leads, len(lead)
    channel = np.full(count, _EMAIL)
    of = (leads["product"].to_numpy()[lead] + product) % len(PRODUCTS)
    mails = pl.DataFrame(
        {
            "lead": lead,
            "at": at,
            "action": pl.repeat("email_sent", count, dtype=pl.String, eager=True),
            "content": np.full(count, -1),
            "issue": np.arange(count) % 6 + 1,
            "person": leads["person"].to_numpy()[lead],
            "channel": channel,
            "campaign": chunk.programme.campaign_at(channel, of, at),
        }
    )
    return pl.concat(
        [mails, mails.with_columns(pl.col("at") + 20, action=pl.lit("email_delivered"))]
    )
