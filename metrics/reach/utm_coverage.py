"""UTM coverage: how many touches of each port say from which campaign they came."""

from __future__ import annotations

from typing import ClassVar

import polars as pl

from data.definitions import Definitions
from data.engine.warehouse import Warehouse
from data.schema.contract import UNASSIGNED
from data.schema.frames import DataFrame, pa
from data.sql import Query, Step
from metrics.rates import ratio, wilson
from metrics.reach.asked import asked_steps, of_people
from metrics.scope import Scope


class UtmCoverage(pa.DataFrameModel):
    """One row per port and channel, ports by their touches, within one the largest channel first.

    The port is the system that recorded the touch. `complete` touches name source, medium and
    campaign, `partial` some of them, `missing` none; these add up to `touches`. `complete_rate` is
    complete ÷ touches, with bounds of 95%.
    """

    port: str
    channel: str
    touches: int = pa.Field(ge=1)
    complete: int = pa.Field(ge=0)
    partial: int = pa.Field(ge=0)
    missing: int = pa.Field(ge=0)
    complete_rate: float = pa.Field(ge=0, le=1)
    complete_rate_low: float = pa.Field(ge=0, le=1)
    complete_rate_high: float = pa.Field(ge=0, le=1)

    class Config:
        """Exactly these columns, one row per port and channel."""

        strict: ClassVar[bool] = True
        ordered: ClassVar[bool] = True
        unique: ClassVar[list[str]] = ["port", "channel"]


def utm_coverage(
    warehouse: Warehouse, scope: Scope, definitions: Definitions
) -> DataFrame[UtmCoverage]:
    """Through which ports do touches come without saying from which campaign?

    Of touches in the period, also of visitors whom nobody knows; with a filter only of people with
    a lead that passes it. A touch that has no address, such as a call, cannot bear any.

    Source: Wilson (1927) for the bounds.
    """
    parts = " + ".join(
        f"CASE WHEN interaction.utm_{each} IS NULL THEN 0 ELSE 1 END"
        for each in ("source", "medium", "campaign")
    )
    found = warehouse.query(
        Query(
            *asked_steps(scope, definitions, {}),
            Step(
                "marked",
                f"""
                SELECT coalesce(interaction.source_system, '{UNASSIGNED}') AS port, touch.channel,
                    {parts} AS parts
                FROM touch
                JOIN interaction ON interaction.interaction_id = touch.interaction_id
                {of_people(scope, "touch.person_id")}
                CROSS JOIN bounds
                WHERE touch.occurred_at >= bounds.start_at AND touch.occurred_at < bounds.end_at
                """,
            ),
            Step(
                "coverage",
                """
                SELECT port, channel, count(*) AS touches,
                    count(CASE WHEN parts = 3 THEN 1 END) AS complete,
                    count(CASE WHEN parts IN (1, 2) THEN 1 END) AS partial,
                    count(CASE WHEN parts = 0 THEN 1 END) AS missing
                FROM marked
                GROUP BY port, channel
                """,
            ),
        )
    )
    low, high = wilson(pl.col("complete"), pl.col("touches"))
    rows = found.with_columns(
        complete_rate=ratio(pl.col("complete"), pl.col("touches")),
        complete_rate_low=low,
        complete_rate_high=high,
    ).sort(
        pl.col("touches").sum().over("port"),
        "port",
        "touches",
        "channel",
        descending=[True, False, True, False],
    )
    return UtmCoverage.validate(rows, lazy=True)
