"""Contacts: what was done to people, once per person, way, campaign and day, and its answers."""

from __future__ import annotations

from data.definitions import Definitions
from data.sql import Step
from metrics.reach.asked import asked_steps, of_people
from metrics.scope import Scope

PROMOTION = "NOT is_sales AND campaign IS NOT NULL"
"""Which contacts are promotions: those of a campaign, through no channel of sales."""


def contact_steps(
    scope: Scope, definitions: Definitions, **more: list[tuple[str, str]]
) -> tuple[Step, ...]:
    """Steps to `contacts`: all until the end of the period, also those before its start.

    Rows of the table `contact`, of whom the scope is about. `in_period` is 1 within the scope's
    period; `seen_at` is the end of what is observed. `more` are lists to bind, as for
    `asked_steps`.
    """
    return (
        *asked_steps(scope, definitions, more),
        Step(
            "contacts",
            f"""
            SELECT contact.*, bounds.seen_at,
                CASE WHEN contact.contact_at >= bounds.start_at THEN 1 ELSE 0 END AS in_period
            FROM contact
            {of_people(scope, "contact.person_id")}
            CROSS JOIN bounds
            WHERE contact.contact_at < bounds.end_at
            """,
        ),
    )


def answered_steps(
    scope: Scope, definitions: Definitions, **more: list[tuple[str, str]]
) -> tuple[Step, ...]:
    """Steps to `answered_contacts`, after those of `contact_steps`: contacts of the period.

    `is_answered` is 1 where the person did something that the definitions call a response, within
    the days they give, and was not contacted again before; `drove_away` where they withdrew consent
    so. `is_ripe` is 1 where all these days are observed; until then a contact without an answer may
    still get one. A call that was connected answers itself where the definitions call it a
    response.
    """
    days = int(definitions.reach.response_days)
    return (
        *contact_steps(scope, definitions, **more),
        Step(
            "followed_contacts",
            """
            SELECT contacts.*, CAST(seen_at AS DATE) AS seen_on,
                CAST(CASE WHEN answered_at < seen_at THEN answered_at END AS DATE) AS answered_on,
                CAST(CASE WHEN withdrawn_at < seen_at THEN withdrawn_at END AS DATE)
                    AS withdrawn_on
            FROM contacts
            WHERE in_period = 1
            """,
        ),
        Step(
            "answered_contacts",
            f"""
            SELECT followed_contacts.*,
                CASE WHEN date_diff('day', contact_on, answered_on) <= {days} THEN 1 ELSE 0 END
                    AS is_answered,
                CASE WHEN date_diff('day', contact_on, withdrawn_on) <= {days} THEN 1 ELSE 0 END
                    AS drove_away,
                CASE WHEN date_diff('day', contact_on, seen_on) > {days} THEN 1 ELSE 0 END
                    AS is_ripe
            FROM followed_contacts
            """,
        ),
    )
