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
        *_SPANS,
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


_SPANS = (
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
        "moves",
        """
        SELECT changes.*,
            row_number() OVER in_order AS place,
            lead(changed_at) OVER in_order AS until_at
        FROM changes
        JOIN scoped ON scoped.opportunity_id = changes.opportunity_id
        WINDOW in_order AS (
            PARTITION BY changes.opportunity_id, field ORDER BY changed_at, new
        )
        """,
    ),
    Step(
        "spans",
        """
        SELECT opportunity_id, field, changed_at AS since_at, until_at, new AS value FROM moves
        UNION ALL
        SELECT opportunity_id, field, coalesce(seen_before_at, CAST('1900-01-01' AS TIMESTAMP)),
            changed_at, old
        FROM moves
        WHERE place = 1
        UNION ALL
        SELECT opportunity_id, field, CAST('1900-01-01' AS TIMESTAMP), seen_before_at, NULL
        FROM moves
        WHERE place = 1 AND seen_before_at IS NOT NULL
        """,
    ),
)
"""Values of a deal, each since a moment and until the next one; null before the first is seen."""


def _told(field: str, name: str) -> str:
    """SQL: the value of a field that its changes tell, and whether they tell any."""
    return (
        f"max(CASE WHEN field = '{field}' THEN value END) AS {name}_then,"
        f" count(CASE WHEN field = '{field}' THEN 1 END) AS {name}_changes"
    )


_KNOWN = (
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
        "told_then",
        f"""
        SELECT open_then.quarter_on, open_then.opportunity_id,
            {_told("amount", "amount")},
            {_told("stage", "stage")},
            {_told("probability", "probability")},
            {_told("expected_close_on", "close")}
        FROM open_then
        JOIN spans ON spans.opportunity_id = open_then.opportunity_id
            AND spans.since_at < open_then.over_at
            AND (spans.until_at IS NULL OR spans.until_at >= open_then.over_at)
        GROUP BY open_then.quarter_on, open_then.opportunity_id
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
        "came",
        """
        SELECT opportunity_id, value AS stage, min(since_at) AS first_at
        FROM spans
        WHERE field = 'stage' AND value IS NOT NULL
        GROUP BY opportunity_id, value
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
