"""How what sales does with leads is exported, in the warehouse's own column names."""

from __future__ import annotations

import numpy as np
import polars as pl

from data.sample_company.exports.crm import lead_ids
from data.sample_company.exports.events import numbered
from data.sample_company.world.chunk import Chunk
from data.sample_company.world.planted import NEVER, Integers, draw_choices
from data.sample_company.world.selling.levels import LEVELS, told_before
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


def earlier_level_export(chunk: Chunk, work: SalesWork) -> pl.DataFrame:
    """`lead_qualification_180_days_ago.csv`: leads that had another level then than they have."""
    rows, level = told_before(chunk, work.levels)
    return _leveled(chunk, rows, level)


def qualification_export(chunk: Chunk, work: SalesWork, called: Integers) -> pl.DataFrame:
    """`lead_qualification.csv`: what sellers learned of leads, and levels that are new.

    Of leads that the agency calls (`called`, rows) its own list tells what is learned.
    """
    random, leads = chunk.random(77), chunk.leads
    count, depth = leads.height, leads["depth"].to_numpy()
    accepted = work.assignments.filter(pl.col("accepted_at") < int(NEVER), pl.col("seller") >= 0)
    spoken = np.zeros(count, dtype=bool)
    spoken[accepted["lead"].to_numpy()] = True
    spoken[called] = False
    known = random.random((5, count)) < np.where(depth >= 2, _LEARNED, _LEARNED / 3)
    known &= spoken
    budget = (np.round(random.lognormal(10.2, 0.8, count) / 500) * 500).astype(np.int64)
    need = draw_choices(random, np.array(_NEED_SHARES)[(depth >= 2).astype(np.int64)])
    told = _leveled(chunk, np.arange(count), work.levels["level"].to_numpy())
    told = told.with_columns(
        budget=choose(known[0], pl.Series(budget).cast(pl.String), None),
        authority=choose(known[1], drawn_words(random, ("Yes", "Influencer"), count), None),
        need=choose(known[2], pick(_NEEDS, need), None),
        timeline=choose(known[3], drawn_words(random, _TIMELINES, count), None),
        competitor=choose(known[4], drawn_words(random, COMPETITORS[:5], count), None),
    )
    moved, _ = told_before(chunk, work.levels)
    return told[np.union1d(np.flatnonzero(known.any(axis=0)), moved)]


def _leveled(chunk: Chunk, rows: Integers, level: Integers) -> pl.DataFrame:
    created = chunk.leads["created_at"].to_numpy()[rows]
    return pl.DataFrame(
        {
            "lead_id": lead_ids(chunk, rows),
            "created_at": times_text(created, _MOMENT),
            "tier": pick([each.name for each in LEVELS], level),
        }
    )


def _names(sellers: Integers) -> pl.Series:
    """Names of sellers, null for nobody."""
    return pick((*NAMES, None), np.where(sellers >= 0, sellers, len(NAMES)))
