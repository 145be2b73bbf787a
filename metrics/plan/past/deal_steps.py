"""SQL steps of a plan's deals: one row per deal with its band, its age, and how it left."""

from __future__ import annotations

from datetime import date

from data.sql import Step
from metrics.scope import Dimension, Scope

BANDS = ("unknown amount", "small", "medium", "large")
"""Deals without an amount, then thirds of the amounts with which closed deals began."""

STALE_AFTER = 0.95
"""A deal has gone stale when nothing happened for longer than this share of won deals took."""


def followed_steps(scope: Scope) -> tuple[Step, ...]:
    """Steps to `followed`: one row per deal with its band, its age, and how it left."""
    return (
        scope.step("deal"),
        Step("bounds", "SELECT max(observed_until) AS observed_until FROM scoped"),
        Step(
            "amount_changes",
            """
            SELECT opportunity_id, CAST(changed_at AS DATE) AS changed_on,
                TRY_CAST(old AS DOUBLE) AS old, TRY_CAST(new AS DOUBLE) AS new,
                row_number() OVER (PARTITION BY opportunity_id ORDER BY changed_at) AS place,
                row_number() OVER (PARTITION BY opportunity_id ORDER BY changed_at DESC) AS back
            FROM opportunity_change
            CROSS JOIN bounds
            WHERE field = 'amount' AND CAST(changed_at AS DATE) <= bounds.observed_until
                AND TRY_CAST(old AS DOUBLE) > 0 AND TRY_CAST(new AS DOUBLE) > 0
            """,
        ),
        Step(
            "amount_moves",
            """
            SELECT opportunity_id,
                max(CASE WHEN back = 1 THEN new END) / max(CASE WHEN place = 1 THEN old END)
                    AS ratio
            FROM amount_changes
            GROUP BY opportunity_id
            """,
        ),
        Step(
            "priced",
            """
            SELECT scoped.*, amount_moves.ratio IS NULL AS is_first,
                coalesce(amount_moves.ratio, 1e0) AS ratio,
                CAST(amount AS DOUBLE) / coalesce(amount_moves.ratio, 1e0) AS first_amount
            FROM scoped
            LEFT JOIN amount_moves ON amount_moves.opportunity_id = scoped.opportunity_id
            """,
        ),
        Step(
            "usual",
            f"""
            SELECT
                CAST(ceil(percentile_cont({STALE_AFTER}e0) WITHIN GROUP (ORDER BY
                    CASE WHEN outcome = 'won' THEN date_diff('day', opened_on, closed_on) END
                )) AS INTEGER) AS stale_days,
                percentile_cont(0.3333333333e0) WITHIN GROUP (ORDER BY first_amount)
                    AS small_until,
                percentile_cont(0.6666666667e0) WITHIN GROUP (ORDER BY first_amount)
                    AS medium_until
            FROM priced
            WHERE outcome <> 'open' AND closed_on <= observed_until
            """,
        ),
        Step(
            "changes",
            """
            SELECT opportunity_id, max(CAST(changed_at AS DATE)) AS changed_on
            FROM opportunity_change
            CROSS JOIN bounds
            WHERE CAST(changed_at AS DATE) <= bounds.observed_until
            GROUP BY opportunity_id
            """,
        ),
        Step(
            "touches",
            """
            SELECT account_id, max(occurred_on) AS touched_on
            FROM touch
            CROSS JOIN bounds
            WHERE account_id IS NOT NULL AND occurred_on <= bounds.observed_until
            GROUP BY account_id
            """,
        ),
        Step(
            "active",
            """
            SELECT priced.*, stale_days,
                CASE WHEN first_amount IS NULL THEN 0
                    WHEN first_amount <= small_until THEN 1
                    WHEN first_amount <= medium_until THEN 2
                    ELSE 3 END AS band,
                CASE WHEN outcome <> 'open' AND closed_on <= observed_until THEN closed_on END
                    AS ended_on,
                greatest(
                    opened_on,
                    coalesce(changes.changed_on, opened_on),
                    coalesce(touches.touched_on, opened_on)
                ) AS active_on
            FROM priced
            CROSS JOIN usual
            LEFT JOIN changes ON changes.opportunity_id = priced.opportunity_id
            LEFT JOIN touches ON touches.account_id = priced.account_id
            WHERE opened_on <= observed_until
                AND (outcome = 'open' OR closed_on IS NOT NULL)
            """,
        ),
        Step(
            "followed",
            """
            SELECT active.*,
                CASE WHEN ended_on IS NULL
                    AND date_diff('day', active_on, observed_until) > stale_days
                    THEN TRUE ELSE FALSE END AS is_stale,
                greatest(0, CASE
                    WHEN ended_on IS NOT NULL THEN date_diff('day', opened_on, ended_on)
                    WHEN date_diff('day', active_on, observed_until) > stale_days
                        THEN date_diff('day', opened_on, active_on) + stale_days
                    ELSE date_diff('day', opened_on, observed_until) END) AS age_days,
                CAST(date_trunc('month', opened_on) AS DATE) AS month_on
            FROM active
            """,
        ),
    )


def _carried(by: Dimension | None) -> str:
    """SQL: the column of a dimension, as the first of a list; nothing without one."""
    return f"{by.value}, " if by else ""


def ages_step(told_from: date, by: Dimension | None = None) -> Step:
    """Step `deal_ages`: deals by band, month of opening and age, and what became of them.

    This step and the next three have the dimension's column first where one is given.
    """
    segment = _carried(by)
    came = f"date_diff('day', opened_on, CAST('{told_from}' AS DATE))"
    followed = f"opened_on BETWEEN period_start AND period_end AND age_days >= {came}"
    came = f"greatest(0, {came})"
    return Step(
        "deal_ages",
        f"""
    SELECT {segment}band, month_on, age_days,
        CAST(sum(came) AS BIGINT) AS records,
        CAST(sum(won) AS BIGINT) AS converted,
        CAST(sum(gone) AS BIGINT) AS exited,
        CAST(sum(still_open) AS BIGINT) AS open
    FROM (
        SELECT {segment}band, month_on, {came} AS age_days, count(*) AS came, 0 AS won, 0 AS gone,
            0 AS still_open
        FROM followed
        WHERE {followed}
        GROUP BY {segment}band, month_on, {came}
        UNION ALL
        SELECT {segment}band, month_on, age_days, 0,
            count(CASE WHEN ended_on IS NOT NULL AND outcome = 'won' THEN 1 END),
            count(CASE WHEN is_stale OR (ended_on IS NOT NULL AND outcome = 'lost') THEN 1 END),
            count(CASE WHEN ended_on IS NULL AND NOT is_stale THEN 1 END)
        FROM followed
        WHERE {followed}
        GROUP BY {segment}band, month_on, age_days
    ) AS counted
    GROUP BY {segment}band, month_on, age_days
    ORDER BY {segment}band, month_on, age_days
    """,
    )


def open_deals_step(by: Dimension | None = None) -> Step:
    """Step `open_deals`: open deals that are not stale, by band, age and amount."""
    segment = _carried(by)
    return Step(
        "open_deals",
        f"""
        SELECT {segment}band, age_days, amount, is_first, count(*) AS deals
        FROM (
            SELECT {segment}band, age_days, is_first, coalesce(CAST(amount AS DOUBLE), 0) AS amount
            FROM followed
            WHERE ended_on IS NULL AND NOT is_stale
        ) AS priced
        GROUP BY {segment}band, age_days, amount, is_first
        ORDER BY {segment}band, age_days, amount, is_first
        """,
    )


def days_step(by: Dimension | None = None) -> Step:
    """Step `deal_days`: deals opened and won on each day, with their amounts."""
    segment = _carried(by)
    return Step(
        "deal_days",
        f"""
        SELECT {segment}event, event_on, has_lead, count(*) AS deals,
            coalesce(sum(amount), 0) AS amount
        FROM (
            SELECT {segment}'opened' AS event, opened_on AS event_on,
                lead_id IS NOT NULL AS has_lead, CAST(amount AS DOUBLE) AS amount
            FROM followed
            UNION ALL
            SELECT {segment}'won', ended_on, lead_id IS NOT NULL, CAST(amount AS DOUBLE)
            FROM followed
            WHERE ended_on IS NOT NULL AND outcome = 'won'
        ) AS events
        GROUP BY {segment}event, event_on, has_lead
        ORDER BY {segment}event, event_on, has_lead
        """,
    )


def amounts_step(by: Dimension | None = None) -> Step:
    """Step `won_amounts`: the amounts of deals won in the period, rounded to three digits."""
    segment = _carried(by)
    return Step(
        "won_amounts",
        f"""
        SELECT {segment}rounded AS amount, count(*) AS deals
        FROM (
            SELECT {segment}CASE WHEN amount > 0
                THEN round(amount / power(10e0, floor(log10(amount)) - 2))
                    * power(10e0, floor(log10(amount)) - 2)
                ELSE 0 END AS rounded
            FROM (SELECT {segment}ended_on, outcome, period_start, period_end,
                CAST(amount AS DOUBLE) AS amount FROM followed) AS priced
            WHERE ended_on BETWEEN period_start AND period_end AND outcome = 'won'
                AND amount IS NOT NULL
        ) AS won
        GROUP BY {segment}rounded
        ORDER BY {segment}rounded
        """,
    )


OPEN, DAYS, AMOUNTS = open_deals_step(), days_step(), amounts_step()
"""The same of all segments together."""

AT_CLOSE = Step(
    "at_close",
    """
    SELECT round(ratio, 2) AS ratio, count(*) AS deals
    FROM followed
    WHERE ended_on BETWEEN period_start AND period_end AND outcome = 'won' AND amount > 0
    GROUP BY round(ratio, 2)
    ORDER BY round(ratio, 2)
    """,
)

LOGS = Step(
    "amount_logs",
    """
    SELECT kind, days, count(*) AS deals, sum(logarithm) AS total,
        sum(logarithm * logarithm) AS squares
    FROM (
        SELECT 'pace' AS kind, age_days AS days, ln(CAST(amount AS DOUBLE)) AS logarithm
        FROM followed
        WHERE ended_on BETWEEN period_start AND period_end AND outcome = 'won' AND amount > 0
        UNION ALL
        SELECT 'price', date_diff('day', month_on, observed_until), ln(first_amount)
        FROM followed
        WHERE opened_on BETWEEN period_start AND period_end AND first_amount > 0
    ) AS logarithms
    GROUP BY kind, days
    ORDER BY kind, days
    """,
)

STALE = Step(
    "stale",
    """
    SELECT max(stale_days) AS stale_days,
        count(CASE WHEN is_stale THEN 1 END) AS stale_deals,
        coalesce(sum(CASE WHEN is_stale THEN CAST(amount AS DOUBLE) END), 0) AS stale_amount
    FROM followed
    """,
)

UNDATED = Step(
    "undated",
    """
    SELECT count(*) AS undated_deals
    FROM scoped
    WHERE opened_on IS NULL OR (outcome <> 'open' AND closed_on IS NULL)
    """,
)
"""Deals that lack a day, of `scoped` itself."""
