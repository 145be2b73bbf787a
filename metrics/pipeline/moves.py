"""SQL steps of what enters and leaves the pipeline that is due in a period."""

from __future__ import annotations

from data.sql import Step

PARTS = {
    "start": "Due at the start",
    "new": "New",
    "increased": "Increased",
    "pulled_in": "Pulled in",
    "untold": "Due day told only at closing",
    "pushed_out": "Pushed out",
    "lost": "Lost",
    "decreased": "Decreased",
    "won": "Won",
    "end": "Due at the end",
}
"""The parts of the movement in their order, and what they are called."""

_DUE = "BETWEEN scoped.period_start AND scoped.period_end"

_NOTHING = "CAST(0 AS DECIMAL(18, 2))"

MOVES = (
    Step(
        "changes",
        f"""
        SELECT scoped.opportunity_id, scoped.outcome, scoped.opened_on, scoped.period_start,
            changed_on, what, is_untold, amount_before, amount_after, due_before_on, due_after_on,
            CASE WHEN what <> 'opened' AND due_before_on {_DUE} THEN 1 ELSE 0 END AS was_in,
            CASE WHEN what <> 'closed' AND due_after_on {_DUE} THEN 1 ELSE 0 END AS is_in
        FROM scoped
        JOIN pipeline_change ON pipeline_change.opportunity_id = scoped.opportunity_id
        WHERE changed_on <= scoped.period_end AND changed_on <= scoped.observed_until
            AND (due_before_on {_DUE} OR due_after_on {_DUE})
        """,
    ),
    Step(
        "moves",
        f"""
        SELECT opportunity_id, changed_on, due_before_on, due_after_on,
            is_in - was_in AS deals,
            CASE WHEN is_in = 1 AND amount_after IS NULL THEN 1 ELSE 0 END
                - CASE WHEN was_in = 1 AND amount_before IS NULL THEN 1 ELSE 0 END
                AS unpriced_deals,
            CASE WHEN is_in = 1 THEN coalesce(amount_after, {_NOTHING}) ELSE {_NOTHING} END
                - CASE WHEN was_in = 1 THEN coalesce(amount_before, {_NOTHING}) ELSE {_NOTHING} END
                AS amount,
            CASE WHEN changed_on < period_start THEN 'start'
                WHEN what = 'opened' THEN 'new'
                WHEN what = 'closed' THEN outcome
                WHEN what = 'due' AND is_untold AND opened_on >= period_start THEN 'new'
                WHEN what = 'due' AND is_untold THEN 'untold'
                WHEN what = 'due' AND is_in = 1 THEN 'pulled_in'
                WHEN what = 'due' THEN 'pushed_out'
                WHEN amount_before > coalesce(amount_after, {_NOTHING}) THEN 'decreased'
                ELSE 'increased' END AS part
        FROM changes
        WHERE was_in <> is_in OR (what = 'amount' AND was_in = 1)
        """,
    ),
)
"""Steps after `scoped` (deal): one row per change that moves the pipeline due in the period.

`deals`, `unpriced_deals` and `amount` are what it adds, of what leaves below zero. All changes
before the period together are the `start`.
"""
