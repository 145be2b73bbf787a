"""SQL steps of what belongs to accounts: their people with touches, and sums of their deals."""

from __future__ import annotations

from data.sql import Step
from metrics.accounts.members import owner_known
from metrics.money import unconverted
from metrics.scope import Scope


def people_steps(scope: Scope, wanted: str) -> tuple[Step, ...]:
    """Steps to `account_people`: the people of the accounts of a step, and what they did.

    One row per account and person: somebody whose lead is the account's, who is recorded as one
    of its people, or whose touches are its. `touches` are all until the last day that counts,
    `touches_in_period` those of the period. To a viewer of some rows only those with a lead are
    somebody's.
    """
    parts = [
        f"""
        SELECT DISTINCT leads.account_id, leads.person_id
        FROM leads JOIN {wanted} ON {wanted}.account_id = leads.account_id
        WHERE leads.person_id IS NOT NULL
        """
    ]
    if not scope.viewer.restrictions:
        parts += [
            f"""
            SELECT touch.account_id, touch.person_id
            FROM touch
            JOIN {wanted} ON {wanted}.account_id = touch.account_id
            CROSS JOIN bounds
            WHERE touch.person_id IS NOT NULL AND touch.occurred_on <= bounds.until_on
            """,
            f"""
            SELECT identity.account_id, person_identity.person_id
            FROM person
            JOIN account_identity AS identity
                ON identity.reference = person.account_id AND identity.applied
            JOIN {wanted} ON {wanted}.account_id = identity.account_id
            JOIN person_identity ON person_identity.reference = person.person_id
            """,
        ]
    return (
        Step("their_people", "UNION".join(parts)),
        Step("touching_people", "SELECT DISTINCT person_id FROM their_people"),
        Step(
            "people_touches",
            """
            SELECT touch.person_id, count(*) AS touches,
                count(CASE WHEN touch.occurred_on >= bounds.start_on THEN 1 END)
                    AS touches_in_period,
                max(touch.occurred_on) AS last_touch_on
            FROM touch
            JOIN touching_people ON touching_people.person_id = touch.person_id
            CROSS JOIN bounds
            WHERE touch.occurred_on <= bounds.until_on
            GROUP BY touch.person_id
            """,
        ),
        Step(
            "account_people",
            """
            SELECT their_people.account_id, their_people.person_id,
                coalesce(people_touches.touches, 0) AS touches,
                coalesce(people_touches.touches_in_period, 0) AS touches_in_period,
                people_touches.last_touch_on
            FROM their_people
            LEFT JOIN people_touches ON people_touches.person_id = their_people.person_id
            """,
        ),
    )


def deal_counts(name: str, wanted: str) -> Step:
    """A step of one row per account: its deals open at the end, and those won in the period.

    The columns of `unconverted` say which amounts cannot be converted. Deals without an amount, or
    without any day whose exchange rate would hold, are counted as unpriced.
    """
    priced = "(deals.is_open OR deals.is_won)"
    without = f"{priced} AND deals.amount IS NULL"
    dated = "coalesce(closed_on, since_on) IS NOT NULL"
    missing = f"{without} AND deals.original_amount IS NOT NULL AND {dated}"
    return Step(
        name,
        f"""
        SELECT deals.account_id,
            count(CASE WHEN is_open THEN 1 END) AS open_deals,
            count(CASE WHEN is_won THEN 1 END) AS won_deals,
            CAST(sum(CASE WHEN is_open THEN amount END) AS DECIMAL(18, 2)) AS open_amount,
            CAST(sum(CASE WHEN is_won THEN amount END) AS DECIMAL(18, 2)) AS won_amount,
            count(CASE WHEN {without} AND NOT (original_amount IS NOT NULL AND {dated})
                THEN 1 END) AS unpriced_deals,
            min(CASE WHEN is_open THEN {owner_known("deals.owner")} END) AS deal_owner,
            {unconverted(missing, "coalesce(closed_on, since_on)")}
        FROM deals
        JOIN {wanted} ON {wanted}.account_id = deals.account_id
        GROUP BY deals.account_id
        """,
    )
