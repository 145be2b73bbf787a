"""Unrouted: leads that nobody was given, how many, for how long, and which."""

from __future__ import annotations

from typing import ClassVar

import polars as pl

from data.engine.warehouse import Warehouse
from data.schema.frames import DataFrame, pa
from data.sql import Query, Step
from metrics.dispatch.had import had_steps
from metrics.follow_up.handed_over import need_assignments
from metrics.scope import Scope

OLD_DAYS = 30
"""A lead that waits longer is told apart: whoever asked has gone elsewhere."""

ALL = "All"


class Unrouted(pa.DataFrameModel):
    """One row per level (lead tier) and channel with unrouted leads, the most first, after `All`.

    `leads` are open and were given to nobody by the last day observed; `mqls` of them had become an
    MQL. Ages are in days since the lead came in. `old` are older than 30 days. `came` and `routed`
    are the leads of the scope's period and those of them that somebody was given, so that the share
    can be said; both are 0 where only older leads lie.
    """

    level: str
    channel: str
    leads: int = pa.Field(ge=0)
    mqls: int = pa.Field(ge=0)
    old: int = pa.Field(ge=0)
    median_age_days: float = pa.Field(ge=0, nullable=True)
    oldest_age_days: int = pa.Field(ge=0, nullable=True)
    came: int = pa.Field(ge=0)
    routed: int = pa.Field(ge=0)

    class Config:
        """Exactly these columns, one row per level and channel."""

        strict: ClassVar[bool] = True
        ordered: ClassVar[bool] = True
        unique: ClassVar[list[str]] = ["level", "channel"]


class UnroutedLead(pa.DataFrameModel):
    """One row per open lead that was given to nobody, MQLs first, the oldest of them first."""

    lead_id: str = pa.Field(unique=True)
    level: str
    channel: str
    lead_on: pl.Date
    mql_on: pl.Date = pa.Field(nullable=True)
    age_days: int = pa.Field(ge=0)

    class Config:
        """Exactly these columns."""

        strict: ClassVar[bool] = True
        ordered: ClassVar[bool] = True


def unrouted(warehouse: Warehouse, scope: Scope) -> DataFrame[Unrouted]:
    """How many open leads lie with nobody, for how long, and where do they come from?

    On the last day observed, whenever they came in: what lies there from before the period lies
    there still. A lead that became an SQL, or left, is not open.

    Raises MetricError where no assignment is loaded.
    """
    need_assignments(warehouse)
    found = warehouse.query(
        Query(
            *had_steps(scope),
            Step(
                "ages",
                """
                SELECT tier AS level, channel, date_diff('day', lead_on, observed_until) AS age,
                    CASE WHEN is_current = 1 AND is_open = 1 AND place = 0 THEN 1 ELSE 0 END
                        AS is_unrouted,
                    CASE WHEN mql_on <= observed_until THEN 1 ELSE 0 END AS is_mql,
                    CASE WHEN lead_on BETWEEN period_start AND period_end THEN 1 ELSE 0 END
                        AS is_in_period,
                    CASE WHEN place = 0 THEN 1 ELSE 0 END AS is_lead,
                    CASE WHEN place = 1 THEN 1 ELSE 0 END AS is_routed
                FROM had
                """,
            ),
            Step(
                "counted",
                """
                SELECT level, channel, CASE WHEN is_unrouted = 1 THEN age END AS age,
                    CAST(sum(is_unrouted) AS BIGINT) AS leads,
                    CAST(sum(is_unrouted * is_mql) AS BIGINT) AS mqls,
                    CAST(sum(is_in_period * is_lead) AS BIGINT) AS came,
                    CAST(sum(is_in_period * is_routed) AS BIGINT) AS routed
                FROM ages
                GROUP BY level, channel, CASE WHEN is_unrouted = 1 THEN age END
                """,
            ),
        )
    )
    whole = found.with_columns(level=pl.lit(ALL), channel=pl.lit(ALL))
    rows = (
        pl.concat([_told(whole), _told(found).sort(-pl.col("leads"), "level", "channel")])
        .filter((pl.col("leads") > 0) | (pl.col("level") == ALL))
        .select(list(Unrouted.to_schema().columns))
    )
    return Unrouted.validate(rows, lazy=True)


def unrouted_leads(warehouse: Warehouse, scope: Scope) -> DataFrame[UnroutedLead]:
    """Which open leads lie with nobody?

    The leads that `unrouted` counts.

    Raises MetricError where no assignment is loaded.
    """
    need_assignments(warehouse)
    found = warehouse.query(
        Query(
            *had_steps(scope),
            Step(
                "unrouted_leads",
                """
                SELECT lead_id, tier AS level, channel, lead_on,
                    CASE WHEN mql_on <= observed_until THEN mql_on END AS mql_on,
                    date_diff('day', lead_on, observed_until) AS age_days
                FROM had
                WHERE place = 0 AND is_current = 1 AND is_open = 1
                """,
            ),
        )
    )
    return UnroutedLead.validate(
        found.sort(pl.col("mql_on").is_null(), -pl.col("age_days"), "lead_id"), lazy=True
    )


def _told(counted: pl.DataFrame) -> pl.DataFrame:
    """Counts by age, put together for each level and channel."""
    lying = pl.col("age").filter(pl.col("leads") > 0)
    ages = lying.repeat_by(pl.col("leads").filter(pl.col("leads") > 0)).explode()
    return counted.group_by("level", "channel").agg(
        pl.col("leads", "mqls", "came", "routed").sum(),
        old=pl.col("leads").filter(pl.col("age") > OLD_DAYS).sum(),
        median_age_days=ages.median().cast(pl.Float64),
        oldest_age_days=lying.max(),
    )
