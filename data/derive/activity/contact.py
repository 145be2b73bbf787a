"""SQL steps that build `contact`: what was done to people, and what they did upon it."""

from __future__ import annotations

import polars as pl

from data.definitions import Definitions
from data.schema.contract import UNASSIGNED
from data.spelling import Spelt
from data.sql import Step

CAP_DAYS = 30
"""The days in which contacts of one person are counted against the cap."""

_FIRST_DAY = "CAST('2000-01-01' AS DATE)"


def terms_of_contact(definitions: Definitions) -> dict[str, pl.DataFrame]:
    """The definitions' terms of contact as small tables, by the name under which steps join them.

    `contact_action` has every outbound action with its way of contact and whether it failed;
    `answering_action` those that are an answer.
    """
    reach = definitions.reach
    return {
        "contact_action": pl.DataFrame(
            [
                (action, reach.way_of(action), action in reach.mail.bounced)
                for action in definitions.touch.outbound
            ],
            schema={"action": pl.String, "way": pl.String, "fails": pl.Boolean},
            orient="row",
        ),
        "answering_action": pl.DataFrame({"action": reach.responses}, schema={"action": pl.String}),
    }


def contact_steps() -> tuple[Step, ...]:
    """Steps that end in `contact`, after those of `segments` and `touch`.

    What was sent, delivered and bounced of one mailing on a day of UTC is one contact, at the
    moment of the first.
    """
    channel = Spelt("channel", f"coalesce(interaction.channel, campaigns.channel, '{UNASSIGNED}')")
    return (
        Step(
            "done",
            f"""
            SELECT coalesce(aliases.person_id, interaction.person_id) AS person_id,
                contact_action.way, coalesce(campaigns.campaign_id, interaction.campaign_id)
                    AS campaign_id,
                coalesce(campaigns.name, interaction.campaign_id) AS campaign,
                {channel.shown} AS channel,
                interaction.occurred_at, interaction.interaction_id, contact_action.fails
            FROM interaction
            JOIN contact_action ON contact_action.action = interaction.action
            LEFT JOIN aliases ON aliases.reference = interaction.person_id
            LEFT JOIN campaigns ON campaigns.reference = interaction.campaign_id
            {channel.join}
            WHERE interaction.person_id IS NOT NULL
            """,
        ),
        Step(
            "days",
            """
            SELECT person_id, way, campaign_id, CAST(occurred_at AS DATE) AS contact_on,
                min(campaign) AS campaign, min(channel) AS channel, min(occurred_at) AS contact_at,
                min(interaction_id) AS contact_id, max(fails) AS is_failed
            FROM done
            GROUP BY person_id, way, campaign_id, CAST(occurred_at AS DATE)
            """,
        ),
        Step(
            "numbered",
            f"""
            SELECT days.*, date_diff('day', {_FIRST_DAY}, contact_on) AS day_number,
                row_number() OVER (PARTITION BY person_id ORDER BY contact_at, contact_id) AS place
            FROM days
            """,
        ),
        Step(
            "counted",
            f"""
            SELECT numbered.*,
                place - count(*) OVER (
                    PARTITION BY person_id ORDER BY day_number
                    RANGE BETWEEN UNBOUNDED PRECEDING AND {CAP_DAYS} PRECEDING
                ) AS nth
            FROM numbered
            """,
        ),
        *_followed_by(
            "answers",
            """
            SELECT touch.person_id, touch.occurred_at AS moment
            FROM touch
            JOIN answering_action ON answering_action.action = touch.action
            WHERE touch.person_id IS NOT NULL
            """,
        ),
        *_followed_by(
            "withdrawals",
            """
            SELECT coalesce(aliases.person_id, consent_event.person_id) AS person_id,
                consent_event.changed_at AS moment
            FROM consent_event
            LEFT JOIN aliases ON aliases.reference = consent_event.person_id
            WHERE consent_event.state = 'withdrawn'
            UNION ALL
            SELECT coalesce(aliases.person_id, person.person_id), person.consent_at
            FROM person
            LEFT JOIN aliases ON aliases.reference = person.person_id
            WHERE person.consent = 'withdrawn' AND person.consent_at IS NOT NULL
            """,
        ),
        Step(
            "contact",
            """
            SELECT counted.contact_id, counted.person_id, counted.way, counted.campaign_id,
                counted.campaign, counted.channel, counted.contact_at, counted.contact_on,
                counted.place, counted.nth, counted.is_failed,
                sales_channel.channel IS NOT NULL AS is_sales,
                answers.moment AS answered_at, withdrawals.moment AS withdrawn_at
            FROM counted
            LEFT JOIN sales_channel ON sales_channel.channel = counted.channel
            LEFT JOIN answers ON answers.person_id = counted.person_id
                AND answers.contact_at = counted.contact_at
            LEFT JOIN withdrawals ON withdrawals.person_id = counted.person_id
                AND withdrawals.contact_at = counted.contact_at
            ORDER BY counted.contact_at, counted.contact_id
            """,
        ),
    )


def _followed_by(name: str, moments: str) -> tuple[Step, ...]:
    """Steps to a moment of contact of a person and the first of `moments` before the next one."""
    return (
        Step(f"moments_of_{name}", moments),
        Step(
            name,
            f"""
            SELECT moments.person_id, counted.contact_at, min(moments.moment) AS moment
            FROM moments_of_{name} AS moments
            ASOF JOIN counted ON counted.person_id = moments.person_id
                AND counted.contact_at <= moments.moment
            GROUP BY moments.person_id, counted.contact_at
            """,
        ),
    )
