"""The weighted pipeline: open deals at the chance that deals like them were won in the past."""

from __future__ import annotations

from typing import ClassVar

import polars as pl

from data.engine.warehouse import Warehouse
from data.schema.contract import Money, columns
from data.schema.frames import DataFrame, pa
from metrics.pipeline.chances import Chance, chances, usual_rate
from metrics.pipeline.lived import LIVED, OPEN_GROUPS, OPEN_NOW, SPELLS
from metrics.scope import Scope

DUE = ("period", "before", "after", "no day")
"""When open deals are due, beside the period."""


class WeightedPipeline(pa.DataFrameModel):
    """One row per when open deals are due, their stage and how long they have been in it.

    `due` says whether within the period, before or after it, or on no day. `days_from` is the
    beginning of the band of days in the stage: 0, 15, 30, 60, 90, 180. `chance` of a win rests on
    `like_deals` of the past, as many fully observed ones; it is the usual win rate where the stage
    is not told. `weighted_amount` is `amount` at that chance, `crm_weighted_amount` at what the CRM
    gives each, less `unrated_deals` without a probability. Amounts leave out `unpriced_deals`.
    """

    due: str = pa.Field(isin=DUE)
    stage: str = pa.Field(nullable=True)
    days_from: int = pa.Field(ge=0)
    deals: int = pa.Field(ge=1)
    unpriced_deals: int = pa.Field(ge=0)
    unrated_deals: int = pa.Field(ge=0)
    amount: Money
    chance: float = pa.Field(ge=0, le=1)
    like_deals: float = pa.Field(ge=0)
    weighted_amount: float
    crm_weighted_amount: float

    class Config:
        """Exactly these columns."""

        strict: ClassVar[bool] = True
        ordered: ClassVar[bool] = True


def weighted_pipeline(warehouse: Warehouse, scope: Scope) -> DataFrame[WeightedPipeline]:
    """What are open deals worth, each at its chance of being won?

    Σ amount × P(win | stage, days in it), on the last day of the period that is observed. P is the
    share won in the end of deals of the scope's segments that had been in the stage for as long,
    whatever the period; those still open count as long as they were seen. So a deal that has sat in
    a stage for long is worth what became of others that did. Two deals of the usual win rate are
    added to each band. Stages are the sellers' own words. Basis, unit and counting do not matter.

    Source: landmark estimates of the Aalen-Johansen incidence (`metrics.pipeline.chances`).
    """
    fates, groups = warehouse.query_each(
        [scope.step("deal"), LIVED], [SPELLS, [OPEN_NOW, OPEN_GROUPS]]
    )
    first = fates.filter(days_from=0)
    won, lost = int(first["converted"].sum()), int(first["exited"].sum())
    usual = Chance(usual_rate(won, won + lost), 0.0)
    known = chances(fates, usual.rate)
    mine = [
        known.get((stage, days), usual)
        for stage, days in groups.select("stage", "days_from").iter_rows()
    ]
    order = pl.col("due").replace_strict({due: place for place, due in enumerate(DUE)})
    found = (
        groups.with_columns(
            pl.Series("chance", [each.rate for each in mine], pl.Float64),
            pl.Series("like_deals", [each.deals for each in mine], pl.Float64),
        )
        .with_columns(weighted_amount=pl.col("amount").cast(pl.Float64) * pl.col("chance"))
        .sort(order, "stage", "days_from", nulls_last=True)
        .select(list(columns(WeightedPipeline)))
        .cast(pl.Schema(columns(WeightedPipeline)))
    )
    return WeightedPipeline.validate(found, lazy=True)
