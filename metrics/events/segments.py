"""Events by segment, and by how people were invited."""

from __future__ import annotations

from typing import ClassVar

import polars as pl

from data.engine.warehouse import Warehouse
from data.schema.frames import DataFrame, pa
from metrics.events.flows import event_cells, flows
from metrics.events.funnel import with_rates
from metrics.events.steps import STEPS
from metrics.scope import Dimension, Scope

METHOD = "method"


class EventSegments(pa.DataFrameModel):
    """One row per event, segment and step, the latest event first, segments by name.

    `dimension` is `method`, or that of the segments. Counts and rates are as those of
    `event_funnel`: over all segments they add up to it where the step is known there.
    """

    campaign_id: str
    campaign: str
    kind: str
    starts_on: pl.Date
    ends_on: pl.Date
    is_running: bool
    dimension: str
    segment: str
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
    because: str = pa.Field(nullable=True)

    class Config:
        """Exactly these columns, one row per event, segment and step."""

        strict: ClassVar[bool] = True
        ordered: ClassVar[bool] = True
        unique: ClassVar[list[str]] = ["campaign_id", "segment", "step"]


def event_segments(
    warehouse: Warehouse, scope: Scope, by: Dimension | None = None
) -> DataFrame[EventSegments]:
    """Which people of each event went how far: by how they were invited, or by a dimension?

    Without `by`, by the method of invitation: e-mail, call, both, `uninvited` who came without
    being on the list, and `unknown` for everyone of an event without one. A method knows steps that
    the event as a whole does not: of who was called it is known who was reached, even where no mail
    tells whether it was opened. A person's segment is that of the earliest lead, `Unassigned`
    without one.

    Source: Wilson (1927) for the bounds.
    """
    column = METHOD if by is None else "segment"
    rows = with_rates(flows(event_cells(warehouse, scope, by), scope, (column,)))
    named = rows.rename({column: "segment"}).with_columns(
        dimension=pl.lit(METHOD if by is None else by.value)
    )
    return EventSegments.validate(named.select(list(EventSegments.to_schema().columns)), lazy=True)
