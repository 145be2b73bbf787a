"""Overlap: whom each channel reaches, whom two reach alike, and whom one adds to the others."""

from __future__ import annotations

from typing import ClassVar

import polars as pl

from data.definitions import Definitions
from data.engine.warehouse import Warehouse
from data.schema.frames import DataFrame, pa
from data.sql import Query, Step
from metrics.reach.asked import of_people
from metrics.reach.contacts import contact_steps
from metrics.scope import Scope


class ReachOverlap(pa.DataFrameModel):
    """One row per channel and other channel, itself included, the largest channels first.

    The channel reached `people`, of whom `shared` were reached by the other one too; `share` is
    shared ÷ people. The rest is of the channel: `alone` were reached by no other channel, and
    `added` by none that reaches more people: over the channels these add up to `everybody`.
    """

    channel: str
    other: str
    people: int = pa.Field(ge=1)
    shared: int = pa.Field(ge=0)
    share: float = pa.Field(ge=0, le=1)
    alone: int = pa.Field(ge=0)
    added: int = pa.Field(ge=0)
    everybody: int = pa.Field(ge=1)

    class Config:
        """Exactly these columns, one row per two channels."""

        strict: ClassVar[bool] = True
        ordered: ClassVar[bool] = True
        unique: ClassVar[list[str]] = ["channel", "other"]


def reach_overlap(
    warehouse: Warehouse, scope: Scope, definitions: Definitions
) -> DataFrame[ReachOverlap]:
    """Whom does each channel reach that no other one does, and how much do channels overlap?

    A channel reached whom it contacted in the period, and who did something through it. Visitors
    whom nobody knows are left out. Of channels of one size, the first by name counts as the larger.
    """
    found = warehouse.query(
        Query(
            *contact_steps(scope, definitions),
            Step(
                "reached",
                f"""
                SELECT person_id, channel FROM contacts WHERE in_period = 1
                UNION
                SELECT touch.person_id, touch.channel
                FROM touch
                {of_people(scope, "touch.person_id")}
                CROSS JOIN bounds
                WHERE touch.person_id IS NOT NULL AND touch.occurred_at >= bounds.start_at
                    AND touch.occurred_at < bounds.end_at
                """,
            ),
            *_COUNTED,
        )
    )
    sizes = found.filter(pl.col("channel") == pl.col("other")).select("channel", "people")
    pairs = (
        sizes.select("channel")
        .join(sizes.select(other="channel"), how="cross")
        .join(found.drop("people"), on=["channel", "other"], how="left")
        .join(sizes, on="channel")
        .with_columns(pl.col("shared").fill_null(0))
    )
    of_channel = found.filter(pl.col("channel") == pl.col("other")).select(
        "channel", _alone="alone", _added="added"
    )
    rows = (
        pairs.join(of_channel, on="channel")
        .join(sizes.select(other="channel", size="people"), on="other")
        .with_columns(
            share=pl.col("shared") / pl.col("people"),
            alone="_alone",
            added="_added",
            everybody=pl.lit(of_channel["_added"].sum(), pl.Int64),
        )
        .sort("people", "channel", "size", "other", descending=[True, False, True, False])
    )
    return ReachOverlap.validate(rows.select(list(ReachOverlap.to_schema().columns)), lazy=True)


_COUNTED = (
    Step(
        "ranked_channels",
        """
        SELECT channel, row_number() OVER (ORDER BY people DESC, channel) AS size_rank
        FROM (SELECT channel, count(*) AS people FROM reached GROUP BY channel) AS sizes
        """,
    ),
    Step(
        "ranked_reached",
        """
        SELECT reached.person_id, reached.channel, ranked_channels.size_rank,
            min(ranked_channels.size_rank) OVER (PARTITION BY reached.person_id) AS first_rank,
            count(*) OVER (PARTITION BY reached.person_id) AS channels
        FROM reached
        JOIN ranked_channels ON ranked_channels.channel = reached.channel
        """,
    ),
    Step(
        "pairs",
        """
        SELECT one.channel, two.channel AS other, count(*) AS shared,
            count(CASE WHEN one.channel = two.channel THEN 1 END) AS people,
            count(CASE WHEN one.channels = 1 THEN 1 END) AS alone,
            count(CASE WHEN one.channel = two.channel AND one.size_rank = one.first_rank
                THEN 1 END) AS added
        FROM ranked_reached AS one
        JOIN ranked_reached AS two ON two.person_id = one.person_id
        GROUP BY one.channel, two.channel
        """,
    ),
)
