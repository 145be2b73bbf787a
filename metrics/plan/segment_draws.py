"""A segment's own past and draws, by which what it wins alone is drawn."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl
from numpy.typing import NDArray

from data.engine.warehouse import Warehouse
from data.sql import Query
from metrics.estimators.deal_sums import DealSums
from metrics.funnel.ages import age_steps, told_days
from metrics.funnel.counts import age_counts
from metrics.plan.draws import DIRECT_WINS, Draws, odds_beside, sizes_to_come
from metrics.plan.past.deals import Deals
from metrics.plan.past.entry_steps import OTHERS, entry_steps
from metrics.plan.past.history import Entries, History, OpenLeads
from metrics.plan.past.segment_deals import deals_by_segment
from metrics.scope import Dimension, Scope, Stage

Segment = tuple[History, Draws]


def by_segment(
    warehouse: Warehouse, scope: Scope, by: Dimension, known: History, draws: Draws
) -> dict[str, Segment]:
    """What does a forecast need of the past of each segment by itself, and which draws?

    `known` and `draws` are those of the scope by the dimension. Each segment has entries, open
    leads and deals of its own, and the speed of all together. How often entries, leads of later
    stages and deals are won is its own as far as its wins tell it apart from the other segments, by
    integrated shrinkage; deal sizes are its own where thirty of its deals were won. A deal has the
    segment of its primary lead. Empty where a plan starts from deals, which have one segment.
    """
    if known.entry is Stage.OPPORTUNITY:
        return {}
    told = told_days(warehouse)
    named = {name: name for name in known.segments if name != OTHERS}
    deals = deals_by_segment(warehouse, scope, by, known.deals, named, OTHERS, told.get(Stage.WON))
    odds = _odds(warehouse, scope, by, known, draws, deals)
    found = {}
    for place, name in enumerate(known.segments):
        own = _history(known, place, deals[name])
        of_segment = {stage: each[:, place] for stage, each in odds.items()}
        found[name] = own, _draws(draws, place, own, of_segment)
    return found


def _odds(
    warehouse: Warehouse,
    scope: Scope,
    by: Dimension,
    known: History,
    draws: Draws,
    deals: dict[str, Deals],
) -> dict[Stage, NDArray[np.float64]]:
    """By stage, [rate draws, segments]: the odds of a segment to win from there ÷ those of all."""
    rng = np.random.default_rng((draws.seed, 8))
    stages = [stage for stage in known.won_from if stage is not Stage.OPPORTUNITY]
    ages = warehouse.query(
        Query(
            *entry_steps(scope, by, known.entry),
            *age_steps(
                tuple((stage, Stage.WON) for stage in stages),
                "entries",
                ("planned_segment",),
                told_days(warehouse),
            ),
        )
    )
    found = {}
    for stage in stages:
        rows = ages.filter(pl.col("from_stage") == stage.value)
        counts = [
            age_counts(
                rows.filter(pl.col("planned_segment") == name),
                known.won_from[stage].horizon,
                part_of=rows,
            )
            for name in known.segments
        ]
        found[stage] = odds_beside(counts, draws.won_from[stage].estimate, rng)
    own = [deals[name].ages for name in known.segments]
    return found | {Stage.OPPORTUNITY: odds_beside(own, draws.deals.estimate, rng)}


def _history(known: History, place: int, deals: Deals) -> History:
    leads = known.open_leads
    here = leads.segment == place
    return replace(
        known,
        segments=(known.segments[place],),
        to_won=(known.to_won[place],),
        open_leads=OpenLeads(
            np.zeros(int(here.sum()), dtype=np.int64),
            leads.stage[here],
            leads.age[here],
            leads.leads[here],
        ),
        entries=Entries(
            known.entries.months,
            {stage: counts[:, [place]] for stage, counts in known.entries.counts.items()},
        ),
        deals=deals,
    )


def _draws(draws: Draws, place: int, own: History, odds: dict[Stage, NDArray[np.float64]]) -> Draws:
    sizes, sums = draws.sizes, draws.sums
    if own.deals.won_deals.sum() >= DIRECT_WINS:
        sizes = sizes_to_come(own.deals, own.observed_until)
        if sizes is not None:
            sums = DealSums.of(sizes, draws.size, np.random.default_rng((draws.seed, 10)))
    return replace(
        draws,
        rates=draws.rates[:, [place]],
        sizes=sizes,
        sums=sums,
        deal_odds=draws.deal_odds * odds[Stage.OPPORTUNITY][:, None],
        lead_odds={
            stage: each * odds[stage] if stage in odds else each
            for stage, each in draws.lead_odds.items()
        },
    )
