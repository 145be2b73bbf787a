"""One number of a plan's table: who is counted in it, and which campaigns it came from."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import ClassVar

import polars as pl

from data.engine.warehouse import Warehouse
from data.schema.frames import DataFrame, pa
from metrics.horizon import dimension_values
from metrics.period import Period, days_in_month
from metrics.plan.attainment.counted import counted_by_day
from metrics.plan.attainment.kept_plan import SPEND, KeptPlan
from metrics.plan.attainment.versus_actual import WON, everything
from metrics.plan.backward.table import METRICS
from metrics.plan.past.entry_steps import EVERYTHING, OTHERS
from metrics.scope import Basis, Dimension, Filter, Scope


@dataclass(frozen=True, slots=True)
class Cell:
    """A month, segment and metric of a plan."""

    month_on: date
    segment: str
    metric: str


class CellCampaigns(pa.DataFrameModel):
    """One row per campaign, the largest first: what came of it in a cell, and its share.

    The smaller campaigns of leads are together in `other segments`. `value` adds up to the actual
    of the cell; `share` is null where that is 0.
    """

    campaign: str
    metric: str = pa.Field(isin=(*METRICS, SPEND))
    value: float
    share: float = pa.Field(nullable=True)

    class Config:
        """Exactly these columns."""

        strict: ClassVar[bool] = True
        ordered: ClassVar[bool] = True


def cell_scope(warehouse: Warehouse, scope: Scope, plan: KeptPlan, cell: Cell) -> Scope | None:
    """Whom is a number of the plan's table about: its days and its segment?

    The days of the month that count and that the data covers, whenever somebody came in; None where
    there is no such day. The rest of the segments are all values that the plan does not name.
    """
    begins_on = plan.won_from if cell.metric in WON else plan.entries_from
    last = cell.month_on.replace(day=days_in_month(cell.month_on))
    start, end = max(cell.month_on, begins_on), min(last, scope.observed_until)
    if end < start:
        return None
    asked = replace(everything(scope), period=Period(start, end), basis=Basis.FLOW)
    if cell.segment == EVERYTHING or plan.by is None:
        return asked
    values: tuple[str, ...] = (cell.segment,)
    if cell.segment == OTHERS:
        known = dimension_values(warehouse, plan.by, scope.viewer)
        values = tuple(value for value in known if value not in plan.segments)
    if not values:
        return None
    return replace(asked, filters=(*asked.filters, Filter(plan.by, values)))


def cell_campaigns(
    warehouse: Warehouse, scope: Scope, plan: KeptPlan, cell: Cell
) -> DataFrame[CellCampaigns]:
    """Which campaigns did a number of the plan's table come from?

    Counted as the number itself is (`counted_by_day`): a lead by its own campaign, a deal by that
    of its primary lead. Raises MissingRateError where a won deal has no exchange rate.
    """
    asked = cell_scope(warehouse, scope, plan, cell)
    schema = {name: each.dtype.type for name, each in CellCampaigns.to_schema().columns.items()}
    if asked is None:
        return CellCampaigns.validate(pl.DataFrame(schema=schema), lazy=True)
    campaigns = dimension_values(warehouse, Dimension.CAMPAIGN, scope.viewer)
    by_campaign = replace(plan, by=Dimension.CAMPAIGN, segments=tuple(campaigns))
    found = (
        counted_by_day(warehouse, asked, by_campaign)
        .filter(pl.col("metric") == cell.metric)
        .group_by("segment", "metric")
        .agg(pl.col("value").sum())
        .sort("value", "segment", descending=[True, False])
        .rename({"segment": "campaign"})
    )
    whole = pl.col("value").sum()
    rated = found.with_columns(share=pl.when(whole > 0).then(pl.col("value") / whole))
    return CellCampaigns.validate(rated.select(list(schema)), lazy=True)
