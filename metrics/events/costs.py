"""Costs of events: what a person cost at each step, against like events."""

from __future__ import annotations

from typing import ClassVar

import polars as pl

from data.engine.warehouse import Warehouse
from data.schema.frames import DataFrame, pa
from metrics.events.flows import event_cells, flows
from metrics.events.steps import STEPS
from metrics.rates import ratio
from metrics.scope import Scope


class EventCosts(pa.DataFrameModel):
    """One row per event and step that is known, the latest event first, steps in order.

    `cost_amount` is all that was spent on the event until the last day observed, in the base
    currency, and `cost_per_person` that amount ÷ `people` at the step: costs of two steps are not
    added. `like_cost_per_person` is the same of all other events of the kind that are over,
    together, `like_events` of them. Null where nothing was spent or nobody took the step;
    `because` says why an event has no cost.
    """

    campaign_id: str
    campaign: str
    kind: str
    starts_on: pl.Date
    ends_on: pl.Date
    is_running: bool
    step: str = pa.Field(isin=STEPS)
    people: int = pa.Field(ge=0)
    cost_amount: float = pa.Field(nullable=True)
    cost_per_person: float = pa.Field(nullable=True)
    like_events: int = pa.Field(ge=0)
    like_cost_per_person: float = pa.Field(nullable=True)
    because: str = pa.Field(nullable=True)

    class Config:
        """Exactly these columns, one row per event and step."""

        strict: ClassVar[bool] = True
        ordered: ClassVar[bool] = True
        unique: ClassVar[list[str]] = ["campaign_id", "step"]


def event_costs(warehouse: Warehouse, scope: Scope) -> DataFrame[EventCosts]:
    """What did a person cost at each step of each event, and what at like events?

    Spend is that of the event's campaign. It is not known by segment, so that under a filter, or
    for a viewer who may not see everybody, no event has a cost. Nor has one of which some spend has
    no exchange rate.
    """
    cells = event_cells(warehouse, scope, None)
    is_whole = not (scope.filters or scope.viewer.restrictions)
    spent = cells.select("campaign_id", pl.col("cost_amount").cast(pl.Float64)).unique()
    counted = flows(cells, scope).filter(pl.col("people").is_not_null())
    rows = counted.drop("because").join(spent, on="campaign_id", how="left", maintain_order="left")
    if not is_whole:
        rows = rows.with_columns(cost_amount=pl.lit(None, dtype=pl.Float64))
    reason = (
        "spend is not known by segment" if not is_whole else "no spend with a price is recorded"
    )
    tells = pl.col("cost_amount").is_not_null() & ~pl.col("is_running")
    group = ("kind", "step")
    own = {
        name: pl.when(tells).then(pl.col(name)).otherwise(0) for name in ("people", "cost_amount")
    }
    others = {
        name: pl.when(tells).then(pl.col(name)).sum().over(group) - each
        for name, each in own.items()
    }
    found = rows.with_columns(
        cost_per_person=ratio(pl.col("cost_amount"), pl.col("people")),
        like_events=(tells.sum().over(group) - tells.cast(pl.Int64)).cast(pl.Int64),
        like_cost_per_person=ratio(others["cost_amount"].round(2), others["people"]),
        because=pl.when(pl.col("cost_amount").is_null()).then(pl.lit(reason)),
    )
    return EventCosts.validate(found.select(list(EventCosts.to_schema().columns)), lazy=True)
