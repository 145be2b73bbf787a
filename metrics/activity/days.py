"""Days on which people did something: the rows that every metric of activity counts.

Whom a question is about is asked as for reach.
"""

from __future__ import annotations

from data.definitions import Definitions
from data.sql import Step
from metrics.reach.asked import asked_steps, of_people
from metrics.scope import Scope


def active_day_steps(
    scope: Scope, definitions: Definitions, **lists: list[tuple[str, str]]
) -> tuple[Step, ...]:
    """Steps to `active_days`, after those of `asked_steps`: one row per person and active day.

    All days until the end of the scope's period as far as it is observed, in the reporting time
    zone. `account_id` is the person's company, null where it is not known.
    """
    return (
        *asked_steps(scope, definitions, lists),
        Step(
            "active_days",
            f"""
            SELECT touch.person_id, touch.occurred_on AS active_on,
                min(touch.account_id) AS account_id
            FROM touch
            {of_people(scope, "touch.person_id")}
            CROSS JOIN bounds
            WHERE touch.person_id IS NOT NULL AND touch.occurred_on <= bounds.end_on
            GROUP BY touch.person_id, touch.occurred_on
            """,
        ),
    )
