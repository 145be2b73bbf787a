"""SQL steps of the pipeline as it stood: deals open before each quarter, as they were known."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from data.sql import Step
from metrics.period import Period


def pipeline_steps(quarters: Sequence[Period], zone: ZoneInfo) -> tuple[Step, ...]:
    """Steps after `scoped`: the deals open before each quarter, by their stage of that day."""
    return (
        Step("quarters", " UNION ALL ".join(_quarter_row(each, zone) for each in quarters)),
        *_KNOWN,
        *_COUNTED,
    )


def _quarter_row(quarter: Period, zone: ZoneInfo) -> str:
    """SQL: a quarter, the day before it, and the moment (UTC) at which that day is over."""
    over = datetime.combine(quarter.start, time(), zone).astimezone(UTC)
    return (
        f"SELECT CAST('{quarter.start}' AS DATE) AS quarter_on,"
        f" CAST('{quarter.end}' AS DATE) AS quarter_end_on,"
        f" CAST('{quarter.start - timedelta(days=1)}' AS DATE) AS origin_on,"
        f" CAST('{over:%Y-%m-%d %H:%M:%S}' AS TIMESTAMP) AS over_at"
    )


def _told(field: str, name: str) -> str:
    """SQL: the value of a field that its changes tell, and whether they tell any."""
    return (
        f"max(CASE WHEN field = '{field}' THEN value END) AS {name}_then,"
        f" count(CASE WHEN field = '{field}' THEN 1 END) AS {name}_changes"
    )


_KNOWN = (
    Step(
        "changes",
        """
        SELECT opportunity_id, field, changed_at, old, new,
            CAST(NULL AS TIMESTAMP) AS seen_before_at
        FROM opportunity_change
        UNION ALL
        SELECT opportunity_id, field, changed_at, old, new, seen_before_at
        FROM opportunity_difference
        """,
    ),
    Step(
        "open_then",
        """
        SELECT quarters.quarter_on, quarters.quarter_end_on, quarters.over_at,
            scoped.opportunity_id, scoped.outcome, scoped.closed_on, scoped.amount,
            scoped.original_amount
        FROM scoped
        JOIN quarters ON scoped.opened_on <= quarters.origin_on
            AND (scoped.outcome = 'open' OR scoped.closed_on > quarters.origin_on)
        """,
    ),
    Step(
        "nearest_changes",
        """
        SELECT open_then.quarter_on, open_then.over_at, open_then.opportunity_id, changes.field,
            max(CASE WHEN changed_at < over_at THEN changed_at END) AS last_at,
            min(CASE WHEN changed_at >= over_at THEN changed_at END) AS next_at
        FROM open_then
        JOIN changes ON changes.opportunity_id = open_then.opportunity_id
        GROUP BY open_then.quarter_on, open_then.over_at, open_then.opportunity_id, changes.field
        """,
    ),
    Step(
        "told_values",
        """
        SELECT nearest_changes.quarter_on, nearest_changes.opportunity_id, nearest_changes.field,
            max(CASE WHEN last_at IS NOT NULL THEN new
                WHEN seen_before_at IS NULL OR seen_before_at < over_at THEN old END) AS value
        FROM nearest_changes
        JOIN changes ON changes.opportunity_id = nearest_changes.opportunity_id
            AND changes.field = nearest_changes.field
            AND changes.changed_at = coalesce(last_at, next_at)
        GROUP BY nearest_changes.quarter_on, nearest_changes.opportunity_id, nearest_changes.field
        """,
    ),
    Step(
        "told_then",
        f"""
        SELECT quarter_on, opportunity_id,
            {_told("amount", "amount")},
            {_told("stage", "stage")},
            {_told("probability", "probability")},
            {_told("expected_close_on", "close")}
        FROM told_values
        GROUP BY quarter_on, opportunity_id
        """,
    ),
    Step(
        "known_then",
        """
        SELECT open_then.quarter_on, open_then.quarter_end_on,
            CASE WHEN amount_changes > 0 THEN TRY_CAST(amount_then AS DOUBLE)
                    * CAST(open_then.amount AS DOUBLE)
                    / nullif(CAST(open_then.original_amount AS DOUBLE), 0)
                ELSE CAST(open_then.amount AS DOUBLE) END AS amount,
            CASE WHEN stage_changes > 0 THEN stage_then
                WHEN open_then.outcome = 'open' THEN opportunity.stage END AS stage,
            CASE WHEN probability_changes > 0 THEN TRY_CAST(probability_then AS DOUBLE)
                WHEN open_then.outcome = 'open' THEN opportunity.probability END AS probability,
            CASE WHEN close_changes > 0 THEN TRY_CAST(close_then AS DATE)
                WHEN open_then.outcome = 'open' OR expected_close_on <> closed_on
                    THEN expected_close_on END AS expected_on,
            CASE WHEN close_changes > 0 OR open_then.outcome = 'open' THEN FALSE
                WHEN expected_close_on = closed_on THEN TRUE ELSE FALSE END AS is_untold
        FROM open_then
        JOIN opportunity ON opportunity.opportunity_id = open_then.opportunity_id
        LEFT JOIN told_then ON told_then.opportunity_id = open_then.opportunity_id
            AND told_then.quarter_on = open_then.quarter_on
        """,
    ),
)
"""Deals that were open then, as they were known."""

_COUNTED = (
    Step(
        "due_then",
        """
        SELECT known_then.*,
            CASE WHEN expected_on BETWEEN quarter_on AND quarter_end_on THEN TRUE ELSE FALSE END
                AS is_due,
            CASE WHEN probability BETWEEN 0 AND 1 THEN probability END AS chance
        FROM known_then
        """,
    ),
    Step(
        "open_by_stage",
        """
        SELECT quarter_on, quarter_end_on, stage,
            count(*) AS deals,
            count(CASE WHEN is_untold THEN 1 END) AS untold_deals,
            count(CASE WHEN is_due THEN 1 END) AS due_deals,
            count(CASE WHEN is_due AND amount IS NULL THEN 1 END) AS unpriced_deals,
            count(CASE WHEN is_due AND chance IS NULL THEN 1 END) AS unrated_deals,
            sum(CASE WHEN is_due THEN amount END) AS amount,
            sum(CASE WHEN is_due THEN amount * chance END) AS weighted_amount
        FROM due_then
        GROUP BY quarter_on, quarter_end_on, stage
        """,
    ),
    Step(
        "first_stages",
        """
        SELECT opportunity_id, min(changed_at) AS changed_at
        FROM changes
        WHERE field = 'stage'
        GROUP BY opportunity_id
        """,
    ),
    Step(
        "came",
        """
        SELECT opportunity_id, stage, min(first_at) AS first_at
        FROM (
            SELECT opportunity_id, new AS stage, changed_at AS first_at
            FROM changes
            WHERE field = 'stage'
            UNION ALL
            SELECT changes.opportunity_id, old,
                coalesce(seen_before_at, CAST('1900-01-01' AS TIMESTAMP))
            FROM changes
            JOIN first_stages ON first_stages.opportunity_id = changes.opportunity_id
                AND first_stages.changed_at = changes.changed_at
            WHERE field = 'stage'
        ) AS stages
        WHERE stage IS NOT NULL
        GROUP BY opportunity_id, stage
        """,
    ),
    Step(
        "closed_by_stage",
        """
        SELECT quarters.quarter_on, came.stage,
            count(*) AS closed_deals,
            count(CASE WHEN scoped.outcome = 'won' THEN 1 END) AS won_deals
        FROM came
        JOIN scoped ON scoped.opportunity_id = came.opportunity_id
        JOIN quarters ON scoped.closed_on <= quarters.origin_on AND came.first_at < quarters.over_at
        WHERE scoped.outcome <> 'open'
        GROUP BY quarters.quarter_on, came.stage
        """,
    ),
    Step(
        "pipelines",
        """
        SELECT open_by_stage.*,
            coalesce(closed_deals, 0) AS closed_deals,
            coalesce(won_deals, 0) AS won_deals
        FROM open_by_stage
        LEFT JOIN closed_by_stage ON closed_by_stage.quarter_on = open_by_stage.quarter_on
            AND closed_by_stage.stage = open_by_stage.stage
        """,
    ),
)
"""Their numbers by stage, and what had come of closed deals of each stage."""
