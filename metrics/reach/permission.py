"""Permission: what each person has agreed to, by way of contact and purpose, and what is known."""

from __future__ import annotations

from data.sql import Step
from metrics.reach.asked import listed, of_people
from metrics.scope import Scope

ALL = "all"
"""Every channel, or every purpose."""


def statement_steps() -> tuple[Step, ...]:
    """Step `statements`: everything that people have said of being contacted, with its moment.

    Events of `consent_event`, and what a person's record says, which is of every channel and every
    purpose; a record's statement without a moment is older than any event. Words in lower case.
    """
    return (
        Step(
            "statements",
            f"""
            SELECT coalesce(person_identity.person_id, consent_event.person_id) AS person_id,
                lower(consent_event.channel) AS channel, lower(consent_event.purpose) AS purpose,
                consent_event.changed_at, consent_event.state
            FROM consent_event
            LEFT JOIN person_identity ON person_identity.reference = consent_event.person_id
            UNION ALL
            SELECT coalesce(person_identity.person_id, person.person_id), '{ALL}', '{ALL}',
                person.consent_at, person.consent
            FROM person
            LEFT JOIN person_identity ON person_identity.reference = person.person_id
            WHERE person.consent IN ('granted', 'withdrawn')
            """,
        ),
    )


def person_steps(scope: Scope, bad_email: str) -> tuple[Step, ...]:
    """Step `people`: one row per person with a record of their own, and what their records say.

    1 and 0. `do_not_contact` where any record says so. `has_email`, `has_phone` and `has_wechat`:
    a record calls them reachable by it, or has a valid one; `bad_email`, `bad_phone` and
    `bad_wechat`: none does, and one calls them not reachable, or has a bad one. `bad_email` names
    the bound list of states of a bad mailbox.
    """
    return (
        Step(
            "person_records",
            f"""
            SELECT coalesce(person_identity.person_id, person.person_id) AS person_id,
                CASE WHEN person.do_not_contact THEN 1 ELSE 0 END AS do_not_contact,
                CASE WHEN person.reachable_by_email OR person.email_state IN ('valid', 'role')
                    THEN 1 ELSE 0 END AS has_email,
                CASE WHEN person.reachable_by_phone OR person.phone_state = 'valid'
                    THEN 1 ELSE 0 END AS has_phone,
                CASE WHEN person.reachable_by_wechat THEN 1 ELSE 0 END AS has_wechat,
                CASE WHEN NOT person.reachable_by_email OR {bad_email}_list.name IS NOT NULL
                    THEN 1 ELSE 0 END AS bad_email,
                CASE WHEN NOT person.reachable_by_phone OR person.phone_state = 'invalid'
                    THEN 1 ELSE 0 END AS bad_phone,
                CASE WHEN NOT person.reachable_by_wechat THEN 1 ELSE 0 END AS bad_wechat,
                CASE WHEN {bad_email}_list.name IS NOT NULL THEN 1 ELSE 0 END AS bad_mailbox,
                CASE WHEN person.email_state IN ('valid', 'role') THEN 1 ELSE 0 END AS good_mailbox,
                CASE WHEN person.phone_state = 'invalid' THEN 1 ELSE 0 END AS bad_number,
                CASE WHEN person.phone_state = 'valid' THEN 1 ELSE 0 END AS good_number
            FROM person
            LEFT JOIN person_identity ON person_identity.reference = person.person_id
            LEFT JOIN {listed(bad_email)} ON {bad_email}_list.name = person.email_state
            """,
        ),
        Step(
            "people",
            f"""
            SELECT person_records.person_id, max(do_not_contact) AS do_not_contact,
                max(has_email) AS has_email, max(has_phone) AS has_phone,
                max(has_wechat) AS has_wechat,
                max(bad_email) * (1 - max(has_email)) AS bad_email,
                max(bad_phone) * (1 - max(has_phone)) AS bad_phone,
                max(bad_wechat) * (1 - max(has_wechat)) AS bad_wechat,
                max(bad_mailbox) AS bad_mailbox, max(good_mailbox) AS good_mailbox,
                max(bad_number) AS bad_number, max(good_number) AS good_number
            FROM person_records
            {of_people(scope, "person_records.person_id")}
            GROUP BY person_records.person_id
            """,
        ),
    )
