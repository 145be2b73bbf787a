"""Contacts: what was done to people, once per person, way, campaign and day, and its answers."""

from __future__ import annotations

from data.definitions import Definitions
from data.references import CAMPAIGNS, named_steps
from data.schema.contract import UNASSIGNED
from data.sql import Step
from metrics.reach.asked import asked_steps, contact_actions, listed, named, of_people
from metrics.scope import Scope

CAP_DAYS = 30
"""The days in which contacts of one person are counted against the cap."""

PROMOTION = "is_sales = 0 AND campaign IS NOT NULL"
"""Which contacts are promotions: those of a campaign, through no channel of sales."""

_FIRST_DAY = "CAST('2000-01-01' AS DATE)"


def contact_steps(
    scope: Scope, definitions: Definitions, **more: list[tuple[str, str]]
) -> tuple[Step, ...]:
    """Steps to `contacts`: all until the end of the period, also those before its start.

    One row per person, way, campaign and day of UTC: what was sent, delivered and bounced of one
    mailing on a day is one contact, at the moment of the first. `channel` is that of the
    interaction, else of its campaign; `campaign` its name, null where none is named. `is_sales`
    and `is_failed` are 1 and 0: made through a channel of sales, came back. `in_period` is 1 within
    the scope's period. `nth` counts the person's contacts of the 30 days up to this one, itself
    included. `more` are lists to bind, as for `asked_steps`.
    """
    lists = {
        "contact": contact_actions(definitions),
        "failed": named(definitions.reach.mail.bounced),
        "sales": named(definitions.touch.sales_channels),
        **more,
    }
    return (
        *asked_steps(scope, definitions, lists),
        *named_steps(CAMPAIGNS),
        Step(
            "done",
            f"""
            SELECT coalesce(person_identity.person_id, interaction.person_id) AS person_id,
                contact_list.stands_for AS way,
                coalesce(campaigns.campaign_id, interaction.campaign_id) AS campaign_id,
                coalesce(campaigns.name, interaction.campaign_id) AS campaign,
                coalesce(interaction.channel, campaigns.channel, '{UNASSIGNED}') AS channel,
                interaction.occurred_at, CAST(interaction.occurred_at AS DATE) AS contact_on,
                interaction.interaction_id,
                CASE WHEN failed_list.name IS NULL THEN 0 ELSE 1 END AS is_failed
            FROM interaction
            JOIN {listed("contact")} ON contact_list.name = interaction.action
            LEFT JOIN {listed("failed")} ON failed_list.name = interaction.action
            LEFT JOIN person_identity ON person_identity.reference = interaction.person_id
            LEFT JOIN campaigns ON campaigns.reference = interaction.campaign_id
            CROSS JOIN bounds
            WHERE interaction.person_id IS NOT NULL AND interaction.occurred_at < bounds.end_at
            """,
        ),
        Step(
            "days_of_contact",
            f"""
            SELECT done.person_id, done.way, done.campaign_id, done.contact_on,
                min(done.campaign) AS campaign, min(done.channel) AS channel,
                min(done.occurred_at) AS contact_at, min(done.interaction_id) AS contact_id,
                max(done.is_failed) AS is_failed
            FROM done
            {of_people(scope, "done.person_id")}
            GROUP BY done.person_id, done.way, done.campaign_id, done.contact_on
            """,
        ),
        Step(
            "numbered_contacts",
            f"""
            SELECT days_of_contact.*, date_diff('day', {_FIRST_DAY}, contact_on) AS day_number,
                row_number() OVER (PARTITION BY person_id ORDER BY contact_at, contact_id) AS place
            FROM days_of_contact
            """,
        ),
        Step(
            "contacts",
            f"""
            SELECT numbered_contacts.*,
                place - count(*) OVER (
                    PARTITION BY person_id ORDER BY day_number
                    RANGE BETWEEN UNBOUNDED PRECEDING AND {CAP_DAYS} PRECEDING
                ) AS nth,
                CASE WHEN sales_list.name IS NULL THEN 0 ELSE 1 END AS is_sales,
                CASE WHEN contact_at >= bounds.start_at THEN 1 ELSE 0 END AS in_period
            FROM numbered_contacts
            LEFT JOIN {listed("sales")} ON sales_list.name = numbered_contacts.channel
            CROSS JOIN bounds
            """,
        ),
    )


def answered_steps(
    scope: Scope, definitions: Definitions, **more: list[tuple[str, str]]
) -> tuple[Step, ...]:
    """Steps to `answered_contacts`, after those of `contact_steps`: contacts of the period.

    `is_answered` is 1 where the person did something that the definitions call a response, within
    the days they give, and was not contacted again before. `is_ripe` is 1 where all these days are
    observed; until then a contact without an answer may still get one. A call that was connected
    answers itself where the definitions call it a response.
    """
    days = int(definitions.reach.response_days)
    lists = {"response": named(definitions.reach.responses), **more}
    return (
        *contact_steps(scope, definitions, **lists),
        Step(
            "moments",
            f"""
            SELECT person_id, contact_at AS moment, 0 AS is_response FROM contacts
            UNION ALL
            SELECT touch.person_id, touch.occurred_at, 1
            FROM touch
            JOIN {listed("response")} ON response_list.name = touch.action
            {of_people(scope, "touch.person_id")}
            CROSS JOIN bounds
            WHERE touch.person_id IS NOT NULL AND touch.occurred_at < bounds.seen_at
            """,
        ),
        Step(
            "placed",
            """
            SELECT person_id, moment, is_response,
                max(CASE WHEN is_response = 0 THEN moment END) OVER (
                    PARTITION BY person_id ORDER BY moment, is_response
                    ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
                ) AS contact_at
            FROM moments
            """,
        ),
        Step(
            "answers",
            """
            SELECT person_id, contact_at, CAST(contact_at AS DATE) AS contact_on,
                CAST(moment AS DATE) AS response_on
            FROM placed
            WHERE is_response = 1 AND contact_at IS NOT NULL
            """,
        ),
        Step(
            "answered",
            f"""
            SELECT DISTINCT person_id, contact_at FROM answers
            WHERE date_diff('day', contact_on, response_on) <= {days}
            """,
        ),
        Step(
            "observed",
            """
            SELECT CAST(seen_at AS DATE) AS seen_on FROM bounds
            """,
        ),
        Step(
            "answered_contacts",
            f"""
            SELECT contacts.*,
                CASE WHEN answered.person_id IS NULL THEN 0 ELSE 1 END AS is_answered,
                CASE WHEN date_diff('day', contacts.contact_on, observed.seen_on) > {days}
                    THEN 1 ELSE 0 END AS is_ripe
            FROM contacts
            LEFT JOIN answered ON answered.person_id = contacts.person_id
                AND answered.contact_at = contacts.contact_at
            CROSS JOIN observed
            WHERE contacts.in_period = 1
            """,
        ),
    )
