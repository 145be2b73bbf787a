"""Accounts whose people come much more often of late, and one whose people do not come any more."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from data.sample_company.world.channels import CHANNEL_NUMBER
from data.sample_company.world.chunk import Chunk
from data.sample_company.world.planted import SECONDS_PER_DAY, Integers
from data.sample_company.world.touches.reach import first_leads, may_be_mailed

SURGE_DAYS, QUIET_DAYS = 14, 120
"""A surge lies in so many last days; a quiet account has been so for as many at least."""

_VISITS_OF_SURGE, _VISITS_OF_QUIET, _SPREAD_DAYS = 18, 14, 100


@dataclass(frozen=True)
class Turns:
    """Rows of the account that surges and of the one gone quiet, -1 for none, and their visits.

    `visits` has the columns of `web_touches`.
    """

    surging: int
    quiet: int
    visits: pl.DataFrame


def draw_turns(chunk: Chunk, web: pl.DataFrame, last_at: Integers) -> Turns:
    """Choose the two among accounts of the CRM with several people and no deal, and let them come.

    `web` are the visits without these, `last_at` is when anybody of an account did something last.
    """
    random, until = chunk.random(38), chunk.programme.calendar.cutoff_at
    before = until - (QUIET_DAYS + 1) * SECONDS_PER_DAY
    lead = first_leads(chunk)
    start = before - _SPREAD_DAYS * SECONDS_PER_DAY
    lead = lead[may_be_mailed(chunk, lead, np.full(len(lead), start))]
    account = chunk.leads["account"].to_numpy()[lead]
    several = np.bincount(account, minlength=chunk.accounts.height) >= 2
    several &= chunk.accounts["listed"].to_numpy()
    several[chunk.deals["account"].to_numpy()] = False
    quiet = _one_of(random, np.flatnonzero(several & (last_at < before)))
    several[quiet] = False
    surging = _one_of(random, np.flatnonzero(several))
    ends = ((surging, until - 60, SURGE_DAYS - 1, _VISITS_OF_SURGE),
            (quiet, before, _SPREAD_DAYS, _VISITS_OF_QUIET))  # fmt: skip
    visits = [web.clear()]
    for row, end, days, count in ends:
        if row >= 0:
            at = end - random.integers(0, days * SECONDS_PER_DAY, count)
            visits.append(_visits(chunk, random.choice(lead[account == row], count), at, web))
    return Turns(surging, quiet, pl.concat(visits))


def _one_of(random: np.random.Generator, rows: Integers) -> int:
    return int(random.choice(rows)) if len(rows) else -1


def _visits(chunk: Chunk, lead: Integers, at: Integers, web: pl.DataFrame) -> pl.DataFrame:
    """One page view per time of people who are known to the website, who come directly."""
    count, person = len(lead), chunk.leads["person"].to_numpy()[lead]
    none = np.full(count, -1)
    visits = pl.DataFrame(
        {
            "lead": lead,
            "person": person,
            "at": at,
            "action": pl.repeat("page_view", count, dtype=pl.String, eager=True),
            "channel": np.full(count, CHANNEL_NUMBER["Direct"]),
            "campaign": none,
            "content": none,
            "session": at,
            "visitor": chunk.people["visitor"].to_numpy()[person],
            "known": np.ones(count, dtype=bool),
            "page": np.arange(count) * 41 % 1000,
            "place": chunk.leads["account"].to_numpy()[lead],
            "engaged": np.full(count, 25_000),
        }
    )
    return visits.select(pl.col(name).cast(kind) for name, kind in web.schema.items())
