"""SQL steps that build `lead_move`: which leads went from one level to another, and when."""

from __future__ import annotations

from data.definitions import Definitions
from data.derive.quality.rules import level_of_tier
from data.schema.bookkeeping import LOADS_IN_ORDER
from data.schema.contract import UNASSIGNED, columns
from data.schema.derived import Segmented
from data.sql import Step, reporting_day


def lead_move_steps(definitions: Definitions) -> tuple[Step, ...]:
    """Steps of `lead_move`, after `settings`; they read lead_quality and the versions of leads.

    Consecutive are the versions that loads of one kind of export report, in the order of loads; of
    one moment the last counts, and a version without a tier is passed over.
    """
    segments = ", ".join(f"lead_quality.{name}" for name in columns(Segmented))
    level = level_of_tier(definitions.quality.level, "version.tier")
    return (
        Step("loads_in_order", LOADS_IN_ORDER),
        Step(
            "reported_levels",
            f"""
            SELECT version.lead_id, load.mapping, load.as_of,
                coalesce({level}, '{UNASSIGNED}') AS level,
                row_number() OVER (
                    PARTITION BY version.lead_id, load.mapping, load.as_of
                    ORDER BY loads_in_order.place DESC
                ) AS place
            FROM (
                SELECT lead_id, load_id, load_id AS same_as FROM lead_version
                UNION ALL
                SELECT lead_id, load_id, same_as FROM lead_reported_by
            ) AS reported
            JOIN lead_version AS version
                ON version.lead_id = reported.lead_id AND version.load_id = reported.same_as
            JOIN load ON load.load_id = reported.load_id
            JOIN loads_in_order ON loads_in_order.load_id = reported.load_id
            WHERE trim(coalesce(version.tier, '')) <> ''
            """,
        ),
        Step(
            "compared_levels",
            """
            SELECT lead_id, as_of, level,
                lag(level) OVER (PARTITION BY lead_id, mapping ORDER BY as_of) AS level_before,
                lag(as_of) OVER (PARTITION BY lead_id, mapping ORDER BY as_of) AS seen_before_at
            FROM reported_levels
            WHERE place = 1
            """,
        ),
        Step(
            "lead_moves",
            f"""
            SELECT {segments}, moved.lead_id,
                row_number() OVER (
                    PARTITION BY moved.lead_id ORDER BY moved.as_of, moved.level_before, moved.level
                ) AS place,
                {reporting_day("moved.as_of")} AS moved_on,
                {reporting_day("moved.seen_before_at")} AS seen_before_on,
                moved.level_before, moved.level
            FROM compared_levels AS moved
            CROSS JOIN settings
            JOIN lead_quality ON lead_quality.lead_id = moved.lead_id
            WHERE moved.level <> moved.level_before
            ORDER BY moved_on, moved.lead_id, place
            """,
        ),
    )
