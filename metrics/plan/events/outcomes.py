"""SQL steps of the event funnel: what followed, and how many people took each step."""

from __future__ import annotations

from data.sql import Query, Step, kept_step
from metrics.plan.events.records import (
    HIGH_VALUE_DAYS,
    OPPORTUNITY_DAYS,
    asked_people_step,
    asked_step,
    event_rows,
    facts_step,
    filtered_columns,
    people_steps,
    took_steps,
)
from metrics.scope import Dimension, Scope

EVENT_COLUMNS = (
    "campaign_id", "campaign", "kind", "starts_on", "ends_on", "is_running", "cost_amount",
    "has_list", "has_fates", "kind_fates", "has_reached", "has_registered", "knows_opens",
    "knows_registered", "knows_attended", "followed_days", "tells_value", "tells_deals",
)  # fmt: skip
"""What is told of an event as a whole, on each row about its people."""


def outcome_steps(scope: Scope) -> tuple[Step, ...]:
    """Steps to `outcomes`: per campaign and person, what followed attendance.

    Where attendance is never recorded it is what followed registering, else being reached. An
    opportunity is credited to one person of an event: the person of its primary lead, else the
    first of its account. Of leads that the viewer may not see there is none.
    """
    visible = (
        "JOIN (SELECT lead_id FROM facts WHERE row_kind = 'lead') AS visible"
        " ON visible.lead_id = deal.lead_id"
        if scope.viewer.restrictions
        else ""
    )
    within = (
        f"deal.opened_on >= based.base_on"
        f" AND date_diff('day', based.base_on, deal.opened_on) <= {OPPORTUNITY_DAYS}"
    )
    return (
        Step(
            "based",
            """
            SELECT campaign_id, person_id, base_at, CAST(base_at AS DATE) AS base_on
            FROM (
                SELECT took.campaign_id, took.person_id,
                    CASE WHEN events.knows_attended THEN took.attended_at
                        WHEN events.has_registered = 1 THEN took.registered_at
                        ELSE took.reached_at END AS base_at
                FROM took
                JOIN events ON events.campaign_id = took.campaign_id
            ) AS moments
            WHERE base_at IS NOT NULL
            """,
        ),
        Step(
            "active",
            f"""
            SELECT DISTINCT based.campaign_id, based.person_id
            FROM based
            JOIN high_values ON high_values.person_id = based.person_id
                AND high_values.occurred_at >= based.base_at
                AND date_diff('day', based.base_on, high_values.occurred_on) <= {HIGH_VALUE_DAYS}
            """,
        ),
        Step(
            "companies",
            """
            SELECT person_id, min(account_id) AS account_id
            FROM (
                SELECT person_id, account_id FROM touch
                UNION ALL
                SELECT person_id, account_id FROM journey
            ) AS accounts
            WHERE person_id IS NOT NULL AND account_id IS NOT NULL
            GROUP BY person_id
            """,
        ),
        Step(
            "lead_people",
            "SELECT lead_id, min(person_id) AS person_id FROM journey GROUP BY lead_id",
        ),
        Step(
            "opened",
            f"""
            SELECT deal.opportunity_id, deal.account_id, deal.opened_on, lead_people.person_id
            FROM deal
            CROSS JOIN bounds
            LEFT JOIN lead_people ON lead_people.lead_id = deal.lead_id
            {visible}
            WHERE deal.opened_on <= bounds.observed_until
            """,
        ),
        Step(
            "candidates",
            f"""
            SELECT based.campaign_id, deal.opportunity_id, based.person_id, based.base_at,
                0 AS place
            FROM opened AS deal
            JOIN based ON based.person_id = deal.person_id
            WHERE {within}
            UNION ALL
            SELECT based.campaign_id, deal.opportunity_id, based.person_id, based.base_at,
                1 AS place
            FROM opened AS deal
            JOIN companies ON companies.account_id = deal.account_id
            JOIN based ON based.person_id = companies.person_id
            WHERE {within}
            """,
        ),
        Step(
            "credited_deals",
            """
            SELECT campaign_id, person_id, opportunity_id
            FROM (
                SELECT campaign_id, person_id, opportunity_id, row_number() OVER (
                    PARTITION BY campaign_id, opportunity_id ORDER BY place, base_at, person_id
                ) AS rank_of_person
                FROM candidates
            ) AS ranked_people
            WHERE rank_of_person = 1
            """,
        ),
        Step("credited", "SELECT DISTINCT campaign_id, person_id FROM credited_deals"),
    )


def flagged_step() -> Step:
    """Step `flagged`: per campaign and person, which steps were taken, after `outcome_steps`."""
    mail_arrived = (
        "(took.mails > 0 AND CASE WHEN events.has_deliveries = 1 THEN took.delivered > 0"
        " ELSE took.mails_sent > took.bounced END)"
    )
    return Step(
        "flagged",
        f"""
        SELECT {", ".join(f"events.{each}" for each in EVENT_COLUMNS)}, took.person_id,
            CASE WHEN events.has_list = 0 THEN 'unknown'
                WHEN took.mails > 0 AND took.calls > 0 THEN 'both'
                WHEN took.mails > 0 THEN 'email'
                WHEN took.calls > 0 THEN 'call'
                ELSE 'uninvited' END AS method,
            greatest(took.mails_sent, took.mails_told) AS mails, took.calls,
            took.mails + took.calls > 0 AS is_listed,
            took.reached_at IS NOT NULL OR took.registered_at IS NOT NULL
                OR took.attended_at IS NOT NULL OR took.callable > 0 OR {mail_arrived}
                AS is_valid,
            took.reached_at IS NOT NULL OR took.registered_at IS NOT NULL
                OR took.attended_at IS NOT NULL AS is_reached,
            took.registered_at IS NOT NULL OR took.attended_at IS NOT NULL AS is_registered,
            took.attended_at IS NOT NULL AS is_attended,
            active.person_id IS NOT NULL AS is_active,
            credited.person_id IS NOT NULL AS is_credited
        FROM took
        JOIN events ON events.campaign_id = took.campaign_id
        LEFT JOIN active ON active.campaign_id = took.campaign_id
            AND active.person_id = took.person_id
        LEFT JOIN credited ON credited.campaign_id = took.campaign_id
            AND credited.person_id = took.person_id
        """,
    )


def counted_steps(scope: Scope, by: Dimension | None) -> tuple[Step, ...]:
    """Steps to `counted`: per campaign, method and segment, how many took each step or later.

    What is known of people is kept: it is the same whoever is asked for.

    Also by what the scope's filters are about, so that another value is another sum of the rows.
    """
    columns = "".join(f"{name}, " for name in filtered_columns(scope))
    event = ", ".join(EVENT_COLUMNS)
    counts = ",\n".join(
        f"count(CASE WHEN {flag} THEN 1 END) AS {name}"
        for name, flag in (
            ("listed", "is_listed"),
            ("valid_contact", "is_valid"),
            ("reached", "is_reached"),
            ("registered", "is_registered"),
            ("attended", "is_attended"),
            ("high_value", "is_active OR is_credited"),
            ("opportunity", "is_credited"),
        )
    )
    known = Query(
        facts_step(scope), *took_steps(), *event_rows(), *outcome_steps(scope), flagged_step()
    )
    return (
        kept_step("flagged", known),
        asked_step(scope, by),
        *people_steps(scope),
        asked_people_step(scope, by, "flagged", "asked_people"),
        Step(
            "counted",
            f"""
            SELECT {event}, {columns}method, segment,
                CAST(sum(mails) AS BIGINT) AS mails, CAST(sum(calls) AS BIGINT) AS calls,
                {counts}
            FROM asked_people
            GROUP BY {event}, {columns}method, segment
            ORDER BY starts_on, campaign_id, method, segment
            """,
        ),
    )
