"""One chunk of the sample: some thousand leads with everybody and everything around them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import polars as pl

from data.sample_company.world.accounts import (
    draw_accounts,
    number_of_accounts,
    number_without_leads,
)
from data.sample_company.world.amounts import price_deals
from data.sample_company.world.campaigns import Programme
from data.sample_company.world.channels import CHANNEL_NUMBER
from data.sample_company.world.deals import draw_deals
from data.sample_company.world.experiments import draw_arms, experiments, withheld
from data.sample_company.world.funnel import draw_stages
from data.sample_company.world.leads import draw_leads, number_of_people
from data.sample_company.world.people import draw_people, own_account, with_staff
from data.sample_company.world.planted import NEVER, SECONDS_PER_DAY, SHARES, Flags, Integers

LEADS_PER_CHUNK = 20_000
"""Bounds the memory. Part of the sample's identity: another size gives other leads."""


_CONSENTS = 0.72
"""Share of people who agree to marketing."""

BAD_CONTACTS_FROM = "Content Syndication"

_BAD_CHANNEL = CHANNEL_NUMBER[BAD_CONTACTS_FROM]

_BAD_TIMES, _OTHERS_BAD_TIMES = 4.0, 0.7
"""How much more often contacts of that channel are bad, and of the others less often."""

NO_FLAW, INVALID_EMAIL, PLACEHOLDER = 0, 1, 2


@dataclass(frozen=True)
class Chunk:
    """Leads that share accounts, people and deals with each other and with no other chunk.

    `accounts` and `people` are the frames of `sample_people`, `leads` of `sample_leads` with the
    columns of `sample_funnel`, `deals` of `sample_deals`; they refer to each other by row. Leads
    have in addition `campaign` (number, -1 for none), `flaw` (`INVALID_EMAIL`, `PLACEHOLDER`),
    `withdrawn_at`, of the person's consent, and `quiet_until`, before which marketing does not
    touch the account. The last account is the company's own, and the last people are its staff,
    below `buyer`s, whom sellers know at accounts without leads.
    People have a column per experiment, by its id, with the number of their arm in it.
    """

    programme: Programme
    number: int
    first_lead: int
    accounts: pl.DataFrame
    people: pl.DataFrame
    leads: pl.DataFrame
    deals: pl.DataFrame

    @cached_property
    def existing_deals(self) -> pl.DataFrame:
        """The deals that were created by `until`."""
        return self.deals.filter(pl.col("created_at") < self.programme.calendar.cutoff_at)

    @cached_property
    def consents(self) -> Flags:
        """Who agreed to marketing with the first lead, by person."""
        luck = self.random(40).random(self.people.height)
        agreed: Flags = (luck < _CONSENTS) & (self.people["first_created_at"].to_numpy() < NEVER)
        return agreed

    def withheld(self, person: Integers, channel: Integers, at: Integers) -> Flags:
        """Which touches of people would have come through a channel that was kept from them."""
        kept = np.zeros(len(person), dtype=bool)
        for each in experiments(self.programme.calendar):
            kept |= withheld(each, self.people, person, channel, at)
        return kept

    def random(self, purpose: int) -> np.random.Generator:
        """A source of chance for one purpose, so that one export does not depend on another."""
        return np.random.default_rng([self.programme.seed, self.number, purpose])


def draw_chunks(programme: Programme, leads: int) -> Iterator[Chunk]:
    """Draw chunk after chunk until there are so many lead records."""
    count = -(-leads // LEADS_PER_CHUNK)
    bounds = [leads * number // count for number in range(count + 1)]
    largest = -(-leads // count)
    accounts = number_of_accounts(largest) + number_without_leads(largest)
    for number in range(count):
        first, size = bounds[number], bounds[number + 1] - bounds[number]
        yield _draw_chunk(programme, number, number * accounts, first, size)


def _draw_chunk(
    programme: Programme, number: int, first_account: int, first_lead: int, size: int
) -> Chunk:
    calendar = programme.calendar
    random = np.random.default_rng([programme.seed, number, 0])
    with_leads = number_of_accounts(size)
    accounts = draw_accounts(
        random, calendar, first_account, with_leads, number_without_leads(size)
    )
    people = draw_people(random, accounts.head(with_leads), first_lead, number_of_people(size))
    leads = draw_leads(random, calendar, people, accounts["territory"].to_numpy(), size)
    leads = draw_stages(random, calendar, leads)
    leads, deals = draw_deals(random, calendar, leads, accounts)
    quiet = _quiet_until(accounts, deals)[leads["account"].to_numpy()]
    people = _with_buyers(random, accounts, people, with_leads, first_lead)

    person, created = leads["person"].to_numpy(), leads["created_at"].to_numpy()
    first_created = np.full(people.height, NEVER)
    np.minimum.at(first_created, person, created)
    patience = random.exponential(90 * SECONDS_PER_DAY, people.height).astype(np.int64)
    withdrawn = first_created + patience
    withdrawn = np.where(
        people["withdraws"].to_numpy() & (withdrawn < calendar.cutoff_at), withdrawn, NEVER
    )
    leads = leads.with_columns(
        flaw=_flaws(random, leads), withdrawn_at=withdrawn[person], quiet_until=quiet
    )
    people = people.with_columns(first_created_at=first_created, withdrawn_at=withdrawn)
    people = with_staff(people, accounts.height, first_lead, size)
    arms = np.random.default_rng([programme.seed, number, 30])
    people, leads = draw_arms(arms, calendar, people, leads)
    campaign = programme.campaign_at(
        leads["channel"].to_numpy(), leads["product"].to_numpy(), created
    )
    return Chunk(
        programme=programme,
        number=number,
        first_lead=first_lead,
        accounts=pl.concat([accounts, own_account(accounts, calendar)]),
        people=people,
        leads=leads.with_columns(campaign=np.where(random.random(size) < 0.05, -1, campaign)),
        deals=price_deals(random, programme, deals),
    )


def _with_buyers(
    random: np.random.Generator,
    accounts: pl.DataFrame,
    people: pl.DataFrame,
    with_leads: int,
    first_lead: int,
) -> pl.DataFrame:
    """The people and, below them, whom sellers know at accounts without leads: column `buyer`."""
    others = accounts.slice(with_leads)
    first_number = first_lead + people.height
    buyers = draw_people(random, others, first_number, others.height)
    buyers = buyers.with_columns(pl.col("account") + with_leads)
    return pl.concat([people.with_columns(buyer=False), buyers.with_columns(buyer=True)])


def _flaws(random: np.random.Generator, leads: pl.DataFrame) -> Integers:
    """What is wrong with the contact of each lead record, mostly nothing."""
    luck, duplicate_of = random.random(leads.height), leads["duplicate_of"].to_numpy()
    paired = (duplicate_of >= 0) | np.isin(np.arange(leads.height), duplicate_of)
    flawed = (leads["depth"].to_numpy() <= 1) & ~paired
    times = np.where(leads["channel"].to_numpy() == _BAD_CHANNEL, _BAD_TIMES, _OTHERS_BAD_TIMES)
    invalid = flawed & (luck < SHARES["invalid_email"] * times)
    placeholder = flawed & (luck > 1 - SHARES["placeholder"] * times)
    return np.select([invalid, placeholder], [INVALID_EMAIL, PLACEHOLDER], NO_FLAW)


def _quiet_until(accounts: pl.DataFrame, deals: pl.DataFrame) -> Integers:
    """By account: before when marketing touches nobody there; until the last deal is opened where
    sales or partners have the account, unless marketing knows it as well."""
    opened = np.full(accounts.height, -1)
    np.maximum.at(opened, deals["account"].to_numpy(), deals["created_at"].to_numpy())
    return np.where(accounts["known"].to_numpy(), 0, np.where(opened < 0, NEVER, opened))
