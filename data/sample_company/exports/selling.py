"""How what sales does with leads is exported, in the warehouse's own column names."""

from __future__ import annotations

import numpy as np
import polars as pl

from data.sample_company.exports.crm import lead_ids
from data.sample_company.exports.events import numbered
from data.sample_company.world.chunk import Chunk
from data.sample_company.world.planted import NEVER, Integers
from data.sample_company.world.selling.sellers import NAMES, ROUTES
from data.sample_company.world.selling.work import SalesWork
from data.sample_company.world.text import choose, drawn_words, pick, times_text
from data.sample_company.world.words import COMPETITORS

_MOMENT, _DAY = "%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%d"

_LEARNED = 0.75
"""Share of the leads that a seller accepted and spoke with, of which each thing is learned."""

_NEEDS = ("Interested", "Comparing suppliers", "Concrete project")

_NEED_SHARES = ((0.60, 0.28, 0.12), (0.20, 0.30, 0.50))
"""How often each need is told: of leads that get no further than MQL, and of the others."""

_TIMELINES = ("0-3 months", "3-6 months", "6-12 months", "no plan")


def assignment_export(chunk: Chunk, work: SalesWork) -> pl.DataFrame:
    """`lead_assignments.csv`: one row per lead and time at which it was given to somebody."""
    given = work.assignments
    return pl.DataFrame(
        {
            "lead_id": lead_ids(chunk, given["lead"].to_numpy()),
            "route": pick(ROUTES, given["route"]),
            "owner": _names(given["seller"].to_numpy()),
            "assigned_at": times_text(given["at"].to_numpy(), _MOMENT),
            "accepted_at": times_text(given["accepted_at"].to_numpy(), _MOMENT),
            "rejected_at": times_text(given["rejected_at"].to_numpy(), _MOMENT),
            "reason": given["reason"],
        }
    )


def action_export(chunk: Chunk, work: SalesWork) -> pl.DataFrame:
    """`next_actions.csv`: one row per thing to be done with a lead, done or not."""
    actions = work.actions
    return pl.DataFrame(
        {
            "action_id": numbered("NA", chunk, actions.height),
            "subject_kind": pl.repeat("lead", actions.height, dtype=pl.String, eager=True),
            "subject_id": lead_ids(chunk, actions["lead"].to_numpy()),
            "kind": actions["kind"],
            "due_on": times_text(actions["due_at"].to_numpy(), _DAY),
            "done_at": times_text(actions["done_at"].to_numpy(), _MOMENT),
            "result": actions["result"],
            "owner": _names(actions["seller"].to_numpy()),
            "reason": actions["reason"],
        }
    )


def level_export(chunk: Chunk, rows: Integers, level: pl.Series) -> pl.DataFrame:
    """`lead_levels_*.csv`: the level of each lead that has a new one; `rows` are the leads."""
    return pl.DataFrame(
        {
            "lead_id": lead_ids(chunk, rows),
            "created_at": times_text(chunk.leads["created_at"].to_numpy()[rows], _MOMENT),
            "tier": level,
        }
    )


def qualification_export(chunk: Chunk, work: SalesWork, called: Integers) -> pl.DataFrame:
    """`lead_qualification.csv`: what sellers learned of leads that they accepted.

    Leads that are on the list of the agency (`called`, rows) are left out: it tells of them.
    """
    random, leads = chunk.random(77), chunk.leads
    accepted = work.assignments.filter(
        (pl.col("accepted_at") < int(NEVER)) & (pl.col("seller") >= 0)
    )
    rows = np.setdiff1d(np.unique(accepted["lead"].to_numpy()), called)
    depth, count = leads["depth"].to_numpy()[rows], len(rows)
    known = random.random((5, count)) < np.where(depth >= 2, _LEARNED, _LEARNED / 3)
    budget = (np.round(random.lognormal(10.2, 0.8, count) / 500) * 500).astype(np.int64)
    far = np.cumsum(_NEED_SHARES, axis=1)[(depth >= 2).astype(np.int64)]
    need = np.minimum((random.random(count)[:, None] >= far).sum(axis=1), len(_NEEDS) - 1)
    learned = pl.DataFrame(
        {
            "lead_id": lead_ids(chunk, rows),
            "created_at": times_text(leads["created_at"].to_numpy()[rows], _MOMENT),
            "budget": choose(known[0], pl.Series(budget).cast(pl.String), None),
            "authority": choose(known[1], drawn_words(random, ("Yes", "Influencer"), count), None),
            "need": choose(known[2], pick(_NEEDS, need), None),
            "timeline": choose(known[3], drawn_words(random, _TIMELINES, count), None),
            "competitor": choose(known[4], drawn_words(random, COMPETITORS[:5], count), None),
        }
    )
    return learned.filter(pl.Series(known.any(axis=0)))


def _names(sellers: Integers) -> pl.Series:
    """Names of sellers, null for nobody."""
    return pick((*NAMES, None), np.where(sellers >= 0, sellers, len(NAMES)))
