"""Brand search that meets demand others made, with no effect of its own: what is it told to be?"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
import polars as pl

from bench.attribution.company import BEGIN, Held
from data.definitions import Definitions
from metrics.channels.verdicts import channel_verdicts
from metrics.period import Period
from metrics.scope import Scope

BRAND = "Brand Search"
OTHERS = ("Fairs", "Webinars", "Social")
TERMS = Definitions.load().model_copy(update={"gross_margin": 0.6})
_MORNING = datetime(BEGIN.year, BEGIN.month, BEGIN.day, 9)


@dataclass(frozen=True)
class Demand:
    """Demand that others make, and the part of it that searches for the brand before it buys."""

    accounts: int
    wins: float = 0.25
    """Share of accounts that is won, whether or not it searches."""
    searches: float = 0.8
    """Share of accounts that searches for the brand after what others did."""
    alone: float = 0.0
    """Of these, the share of which no earlier touch is on record."""
    brand_spend: float = 0.05
    """Of all spend, which is a tenth of what is won."""


def company(demand: Demand, rng: np.random.Generator) -> dict[str, pl.DataFrame]:
    """The tables of a company. Who searches does so as the last touch, and becomes a lead there.

    An account is won by what others did, at the same chance whether it searches or not.
    """
    many = demand.accounts
    begun = rng.integers(0, 300, many)
    others = rng.integers(1, 3, many)
    searches = rng.random(many) < demand.searches
    alone = searches & (rng.random(many) < demand.alone)
    won = rng.random(many) < demand.wins
    rows: list[tuple[int, str, int]] = []
    for number in range(many):
        picked = [] if alone[number] else rng.permutation(OTHERS)[: others[number]].tolist()
        channels = [*picked, BRAND] if searches[number] else picked
        rows += [(number, name, int(begun[number]) + 7 * n) for n, name in enumerate(channels)]
    touches = pl.DataFrame(rows, schema=["account", "channel", "day"], orient="row")
    last = touches.group_by("account").agg(pl.all().last()).sort("account")
    closing = last.filter(pl.Series(won)).with_columns(day=pl.col("day") + 30)
    amounts = np.exp(rng.normal(9.0, 0.8, len(closing))).round(2)
    spend = 0.1 * float(amounts.sum())
    parts = {BRAND: demand.brand_spend}
    parts |= dict.fromkeys(OTHERS, (1 - demand.brand_spend) / len(OTHERS))
    account, moment = pl.format("A{}", "account"), pl.lit(_MORNING) + pl.duration(days="day")
    person, lead = pl.format("P{}", "account"), pl.format("L{}", "account")
    names = pl.DataFrame({"channel": list(parts), "part": list(parts.values())})
    return {
        "account": last.select(account_id=account),
        "person": last.select(person_id=person, account_id=account),
        "lead": last.select(
            "channel", lead_id=lead, created_at=moment, person_id=person, account_id=account
        ),
        "stage_change": last.select(
            subject_kind=pl.lit("lead"),
            subject_id=lead,
            stage=pl.lit("mql"),
            entered_at=moment,
            inferred_from=pl.lit("history"),
        ),
        "interaction": touches.with_row_index("number").select(
            "channel",
            interaction_id=pl.format("I{}", "number"),
            occurred_at=moment,
            person_id=person,
            campaign_id="channel",
            action=pl.lit("form_submit"),
        ),
        "opportunity": closing.select(
            opportunity_id=pl.format("O{}", "account"),
            account_id=account,
            primary_lead_id=lead,
            created_at=moment - timedelta(days=20),
            closed_at=moment,
            outcome=pl.lit("won"),
            original_amount=pl.Series(amounts),
            currency=pl.lit("USD"),
        ),
        "campaign": names.select("channel", campaign_id="channel", name="channel"),
        "campaign_spend": names.select(
            campaign_id="channel",
            spend_on=pl.lit(BEGIN + timedelta(days=60)),
            currency=pl.lit("USD"),
            original_cost_amount=(pl.col("part") * spend).round(2),
        ),
    }


@dataclass(frozen=True)
class Told:
    """What companies of one kind were told: calls of brand search, and of the others."""

    brand: Counter[str]
    others: Counter[str]
    causes: int
    """Sentences below grade A that speak of a cause."""


def told(demand: Demand, companies: int) -> Told:
    """The verdicts of so many companies on brand search and on the channels that made demand."""
    warehouse, found = Held(TERMS), Told(Counter(), Counter(), 0)
    causes = 0
    last = BEGIN + timedelta(days=365)
    for seed in range(companies):
        rng = np.random.default_rng((demand.accounts, seed))
        warehouse.hold(company(demand, rng), last)
        verdicts = channel_verdicts(warehouse, Scope(Period(BEGIN, last), last), TERMS)
        for row in verdicts.iter_rows(named=True):
            calls = found.brand if row["channel"] == BRAND else found.others
            calls[row["call"]] += 1
            said = f"{row['sentence']} {row['test'] or ''}"
            causes += row["grade"] != "A" and any(word in said.lower() for word in CAUSES)
    return Told(found.brand, found.others, causes)


CAUSES = ("caus", "because of", "thanks to", "led to", "due to", "drove", "generated", "produced")
"""What says that something is a channel's doing."""
