"""SQL steps of the lives of deals up to the last day asked about: what is open then, and where."""

from __future__ import annotations

from data.sql import Step

LANDMARKS = (0, 15, 30, 60, 90, 180)
"""Days in a stage from which on the chance of winning is told anew."""

_STAYED = "\n".join(f"WHEN stayed >= {days} THEN {days}" for days in reversed(LANDMARKS))

LIVED = Step(
    "lived",
    """
    SELECT scoped.opportunity_id, scoped.outcome, scoped.account_id, scoped.owner,
        scoped.opened_on, scoped.period_start, scoped.period_end, place, changed_on, what,
        amount_after, due_before_on, due_after_on, stage_after,
        least(scoped.period_end, scoped.observed_until) AS until_on,
        CASE WHEN scoped.outcome <> 'open'
                AND scoped.closed_on <= least(scoped.period_end, scoped.observed_until)
            THEN scoped.closed_on END AS ended_on
    FROM scoped
    JOIN pipeline_change ON pipeline_change.opportunity_id = scoped.opportunity_id
    WHERE changed_on <= scoped.period_end AND changed_on <= scoped.observed_until
    """,
)
"""After `scoped` (deal): every change up to the last day of the period that is observed."""

SPELLS = (
    Step(
        "entries",
        """
        SELECT opportunity_id, outcome, until_on, ended_on, what, stage_after AS stage,
            changed_on AS since_on,
            lead(changed_on) OVER (PARTITION BY opportunity_id ORDER BY place) AS left_on
        FROM lived
        WHERE what IN ('opened', 'stage', 'closed')
        """,
    ),
    Step(
        "landmarks",
        " UNION ALL ".join(f"SELECT {days} AS days_from" for days in LANDMARKS),
    ),
    Step(
        "spells",
        """
        SELECT stage, days_from, outcome, ended_on,
            date_diff('day', since_on, coalesce(ended_on, until_on)) - days_from AS age_days
        FROM entries
        JOIN landmarks ON date_diff('day', since_on, coalesce(left_on, until_on)) >= days_from
        WHERE what <> 'closed' AND stage IS NOT NULL
        """,
    ),
    Step(
        "fates",
        """
        SELECT stage, days_from, age_days,
            count(CASE WHEN ended_on IS NOT NULL AND outcome = 'won' THEN 1 END) AS converted,
            count(CASE WHEN ended_on IS NOT NULL AND outcome <> 'won' THEN 1 END) AS exited,
            count(CASE WHEN ended_on IS NULL THEN 1 END) AS open
        FROM spells
        GROUP BY stage, days_from, age_days
        ORDER BY stage, days_from, age_days
        """,
    ),
)
"""After `lived`: by stage and days in it, how long after that deals were won, lost or are open.

A deal that stays in a stage for 40 days is one of those that were in it at 0, 15 and 30 days.
"""

OPEN_NOW = Step(
    "open_now",
    """
    SELECT opportunity_id, account_id, owner, opened_on, period_start, period_end, until_on,
        amount, due_on, stage, since_on, first_due_on, pushes, last_on,
        date_diff('day', since_on, until_on) AS stayed
    FROM (
        SELECT opportunity_id, account_id, owner, opened_on, period_start, period_end, until_on,
            what, amount_after AS amount, due_after_on AS due_on, stage_after AS stage,
            changed_on AS last_on,
            row_number() OVER (PARTITION BY opportunity_id ORDER BY place DESC) AS place_back,
            max(CASE WHEN what IN ('opened', 'stage') THEN changed_on END)
                OVER (PARTITION BY opportunity_id) AS since_on,
            min(due_after_on) OVER (PARTITION BY opportunity_id) AS first_due_on,
            count(CASE WHEN what = 'due' AND due_after_on > due_before_on THEN 1 END)
                OVER (PARTITION BY opportunity_id) AS pushes
        FROM lived
    ) AS states
    WHERE place_back = 1 AND what <> 'closed'
    """,
)
"""After `lived`: one row per deal that is open on the last day, as it is then.

`first_due_on` is the earliest day that it ever was due, `pushes` counts how often that was put off.
"""

OPEN_GROUPS = Step(
    "open_groups",
    f"""
    SELECT due, stage, days_from, count(*) AS deals,
        count(*) - count(amount) AS unpriced_deals,
        count(CASE WHEN amount IS NOT NULL AND probability IS NULL THEN 1 END) AS unrated_deals,
        CAST(coalesce(sum(amount), 0) AS DECIMAL(18, 2)) AS amount,
        coalesce(sum(CAST(amount AS DOUBLE) * probability), 0) AS crm_weighted_amount
    FROM (
        SELECT open_now.amount, open_now.stage, opportunity.probability,
            CASE WHEN due_on IS NULL THEN 'no day' WHEN due_on < period_start THEN 'before'
                WHEN due_on > period_end THEN 'after' ELSE 'period' END AS due,
            CASE {_STAYED} ELSE 0 END AS days_from
        FROM open_now
        JOIN opportunity ON opportunity.opportunity_id = open_now.opportunity_id
    ) AS placed
    GROUP BY due, stage, days_from
    ORDER BY due, stage, days_from
    """,
)
"""After `open_now`: how many are due when, by stage and days in it, and what they are worth."""
