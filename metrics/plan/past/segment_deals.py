"""The deals of each segment, as plans need them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date

import numpy as np
import polars as pl

from data.engine.warehouse import Warehouse
from metrics.funnel.ages import ALWAYS
from metrics.funnel.counts import age_counts
from metrics.plan.past.deal_steps import (
    ages_step,
    amounts_step,
    days_step,
    followed_steps,
    open_deals_step,
)
from metrics.plan.past.deals import ByDay, Deals, OpenDeals
from metrics.scope import Dimension, Scope


def deals_by_segment(
    warehouse: Warehouse,
    scope: Scope,
    by: Dimension,
    whole: Deals,
    segment_of: Mapping[str, str],
    others: str,
    told_from: date | None = None,
) -> dict[str, Deals]:
    """What became of each segment's deals, and which of them are open?

    `whole` are the deals of the scope; `segment_of` has the segment of each value of the dimension,
    and `others` is that of the rest. Ages, days, open deals and won amounts are the segment's own.
    Bands, cohorts, amounts at close and what is left out are those of all deals, by which the
    segment's are judged.
    """
    counted = (
        ages_step(told_from or ALWAYS, by),
        open_deals_step(by),
        days_step(by),
        amounts_step(by),
    )
    segment = pl.col(by.value).replace_strict(segment_of, default=others)
    ages, open_deals, by_day, amounts = (
        rows.with_columns(segment=segment)
        for rows in warehouse.query_each(followed_steps(scope), [(step,) for step in counted])
    )

    def of(name: str) -> Deals:
        own = pl.col("segment") == name
        days, sizes = by_day.filter(own), amounts.filter(own)
        opened = days.filter(pl.col("event") == "opened")
        return replace(
            whole,
            ages=age_counts(ages.filter(own), whole.ages.horizon),
            open=OpenDeals.of(open_deals.filter(own)),
            opened=ByDay.of(opened),
            won=ByDay.of(days.filter(pl.col("event") == "won")),
            without_lead=ByDay.of(opened.filter(~pl.col("has_lead"))),
            won_amounts=sizes["amount"].cast(pl.Float64).to_numpy(),
            won_deals=sizes["deals"].to_numpy().astype(np.int64),
        )

    return {name: of(name) for name in dict.fromkeys([*segment_of.values(), others])}
