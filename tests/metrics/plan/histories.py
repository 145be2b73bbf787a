"""Histories made of arrays, whose future can be worked out by hand."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import numpy as np

from metrics.estimators.age_counts import AgeCounts
from metrics.estimators.log_slope import LogGroups
from metrics.funnel.counts import Cohorts
from metrics.plan.past.deals import AtClose, ByDay, Deals, OpenDeals
from metrics.plan.past.entry_steps import EVERYTHING
from metrics.plan.past.history import Entries, History, OpenLeads
from metrics.scope import Stage

TODAY = date(2026, 12, 31)
HORIZON = 720


def counts(
    records: int, converted: dict[int, int], exited: dict[int, int] | None = None
) -> AgeCounts:
    """So many records, of which these convert and exit at these ages; the rest stays open."""
    exits = exited or {}
    ages = [0, *converted, *exits]
    zero = [0] * len(ages)
    return AgeCounts.of(
        ages,
        entered=[records, *zero[1:]],
        converted=[0, *converted.values(), *(0 for _ in exits)],
        exited=[0, *(0 for _ in converted), *exits.values()],
        censored=zero,
        horizon=HORIZON,
    )


NOTHING = counts(0, {})

NO_DAYS = ByDay((), np.zeros(0, dtype=np.int64), np.zeros(0))

NO_AMOUNTS = LogGroups.of([], [])

NO_OPEN_DEALS = OpenDeals(*(np.zeros(0, dtype=kind) for kind in (int, int, int, float, bool)))


def some_deals(
    *,
    ages: AgeCounts = NOTHING,
    open_deals: OpenDeals = NO_OPEN_DEALS,
    won: ByDay = NO_DAYS,
    opened: ByDay = NO_DAYS,
    without_lead: ByDay = NO_DAYS,
    amounts: Sequence[float] = (100.0,),
    paces: LogGroups = NO_AMOUNTS,
    prices: LogGroups = NO_AMOUNTS,
) -> Deals:
    """Deals with these ages and amounts won."""
    return Deals(
        ages=ages,
        bands=(NOTHING, NOTHING, ages, NOTHING),
        cohorts=Cohorts((), ()),
        opened=opened,
        won=won,
        without_lead=without_lead,
        open=open_deals,
        won_amounts=np.array(amounts),
        won_deals=np.ones(len(amounts), dtype=np.int64),
        at_close=AtClose(np.ones(1), np.array([len(amounts)])),
        paces=paces,
        prices=prices,
        stale_days=90,
        stale_deals=0,
        stale_amount=0.0,
        undated_deals=0,
    )


def some_history(
    *to_won: AgeCounts,
    deals: Deals | None = None,
    open_leads: OpenLeads | None = None,
    next_step: dict[Stage, AgeCounts] | None = None,
    won_from: dict[Stage, AgeCounts] | None = None,
    observed_until: date = TODAY,
) -> History:
    """A history of leads, one segment per counts, with a hundred leads a month for a year."""
    segments = (EVERYTHING,) if len(to_won) == 1 else tuple("ABCDEFGHIJ"[: len(to_won)])
    months = tuple(date(2026, month, 1) for month in range(1, 13))
    return History(
        observed_until=observed_until,
        entry=Stage.LEAD,
        segments=segments,
        to_won=to_won,
        reached=dict.fromkeys((Stage.MQL, Stage.SQL, Stage.OPPORTUNITY), NOTHING)
        | {Stage.WON: to_won[0]},
        next_step=next_step or dict.fromkeys((Stage.LEAD, Stage.MQL, Stage.SQL), NOTHING),
        won_from=won_from or {},
        open_leads=open_leads
        or OpenLeads(*(np.zeros(0, dtype=kind) for kind in (int, np.str_, int, int))),
        entries=Entries(months, {Stage.LEAD: np.full((12, len(to_won)), 100, dtype=np.int64)}),
        cohorts=Cohorts((), ()),
        to_deal=Cohorts((), ()),
        deals=deals or some_deals(),
    )
