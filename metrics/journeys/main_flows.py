"""Main flows: with what journeys begin, and where that leads, in at most six nodes."""

from __future__ import annotations

from typing import ClassVar

import polars as pl

from data.engine.warehouse import Warehouse
from data.schema.contract import columns
from data.schema.frames import DataFrame, pa
from metrics.journeys.variants import END, JourneyFlow, journey_flows
from metrics.scope import Dimension, Scope

MOST = 2
"""So many first events, and so many of what follows, have a node of their own."""

OTHER, SO_FAR = "Other", "Nothing yet"


class MainFlow(pa.DataFrameModel):
    """One row per first event and what follows it, the largest first.

    The two largest of each stand for themselves, the rest is `Other`; `Nothing yet` is a journey
    that has one event so far. Rows add up to all leads that have an event.
    """

    first_event: str
    then: str
    leads: int = pa.Field(ge=1)
    won: int = pa.Field(ge=0)

    class Config:
        """Exactly these columns, one row per link."""

        strict: ClassVar[bool] = True
        ordered: ClassVar[bool] = True
        unique: ClassVar[list[str]] = ["first_event", "then"]


def main_flows(
    warehouse: Warehouse, scope: Scope, by: Dimension = Dimension.CHANNEL
) -> DataFrame[MainFlow]:
    """With what do journeys begin, and what follows it, in a few flows?

    Of the leads that came in within the period; see `journey_flows`.
    """
    return main_flows_of(journey_flows(warehouse, scope, by))


def main_flows_of(flows: DataFrame[JourneyFlow]) -> DataFrame[MainFlow]:
    """The first step of the flows, with its small parts put together."""
    first = flows.filter(pl.col("place") == 1).select(
        "leads", "won", first_event="event",
        then=pl.when(pl.col("leads_to") == END).then(pl.lit(SO_FAR)).otherwise("next_event"),
    )  # fmt: skip
    for name in ("first_event", "then"):
        sums = first.group_by(name).agg(pl.col("leads").sum())
        largest = sums.sort("leads", name, descending=[True, False])[name].head(MOST).to_list()
        kept = pl.col(name).is_in(largest)
        first = first.with_columns(pl.when(kept).then(name).otherwise(pl.lit(OTHER)).alias(name))
    types = columns(MainFlow)
    found = (
        first.group_by("first_event", "then")
        .agg(pl.col("leads", "won").sum())
        .sort("leads", "first_event", "then", descending=[True, False, False])
        .select(list(types))
        .cast(pl.Schema(types))
    )
    return MainFlow.validate(found, lazy=True)
