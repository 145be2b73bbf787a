"""What sellers do: they call and write to the accounts they want, and to whom they talk already."""

from __future__ import annotations

import numpy as np
import polars as pl

from data.sample_company.world.channels import CHANNEL_NUMBER, SALES
from data.sample_company.world.chunk import Chunk
from data.sample_company.world.funnel import in_office
from data.sample_company.world.planted import NEVER, SECONDS_PER_DAY, UTC_OFFSET_HOURS
from data.sample_company.world.text import pick
from data.sample_company.world.touches.marketing import reachable

ACTIONS = ("call_connected", "call_no_answer", "email_sent", "reply")


def sales_touches(chunk: Chunk) -> pl.DataFrame:
    """Calls and mails of account executives and sales development, in order of time.

    A lead of outbound sales is created five minutes after the call that reached the person, and
    some attempts came before it. Leads that became SQLs are called as well. The columns are the
    common ones of touches.
    """
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
    action = random.choice(len(ACTIONS), len(lead), p=(0.35, 0.35, 0.2, 0.1))
    action = np.select([kind == 0, kind == 1], [0, 1 + action % 2], action)
    person = leads["person"].to_numpy()[lead]
    unwanted = chunk.people["do_not_call"].to_numpy()[person] & (kind > 0)
    unwanted |= (leads["withdrawn_at"].to_numpy()[lead] <= at) | ~reachable(leads)[lead]
    none = np.full(len(lead), -1)
    calendar = chunk.programme.calendar
    return pl.DataFrame(
        {
            "lead": lead,
            "person": person,
            "at": np.where(unwanted, NEVER, at),
            "action": pick(ACTIONS, action),
            "channel": np.full(len(lead), CHANNEL_NUMBER[SALES]),
            "campaign": none,
            "content": none,
        }
    ).filter(
        (pl.col("at") >= calendar.start_at) & (pl.col("at") < calendar.cutoff_at)
    ).sort("at", "lead", maintain_order=True)  # fmt: skip
