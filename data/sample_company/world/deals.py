"""The deals of one chunk: which leads share one, which come without any, and how each ends."""

from __future__ import annotations

import numpy as np
import polars as pl

from data.sample_company.world import planted
from data.sample_company.world.channels import slowness
from data.sample_company.world.funnel import in_office, log_normal_seconds, when
from data.sample_company.world.planted import NEVER, SHARES, Calendar, Flags, Integers, Numbers

SHARED_DEAL_DAYS = 90

_SECOND_DEAL_DAYS = 150.0
"""Median days from a win to the opening of the account's next deal, where there is one."""


def draw_deals(
    random: np.random.Generator,
    calendar: Calendar,
    leads: pl.DataFrame,
    accounts: pl.DataFrame,
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Draw the deals of the leads that reach opportunity, and those without any lead.

    Leads of one account whose opportunities come within 90 days of each other and end the same way
    share one deal; the earliest of them is its primary lead, and all of them are won or lost when
    the deal is. Sales and partners bring deals without a lead to accounts of their territory, and
    some accounts that were won buy again. Returns the leads with `opportunity_at` cut at `until`,
    `deal` (row, -1 for none), `won_at` and `lost_at`; and one row per deal: `account`, `territory`,
    `known` and `region` of it, `primary` (row of the lead, -1 for none), `product`, `created_at`,
    `ends_at` (not cut: open deals have a future, `NEVER` if it goes stale), `won`, `closed_at` (cut
    at `until`).
    """
    reached = np.flatnonzero(leads["depth"].to_numpy() >= 3)
    opened = leads["opportunity_at"].to_numpy()[reached]
    account = leads["account"].to_numpy()[reached]
    won = leads["depth"].to_numpy()[reached] == 4
    pace = slowness()[leads["channel"].to_numpy()[reached]]
    ends = _ends(random, opened, won, leads["region"].to_numpy()[reached], pace)
    deal_of = _shared_deals(account, np.where(ends >= NEVER, 2, won), opened, ends)
    primary, deal = np.unique(deal_of, return_inverse=True)
    open_before_until = opened < calendar.cutoff_at
    of_leads = pl.DataFrame(
        {
            "account": account[primary],
            "primary": reached[primary],
            "product": leads["product"].to_numpy()[reached][primary],
            "created_at": opened[primary],
            "ends_at": ends[primary],
            "won": won[primary],
        }
    )
    others = _without_lead(random, calendar, of_leads, accounts)
    deals = pl.concat([of_leads, others]).with_columns(
        closed_at=pl.when(pl.col("ends_at") < calendar.cutoff_at)
        .then("ends_at")
        .otherwise(int(NEVER))
    )
    of_account = accounts[deals["account"].to_numpy()]
    closed = deals["closed_at"].to_numpy()[deal]
    never = np.full(leads.height, NEVER)
    columns = {name: never.copy() for name in ("opportunity", "won", "lost")}
    columns["opportunity"][reached] = np.where(open_before_until, opened, NEVER)
    columns["won"][reached] = np.where(won, closed, NEVER)
    columns["lost"][reached] = np.where(won, NEVER, closed)
    deal_column = np.full(leads.height, -1)
    deal_column[reached] = np.where(open_before_until, deal, -1)
    return (
        leads.with_columns(
            deal=deal_column, **{f"{name}_at": times for name, times in columns.items()}
        ),
        deals.with_columns(of_account["region"], of_account["territory"], of_account["known"]),
    )


def _shared_deals(
    account: Integers, outcome: Integers, opened: Integers, ends: Integers
) -> Integers:
    """For each opportunity the position of the one whose deal it joins, itself if none."""
    order = np.lexsort((opened, outcome, account))
    by_account, by_outcome, by_time = account[order], outcome[order], opened[order]
    starts = np.ones(len(order), dtype=bool)
    starts[1:] = (
        (by_account[1:] != by_account[:-1])
        | (by_outcome[1:] != by_outcome[:-1])
        | (np.diff(by_time) > SHARED_DEAL_DAYS * planted.SECONDS_PER_DAY)
    )
    first = order[np.maximum.accumulate(np.where(starts, np.arange(len(order)), 0))]
    joined = np.where(by_time < ends[first], first, order)
    deal_of = np.empty(len(order), dtype=np.int64)
    deal_of[order] = joined
    return deal_of


def _without_lead(
    random: np.random.Generator, calendar: Calendar, of_leads: pl.DataFrame, accounts: pl.DataFrame
) -> pl.DataFrame:
    """The deals that sales and partners bring, and those of accounts that buy again."""
    territory = accounts["territory"].to_numpy()
    marketings = int((territory[of_leads["account"].to_numpy()] == 0).sum())
    account, opened, won = [], [], []
    for number, name in enumerate(("sales", "partner"), start=1):
        count = round(marketings * SHARES[f"deal_by_{name}"])
        account.append(random.choice(np.flatnonzero(territory == number), count))
        opened.append(calendar.draw_times(random, count))
        won.append(random.random(count) < SHARES[f"won_by_{name}"])
    wins = of_leads.filter("won")
    again = wins.filter(pl.Series(random.random(wins.height) < SHARES["second_deal"]))
    later = log_normal_seconds(random, np.full(again.height, _SECOND_DEAL_DAYS), 0.5)
    account.append(again["account"].to_numpy())
    opened.append(again["ends_at"].to_numpy() + later)
    won.append(random.random(again.height) < SHARES["won_again"])
    accounts_of, created, wins_of = (np.concatenate(each) for each in (account, opened, won))
    region = accounts["region"].to_numpy()[accounts_of]
    return pl.DataFrame(
        {
            "account": accounts_of,
            "primary": np.full(len(created), -1),
            "product": random.integers(0, 3, len(created)),
            "created_at": created,
            "ends_at": _ends(random, created, wins_of, region, np.ones(len(created))),
            "won": wins_of,
        }
    )


def _ends(
    random: np.random.Generator, opened: Integers, won: Flags, region: Integers, pace: Numbers
) -> Integers:
    winning = log_normal_seconds(random, planted.LAG_MEDIAN_DAYS[3] * pace, planted.LAG_SIGMA[3])
    days, sigma = planted.EXIT_MEDIAN_DAYS["lost"], planted.EXIT_SIGMA["lost"]
    losing = log_normal_seconds(random, np.full(len(opened), days), sigma)
    stale = ~won & (random.random(len(opened)) < SHARES["never_closed"])
    ends = when(~stale, opened + np.where(won, winning, losing))
    return in_office(ends, opened, planted.UTC_OFFSET_HOURS[region] * 3600)
