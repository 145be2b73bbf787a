"""SQL steps of what is known of people who went no further, after those of the Event planner."""

from __future__ import annotations

from data.sql import Step
from metrics.plan.events.outcomes import EVENT_COLUMNS
from metrics.plan.events.records import HIGH_VALUE_DAYS

FLAGS = (
    "is_listed", "is_valid", "is_reached", "is_registered", "is_attended", "is_high_value",
    "is_credited", "is_won",
)  # fmt: skip
"""Whether a person took each step of the funnel or a later one, in the order of the steps."""

SIGNALS = (
    "bounced", "wrong_number", "voicemail", "no_answer", "talked", "replied", "clicked", "opened",
    "withdrawn", "do_not_contact", "invalid", "has_low", "has_lead", "exit_reason", "has_open",
    "lost_reason",
)  # fmt: skip
"""What is known of a person, from which the reason of a loss is read."""

BAD_STATES = "'invalid', 'bounced', 'disposable', 'none'"

_CLOSED = "coalesce(deal.closed_on, deal.opened_on) <= bounds.observed_until"
"""A deal that is won or lost on a day nobody recorded was so when it was opened at the earliest."""

_TOLD = {
    "bounced": "done.tells = 'bounced'",
    "wrong_number": "done.tells = 'wrong_number'",
    "voicemail": "done.action = 'call_voicemail'",
    "no_answer": "done.action = 'call_no_answer'",
    "talked": "done.tells = 'talked'",
    "replied": "done.action = 'reply'",
    "clicked": "done.action = 'email_click'",
    "opened": "done.action = 'email_open'",
}


def signal_steps() -> tuple[Step, ...]:
    """Steps to what `people_step` joins, each by campaign and person, or by person."""
    told = ",\n".join(
        f"max(CASE WHEN {condition} THEN 1 ELSE 0 END) AS {name}"
        for name, condition in _TOLD.items()
    )
    return (
        Step(
            "told_of",
            f"SELECT campaign_id, person_id, {told} FROM done GROUP BY campaign_id, person_id",
        ),
        *_CALLS,
        *_CONTACTS,
        Step(
            "lows",
            f"""
            SELECT DISTINCT based.campaign_id, based.person_id
            FROM based
            JOIN touch ON touch.person_id = based.person_id
                AND touch.value_tier = 'low' AND touch.occurred_at > based.base_at
                AND date_diff('day', based.base_on, touch.occurred_on) <= {HIGH_VALUE_DAYS}
            CROSS JOIN bounds
            WHERE touch.occurred_on <= bounds.observed_until
            """,
        ),
        Step(
            "leads_of",
            """
            SELECT based.campaign_id, based.person_id, 1 AS has_lead,
                min(CASE WHEN journey.exit_on >= based.base_on
                    AND journey.exit_on <= bounds.observed_until
                    THEN journey.exit_reason END) AS exit_reason
            FROM based
            JOIN journey ON journey.person_id = based.person_id
            CROSS JOIN bounds
            WHERE journey.lead_on <= bounds.observed_until
            GROUP BY based.campaign_id, based.person_id
            """,
        ),
        Step(
            "deals_of",
            f"""
            SELECT credited_deals.campaign_id, credited_deals.person_id,
                max(CASE WHEN deal.outcome = 'won' AND {_CLOSED} THEN 1 ELSE 0 END) AS has_won,
                max(CASE WHEN deal.outcome <> 'open' AND {_CLOSED} THEN 0 ELSE 1 END) AS has_open,
                min(CASE WHEN deal.outcome = 'lost' AND {_CLOSED}
                    THEN opportunity.lost_reason END) AS lost_reason
            FROM credited_deals
            JOIN deal ON deal.opportunity_id = credited_deals.opportunity_id
            LEFT JOIN opportunity
                ON opportunity.opportunity_id = credited_deals.opportunity_id
            CROSS JOIN bounds
            GROUP BY credited_deals.campaign_id, credited_deals.person_id
            """,
        ),
    )


def people_step() -> Step:
    """Step `known_people`: per campaign and person, the steps taken and what else is known.

    `registered_at` and `base_at`, from which what followed is counted; when they last asked to be
    called back, `asked_at`, and were last called, `called_at`; and their `account_id`.
    """
    event = ", ".join(f"flagged.{name}" for name in EVENT_COLUMNS)
    told = ", ".join(f"told_of.{name}" for name in _TOLD)
    return Step(
        "known_people",
        f"""
        SELECT {event}, bounds.observed_until, flagged.person_id, flagged.method,
            flagged.is_listed, flagged.is_valid, flagged.is_reached, flagged.is_registered,
            flagged.is_attended, flagged.is_active OR flagged.is_credited AS is_high_value,
            flagged.is_credited, coalesce(deals_of.has_won, 0) = 1 AS is_won,
            {told}, coalesce(refusals.is_withdrawn, 0) AS withdrawn,
            coalesce(contact_states.do_not_contact, 0) AS do_not_contact,
            coalesce(contact_states.is_invalid, 0) AS invalid,
            CASE WHEN lows.person_id IS NULL THEN 0 ELSE 1 END AS has_low,
            coalesce(leads_of.has_lead, 0) AS has_lead, leads_of.exit_reason,
            coalesce(deals_of.has_open, 0) AS has_open, deals_of.lost_reason,
            took.registered_at, took.attended_at, based.base_at, asked_back.asked_at,
            calls_to.called_at, companies.account_id
        FROM flagged
        CROSS JOIN bounds
        JOIN took ON took.campaign_id = flagged.campaign_id
            AND took.person_id = flagged.person_id
        JOIN told_of ON told_of.campaign_id = flagged.campaign_id
            AND told_of.person_id = flagged.person_id
        LEFT JOIN contact_states ON contact_states.person_id = flagged.person_id
        LEFT JOIN refusals ON refusals.campaign_id = flagged.campaign_id
            AND refusals.person_id = flagged.person_id
        LEFT JOIN lows ON lows.campaign_id = flagged.campaign_id
            AND lows.person_id = flagged.person_id
        LEFT JOIN leads_of ON leads_of.campaign_id = flagged.campaign_id
            AND leads_of.person_id = flagged.person_id
        LEFT JOIN deals_of ON deals_of.campaign_id = flagged.campaign_id
            AND deals_of.person_id = flagged.person_id
        LEFT JOIN based ON based.campaign_id = flagged.campaign_id
            AND based.person_id = flagged.person_id
        LEFT JOIN asked_back ON asked_back.campaign_id = flagged.campaign_id
            AND asked_back.person_id = flagged.person_id
        LEFT JOIN calls_to ON calls_to.person_id = flagged.person_id
        LEFT JOIN companies ON companies.person_id = flagged.person_id
        """,
    )


_PURPOSES = "'all', 'marketing', 'events', 'event'"

_CONTACTS = (
    Step(
        "person_records",
        """
        SELECT coalesce(person_identity.person_id, person.person_id) AS person_id,
            person.email_state, person.phone_state, person.consent, person.consent_at,
            person.do_not_contact
        FROM person
        LEFT JOIN person_identity ON person_identity.reference = person.person_id
        """,
    ),
    Step(
        "contact_states",
        f"""
        SELECT person_id, max(CASE WHEN do_not_contact THEN 1 ELSE 0 END) AS do_not_contact,
            CASE WHEN max(CASE WHEN email_state IN ({BAD_STATES}) THEN 1 ELSE 0 END) = 1
                AND max(CASE WHEN email_state IN ('valid', 'role') THEN 1 ELSE 0 END) = 0
                THEN 1 ELSE 0 END AS is_invalid
        FROM person_records
        GROUP BY person_id
        """,
    ),
    Step(
        "statements",
        f"""
        SELECT person_id, 'all' AS channel, consent AS state, consent_at AS stated_at
        FROM person_records
        WHERE consent IN ('granted', 'withdrawn') AND consent_at IS NOT NULL
        UNION ALL
        SELECT coalesce(person_identity.person_id, consent_event.person_id) AS person_id,
            lower(consent_event.channel) AS channel, consent_event.state,
            consent_event.changed_at AS stated_at
        FROM consent_event
        LEFT JOIN person_identity ON person_identity.reference = consent_event.person_id
        WHERE lower(consent_event.purpose) IN ({_PURPOSES})
        """,
    ),
    Step(
        "refusals",
        """
        SELECT campaign_id, person_id, 1 AS is_withdrawn
        FROM (
            SELECT took.campaign_id, took.person_id, statements.state, row_number() OVER (
                PARTITION BY took.campaign_id, took.person_id
                ORDER BY statements.stated_at DESC,
                    CASE statements.state WHEN 'withdrawn' THEN 0 ELSE 1 END
            ) AS place
            FROM took
            JOIN events ON events.campaign_id = took.campaign_id
            JOIN statements ON statements.person_id = took.person_id
            WHERE CAST(statements.stated_at AS DATE)
                    <= least(events.ends_on, events.observed_until)
                AND (statements.channel = 'all'
                    OR (statements.channel IN ('email', 'e-mail') AND took.mails > 0)
                    OR (statements.channel IN ('phone', 'call', 'telemarketing')
                        AND took.calls > 0))
        ) AS ranked
        WHERE place = 1 AND state = 'withdrawn'
        """,
    ),
)

_CALLS = (
    Step(
        "asked_back",
        """
        SELECT campaign_id, person_id, max(occurred_at) AS asked_at
        FROM done WHERE action = 'callback_requested'
        GROUP BY campaign_id, person_id
        """,
    ),
    Step(
        "calls_to",
        """
        SELECT coalesce(person_identity.person_id, interaction.person_id) AS person_id,
            max(interaction.occurred_at) AS called_at
        FROM interaction
        JOIN actions ON actions.action = interaction.action
            AND actions.tells IN ('called', 'talked')
        CROSS JOIN bounds
        LEFT JOIN person_identity ON person_identity.reference = interaction.person_id
        WHERE interaction.person_id IS NOT NULL
            AND CAST(interaction.occurred_at AS DATE) <= bounds.observed_until
        GROUP BY coalesce(person_identity.person_id, interaction.person_id)
        """,
    ),
)
