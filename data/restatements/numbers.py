"""Steps of each number that can be restated: which record counts in which month, and how much."""

from __future__ import annotations

from data.schema.contract import STAGES
from data.sql import Query, Step

SOURCES = ("journey", "deal", "spend")
"""The derived tables that the numbers come from."""


BEFORE = "_before"
"""Suffix of a derived table as it was before deriving."""


def entry_steps(suffix: str = "") -> tuple[Step, ...]:
    """Steps to `entries`: one row per record that counts, with the suffix in their names.

    Columns: source, metric, channel, month_on, record, number. A lead counts 1 in the month it
    reached a stage, a won deal its amount in the month it was closed, a campaign's day its spend.
    The record is the lead, the deal, or day and campaign.
    """
    earliest = ", ".join(f"min({stage}_on) AS {stage}_on" for stage in STAGES)
    stages = " UNION ALL ".join(
        f"SELECT 'journey' AS source, '{stage}' AS metric, channel, "
        f"CAST(date_trunc('month', {stage}_on) AS DATE) AS month_on, lead_id AS record, "
        f"CAST(1 AS DECIMAL(18, 2)) AS number FROM lead_channels{suffix} "
        f"WHERE {stage}_on IS NOT NULL"
        for stage in STAGES
    )
    return (
        Step(
            f"lead_channels{suffix}",
            f"SELECT lead_id, channel, {earliest} FROM journey{suffix} GROUP BY lead_id, channel",
        ),
        Step(
            f"entries{suffix}",
            f"""
            {stages}
            UNION ALL
            SELECT 'deal', 'won_amount', channel, CAST(date_trunc('month', closed_on) AS DATE),
                opportunity_id, CAST(amount AS DECIMAL(18, 2))
            FROM deal{suffix}
            WHERE outcome = 'won' AND closed_on IS NOT NULL AND amount IS NOT NULL
            UNION ALL
            SELECT 'spend', 'spend_amount', channel, CAST(date_trunc('month', spend_on) AS DATE),
                CAST(spend_on AS VARCHAR) || ' ' || campaign_id,
                CAST(cost_amount AS DECIMAL(18, 2))
            FROM spend{suffix} WHERE cost_amount IS NOT NULL
            """,
        ),
    )


def numbers(suffix: str = "") -> Query:
    """Each month's numbers in total and by channel: the entries added up.

    One row per source, metric, month_on, dimension and segment, with `number`.
    """
    return Query(
        *entry_steps(suffix),
        Step(
            "channel_numbers",
            f"""
            SELECT source, metric, month_on, channel, sum(number) AS number
            FROM entries{suffix} GROUP BY source, metric, month_on, channel
            """,
        ),
        Step(
            "numbers",
            """
            SELECT source, metric, month_on, 'channel' AS dimension, channel AS segment,
                CAST(number AS DECIMAL(18, 2)) AS number
            FROM channel_numbers
            UNION ALL
            SELECT source, metric, month_on, 'total', 'total', CAST(sum(number) AS DECIMAL(18, 2))
            FROM channel_numbers GROUP BY source, metric, month_on
            """,
        ),
    )
