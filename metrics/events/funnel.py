"""The funnel of events: how many took each step, how many were lost before it, and why."""

from __future__ import annotations

from typing import ClassVar

import polars as pl

from data.engine.warehouse import Warehouse
from data.schema.frames import DataFrame, pa
from metrics.events.flows import EVENT, event_cells, flows, moved, passing
from metrics.events.steps import STEPS, known_steps
from metrics.rates import ratio, wilson
from metrics.scope import Scope


class EventFunnel(pa.DataFrameModel):
    """One row per event and step, the latest event first, steps in order.

    `people` took the step or a later one; null where it is not known, and `because` says why.
    `previous` took `previous_step`, the step before that is known; null of the first. Of them,
    `lost` did not take this step and `open` still may. `joined` took it without the step before:
    they came without having been on the list. previous + joined = people + lost + open. `rate` is
    of `previous`, with bounds of 95%; null while anybody is open. `main_reason` is the reason of
    most losses, of `main_reason_people`.
    """

    campaign_id: str
    campaign: str
    kind: str
    starts_on: pl.Date
    ends_on: pl.Date
    is_running: bool
    step: str = pa.Field(isin=STEPS)
    people: int = pa.Field(ge=0, nullable=True)
    previous_step: str = pa.Field(isin=STEPS, nullable=True)
    previous: int = pa.Field(ge=0, nullable=True)
    lost: int = pa.Field(ge=0, nullable=True)
    open: int = pa.Field(ge=0, nullable=True)
    joined: int = pa.Field(ge=0, nullable=True)
    rate: float = pa.Field(ge=0, le=1, nullable=True)
    rate_low: float = pa.Field(ge=0, le=1, nullable=True)
    rate_high: float = pa.Field(ge=0, le=1, nullable=True)
    main_reason: str = pa.Field(nullable=True)
    main_reason_people: int = pa.Field(ge=1, nullable=True)
    because: str = pa.Field(nullable=True)

    class Config:
        """Exactly these columns, one row per event and step."""

        strict: ClassVar[bool] = True
        ordered: ClassVar[bool] = True
        unique: ClassVar[list[str]] = ["campaign_id", "step"]


class EventLosses(pa.DataFrameModel):
    """One row per event, step and reason, the latest event first, the largest losses of a step.

    `people` took `previous_step` and were lost before `step` for the reason; those of all reasons
    are the step's `lost` of `event_funnel`. `share` is of these. `unknown` are people of whom
    nothing says why.
    """

    campaign_id: str
    campaign: str
    kind: str
    starts_on: pl.Date
    ends_on: pl.Date
    is_running: bool
    step: str = pa.Field(isin=STEPS)
    previous_step: str = pa.Field(isin=STEPS)
    reason: str
    people: int = pa.Field(ge=1)
    share: float = pa.Field(gt=0, le=1)

    class Config:
        """Exactly these columns, one row per event, step and reason."""

        strict: ClassVar[bool] = True
        ordered: ClassVar[bool] = True
        unique: ClassVar[list[str]] = ["campaign_id", "step", "reason"]


def event_funnel(warehouse: Warehouse, scope: Scope) -> DataFrame[EventFunnel]:
    """How many people took each step of each event, how many were lost before it, and why mostly?

    Of events and campaigns with a day in the period, and of those to come where the period reaches
    the last day observed. Who counts at a step is what the Event planner counts (`event_steps`);
    `won` adds who has an opportunity that follows the event and was won by the last day observed.
    Of an event that is running, nobody is lost who may still come.

    Source: Wilson (1927) for the bounds.
    """
    cells = event_cells(warehouse, scope, None)
    rows = with_rates(flows(cells, scope))
    main = (
        _losses(cells, scope)
        .group_by("campaign_id", "step", maintain_order=True)
        .agg(main_reason=pl.col("reason").first(), main_reason_people=pl.col("people").first())
    )
    found = rows.join(main, on=["campaign_id", "step"], how="left", maintain_order="left")
    return EventFunnel.validate(found.select(list(EventFunnel.to_schema().columns)), lazy=True)


def event_losses(warehouse: Warehouse, scope: Scope) -> DataFrame[EventLosses]:
    """Why did people of each event not take the next step?

    Each is lost once, before the first step not taken, for one reason: how the contact failed, else
    a refusal, else the most that the person did. Of leads and deals it is the recorded reason,
    after `lead left: ` or `deal lost: `. A refusal counts by the end of the event.
    """
    found = _losses(event_cells(warehouse, scope, None), scope)
    return EventLosses.validate(found.select(list(EventLosses.to_schema().columns)), lazy=True)


def with_rates(rows: pl.DataFrame) -> pl.DataFrame:
    """Rows of flows with the rate and its bounds; null of the first step, and while some are open.

    >>> row = {"people": 6, "previous": 8, "lost": 3, "open": 0, "joined": 1}
    >>> with_rates(pl.DataFrame([row])).select("rate", pl.col("rate_low").round(2)).row(0)
    (0.625, 0.31)
    """
    taken, tried = pl.col("people") - pl.col("joined"), pl.col("previous")
    low, high = wilson(taken, tried)
    is_told = pl.col("open") == 0
    return rows.with_columns(
        rate=pl.when(is_told).then(ratio(taken, tried)),
        rate_low=pl.when(is_told).then(low),
        rate_high=pl.when(is_told).then(high),
    )


def _losses(cells: pl.DataFrame, scope: Scope) -> pl.DataFrame:
    told = known_steps(cells, ("campaign_id",))
    lost = moved(passing(cells, scope), told, ()).filter("is_lost")
    return (
        lost.group_by(*EVENT, "step", "place", "previous_step", "reason")
        .agg(people=pl.col("people").sum().cast(pl.Int64))
        .with_columns(
            share=pl.col("people") / pl.col("people").sum().over("campaign_id", "step")
        )
        .sort(
            "starts_on", "campaign_id", "place", "people", "reason",
            descending=[True, False, False, True, False],
        )
    )  # fmt: skip
