"""How Salesforce exports the deals of a chunk: opportunities, their history, contact roles."""

from __future__ import annotations

import numpy as np
import polars as pl

from data.sample_company.exports.crm import account_ids, contact_ids, deal_ids, lead_ids
from data.sample_company.exports.deal_reasons import lost_reasons, reason_columns
from data.sample_company.world.accounts import owner_names
from data.sample_company.world.amounts import (
    CURRENCIES,
    LOST,
    MOST_PUSHES,
    NEGOTIATION,
    PROPOSAL,
    STAGE_STARTS,
    WON,
    planned_ends,
)
from data.sample_company.world.chunk import Chunk
from data.sample_company.world.planted import NEVER, PRODUCTS, Flags, Integers
from data.sample_company.world.text import pick, times_text, true_false

STAGES = ("Prospecting", "Qualification", "Proposal", "Negotiation", "Closed Won", "Closed Lost")

PROBABILITY = np.array([10, 25, 50, 75, 100, 0])


def opportunity_export(chunk: Chunk) -> pl.DataFrame:
    """`salesforce_opportunities.csv`: every deal as it stands at `until`."""
    deals = chunk.existing_deals
    random = chunk.random(13)
    account = deals["account"].to_numpy()
    closed, won = deals["closed_at"].to_numpy(), deals["won"].to_numpy()
    is_closed = closed < NEVER
    product = pick(PRODUCTS, deals["product"].to_numpy())
    stage = deals["stage"].to_numpy()
    lost = lost_reasons(random, deals.height)
    return pl.DataFrame(
        {
            "Opportunity ID": deal_ids(chunk, deals["deal"].to_numpy()),
            "Opportunity Name": chunk.accounts["name"].gather(account) + " - " + product,
            "Account ID": account_ids(chunk, account),
            "Primary Lead ID": lead_ids(chunk, deals["primary"].to_numpy()),
            "Amount": deals["amount"],
            "Currency": pick(CURRENCIES, deals["currency"].to_numpy()),
            "Stage": pick(STAGES, stage),
            "Probability (%)": PROBABILITY[stage],
            "Created Date": times_text(deals["created_at"].to_numpy()),
            "Close Date": times_text(deals["close_on"].to_numpy(), "%Y-%m-%d"),
            "Closed At": times_text(closed),
            "Closed": true_false(is_closed),
            "Won": true_false(is_closed & won),
            **reason_columns(chunk, lost, is_closed & won, is_closed & ~won),
            "Opportunity Owner": owner_names(chunk.accounts).gather(account),
            "Product": product,
        }
    )


def opportunity_history_export(chunk: Chunk) -> pl.DataFrame:
    """`salesforce_opportunity_history.csv`: one row per change of a deal.

    Of its stage, of which some are skipped, and of the day it is due, which some sellers put off.
    A few deals go back from Negotiation to Proposal once. A refund is a later row of the won deal
    with what is left of its amount. The last row is the deal as it stands.
    """
    random, deals = chunk.random(14), chunk.existing_deals
    count, stage = deals.height, deals["stage"].to_numpy()
    created, closed = deals["created_at"].to_numpy(), deals["closed_at"].to_numpy()
    way = planned_ends(deals) - created
    steps = [(number, start, stage >= number) for number, start in enumerate(STAGE_STARTS)]
    for number in (1, PROPOSAL):
        skips = (random.random(count) < 0.1) & (stage > number)
        steps[number] = (number, STAGE_STARTS[number], (stage >= number) & ~skips)
    back = (random.random(count) < 0.02) & (stage >= NEGOTIATION)
    steps += [(PROPOSAL, 0.8, back), (NEGOTIATION, 0.9, back)]
    end = np.minimum(chunk.programme.calendar.cutoff_at, closed)
    frames = []
    for number, part, passes in steps:
        at = created + (way * part).astype(np.int64)
        frames.append(_history_rows(at, number, passes & (at < end)))
    frames += [_history_rows(closed, number, stage == number) for number in (WON, LOST)]
    refunded = deals["refunded_at"].to_numpy()
    frames.append(_history_rows(refunded, WON, refunded < NEVER))
    pushed = [deals[f"pushed_at_{number}"].to_numpy() for number in range(1, MOST_PUSHES + 1)]
    frames += [_history_rows(at, -1, at < end) for at in pushed]
    history = pl.concat(frames).sort("row", "at", "stage")
    same = pl.when(pl.col("stage") >= 0).then("stage")
    history = history.with_columns(stage=same.forward_fill().over("row"))
    rows, stages = history["row"].to_numpy(), history["stage"].to_numpy()
    first = stages < PROPOSAL
    passed = deals[rows]
    at = history["at"].to_numpy()
    amount = np.where(
        at < passed["refunded_at"].to_numpy(),
        passed["sold_amount"].to_numpy(),
        passed["amount"].to_numpy(),
    )
    amount = np.where(first, passed["first_amount"].to_numpy(), amount)
    close_on = np.where(stages >= WON, passed["close_on"].to_numpy(), _due(passed, at))
    return pl.DataFrame(
        {
            "Opportunity ID": deal_ids(chunk, passed["deal"].to_numpy()),
            "Stage": pick(STAGES, stages),
            "Amount": amount,
            "Probability": PROBABILITY[stages],
            "Close Date": times_text(close_on, "%Y-%m-%d"),
            "Last Modified Date": times_text(history["at"].to_numpy()),
        }
    )


def _due(passed: pl.DataFrame, at: Integers) -> Integers:
    """When each deal was due, as it stood at a time."""
    due = passed["due_0"].to_numpy()
    for number in range(1, MOST_PUSHES + 1):
        pushed = passed[f"pushed_at_{number}"].to_numpy() <= at
        due = np.where(pushed, passed[f"due_{number}"].to_numpy(), due)
    return due


def contact_role_export(chunk: Chunk) -> pl.DataFrame:
    """`salesforce_opportunity_contact_roles.csv`: every converted lead's contact on its deal."""
    leads = chunk.leads.with_row_index("row").filter(pl.col("opportunity_at") < int(NEVER))
    rows, deal = leads["row"].to_numpy().astype(np.int64), leads["deal"].to_numpy()
    primary = chunk.deals["primary"].to_numpy()[deal] == rows
    return pl.DataFrame(
        {
            "Opportunity ID": deal_ids(chunk, deal),
            "Contact ID": contact_ids(chunk, leads["person"].to_numpy()),
            "Lead ID": lead_ids(chunk, rows),
            "Role": pick(("Influencer", "Decision Maker"), primary.astype(np.int64)),
            "Primary": true_false(primary),
        }
    )


def _history_rows(at: Integers, stage: int, passes: Flags) -> pl.DataFrame:
    rows = np.flatnonzero(passes)
    return pl.DataFrame({"row": rows, "at": at[rows], "stage": np.full(len(rows), stage)})
