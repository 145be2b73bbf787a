"""What sellers do: they call and write to the accounts they want, and to whom they talk already."""

from __future__ import annotations

import numpy as np
import polars as pl

from data.sample_company.world.channels import CHANNEL_NUMBER, SALES
from data.sample_company.world.chunk import Chunk
from data.sample_company.world.funnel import in_office
from data.sample_company.world.planted import NEVER, SECONDS_PER_DAY, UTC_OFFSET_HOURS, Integers
from data.sample_company.world.text import pick
from data.sample_company.world.touches.marketing import reachable

ACTIONS = ("call_connected", "call_no_answer", "email_sent", "reply")

_PARTS = (0.35, 0.35, 0.2, 0.1)

_OF_SALES = 1
"""The territory of sales."""


_LOGGED = 0.7
"""Share of the deals without a lead of which the seller logs what he does."""


def sales_touches(chunk: Chunk) -> pl.DataFrame:
    """Calls and mails of account executives and sales development, in order of time.

    A lead of outbound sales is created five minutes after the call that reached the person, and
    some attempts came before it. Leads that became SQLs are called as well, and so are buyers at
    accounts of sales without leads. The columns are the common ones of touches.
    """
    calendar = chunk.programme.calendar
    return (
        pl.concat([_of_leads(chunk), _of_buyers(chunk)])
        .filter((pl.col("at") >= calendar.start_at) & (pl.col("at") < calendar.cutoff_at))
        .sort("at", "lead", maintain_order=True)
    )


def _of_leads(chunk: Chunk) -> pl.DataFrame:
    random, leads = chunk.random(7), chunk.leads
    created, sql = leads["created_at"].to_numpy(), leads["sql_at"].to_numpy()
    brought = np.flatnonzero(leads["channel"].to_numpy() == CHANNEL_NUMBER[SALES])
    tried = np.repeat(brought, random.poisson(1.6, len(brought)))
    talked = np.repeat(np.arange(leads.height), random.poisson(0.6, leads.height) * (sql < NEVER))
    lead = np.concatenate([brought, tried, talked])
    kind = np.repeat([0, 1, 2], [len(brought), len(tried), len(talked)])
    wait = random.exponential(9 * SECONDS_PER_DAY, len(lead)).astype(np.int64) + 3600
    offset = UTC_OFFSET_HOURS[leads["region"].to_numpy()[lead]] * 3600
    later = in_office(sql[lead] + wait, sql[lead], offset)
    at = np.select([kind == 0, kind == 1], [created[lead] - 300, created[lead] - wait], later)
    action = random.choice(len(ACTIONS), len(lead), p=_PARTS)
    action = np.select([kind == 0, kind == 1], [0, 1 + action % 2], action)
    person = leads["person"].to_numpy()[lead]
    unwanted = chunk.people["do_not_call"].to_numpy()[person] & (kind > 0)
    unwanted |= (leads["withdrawn_at"].to_numpy()[lead] <= at) | ~reachable(leads)[lead]
    return _activities(lead, person, np.where(unwanted, NEVER, at), action)


def _of_buyers(chunk: Chunk) -> pl.DataFrame:
    """From five weeks before a deal of sales is opened to ten after it, while it is open."""
    random, people = chunk.random(12), chunk.people
    buyer = np.full(chunk.accounts.height, -1)
    rows = np.flatnonzero((people["buyer"] & ~people["do_not_call"]).to_numpy())
    buyer[people["account"].to_numpy()[rows]] = rows
    deals = chunk.existing_deals.filter(territory=_OF_SALES)
    person = buyer[deals["account"].to_numpy()]
    logged = (person >= 0) & (random.random(deals.height) < _LOGGED)
    of = np.repeat(np.flatnonzero(logged), 1 + random.poisson(1.5, int(logged.sum())))
    wait = random.integers(-35 * SECONDS_PER_DAY, 70 * SECONDS_PER_DAY, len(of))
    at = deals["created_at"].to_numpy()[of] + wait
    at = np.where(at < deals["closed_at"].to_numpy()[of], at, NEVER)
    action = random.choice(len(ACTIONS), len(of), p=_PARTS)
    return _activities(np.full(len(of), -1), person[of], at, action)


def _activities(lead: Integers, person: Integers, at: Integers, action: Integers) -> pl.DataFrame:
    none = np.full(len(lead), -1)
    return pl.DataFrame(
        {
            "lead": lead,
            "person": person,
            "at": at,
            "action": pick(ACTIONS, action),
            "channel": np.full(len(lead), CHANNEL_NUMBER[SALES]),
            "campaign": none,
            "content": none,
        }
    )
