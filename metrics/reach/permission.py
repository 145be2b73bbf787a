"""Permission: what each person has agreed to, by way of contact and purpose, and what is known."""

from __future__ import annotations

from data.definitions import Definitions
from data.sql import Query, Step, kept_step
from metrics.reach.asked import Names, asked_steps, everywhere, listed, named
from metrics.reach.contacts import PROMOTION
from metrics.scope import Scope

ALL = "all"
"""Every channel, or every purpose."""


STATEMENTS = Step(
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
)
"""Everything that people have said of being contacted, with its moment.

Events of `consent_event`, and what a person's record says, which is of every channel and every
purpose; a record's statement without a moment is older than any event. Words in lower case.
"""


_LONG_AGO = "CAST('0001-01-01' AS TIMESTAMP)"

NEWEST = ", ".join(
    f"max(CASE said.state WHEN '{state}' THEN coalesce(said.changed_at, {_LONG_AGO}) END)"
    f" AS {state}_at"
    for state in ("granted", "withdrawn")
)
"""Of a group of statements, when consent was last granted and withdrawn; null for never.

One without a moment is the oldest. So a withdrawal is in force where `IS_WITHDRAWN`.
"""

IS_WITHDRAWN = "coalesce(withdrawn_at >= coalesce(granted_at, withdrawn_at), FALSE)"


def in_force_step(scope: Scope, definitions: Definitions) -> Step:
    """Step `in_force`, kept: the newest statement of each person, channel and purpose as said.

    Until the end of the scope's period, whatever its filters; one without a moment is the oldest,
    and of one moment a withdrawal is in force.
    """
    known = Query(
        *asked_steps(everywhere(scope), definitions, {}),
        STATEMENTS,
        Step(
            "ranked",
            """
            SELECT statements.*, row_number() OVER (
                    PARTITION BY person_id, channel, purpose
                    ORDER BY changed_at DESC NULLS LAST,
                        CASE state WHEN 'withdrawn' THEN 0 ELSE 1 END
                ) AS place
            FROM statements
            CROSS JOIN bounds
            WHERE changed_at IS NULL OR changed_at < bounds.end_at
            """,
        ),
        Step(
            "newest",
            "SELECT person_id, channel, purpose, changed_at, state FROM ranked WHERE place = 1",
        ),
    )
    return kept_step("in_force", known)


def promotion_purposes(definitions: Definitions) -> Names:
    """The list `promoted`: purposes of consent that every promotion is for, in lower case.

    >>> promotion_purposes(Definitions.load())
    [('marketing', 'marketing')]
    """
    return named(each.lower() for each in definitions.reach.promotion_purposes)


def withdrawn_steps(contacts: str) -> tuple[Step, ...]:
    """Steps to `withdrawn_contacts`, after `statements`: contacts after a withdrawal in force.

    The one rule of who was contacted after withdrawing consent. The step `contacts` has the
    columns contact_id, person_id, way, contact_at, campaign and is_sales; the list `promoted` is
    bound. Of each contact the newest statement before it decides: on its way or on all, for every
    purpose, or where the contact is a promotion for a purpose that promotions have. Of one moment
    a withdrawal does. A withdrawal without a moment proves nothing.
    """
    return (
        Step(
            "said_before",
            f"""
            SELECT {contacts}.contact_id, statements.state, statements.changed_at,
                statements.purpose,
                row_number() OVER (
                    PARTITION BY {contacts}.contact_id
                    ORDER BY statements.changed_at DESC,
                        CASE statements.state WHEN 'withdrawn' THEN 0 ELSE 1 END,
                        CASE statements.purpose WHEN '{ALL}' THEN 0 ELSE 1 END,
                        statements.purpose
                ) AS place
            FROM {contacts}
            JOIN statements ON statements.person_id = {contacts}.person_id
                AND statements.changed_at < {contacts}.contact_at
                AND statements.channel IN (lower({contacts}.way), '{ALL}')
            LEFT JOIN {listed("promoted")} ON promoted_list.name = statements.purpose
            WHERE statements.purpose = '{ALL}'
                OR (promoted_list.name IS NOT NULL AND {PROMOTION})
            """,
        ),
        Step(
            "withdrawn_contacts",
            """
            SELECT contact_id, changed_at AS withdrawn_at, purpose
            FROM said_before
            WHERE place = 1 AND state = 'withdrawn'
            """,
        ),
    )


def everybody_step(scope: Scope, definitions: Definitions) -> Step:
    """Step `everybody`, kept: one row per person with a record, whatever the scope's filters.

    1 and 0. `do_not_contact` where any record says so. `good_mailbox` and `bad_mailbox`, and the
    same of `number`: as the last mail or call proved, that came back or arrived, else as the states
    of the records say, of which a good one counts before a bad one. `has_email`, `has_phone` and
    `has_wechat`: a record calls them reachable by it or it is good, and it is not proved bad;
    `bad_email`, `bad_phone` and `bad_wechat`: not so, and it is bad or a record calls them not
    reachable by it.
    """
    reach = definitions.reach
    lists = {
        "bad": named(reach.bad_email),
        "bounce": named(reach.mail.bounced),
        "arrival": named((*reach.mail.delivered, *reach.mail.opened, *reach.mail.clicked)),
        "wrong": named(reach.wrong_number),
        "right": named(reach.right_number),
    }
    known = Query(
        *asked_steps(everywhere(scope), definitions, lists),
        _RECORDS,
        _proofs_step(),
        Step("addresses", f"SELECT records.*, {_ADDRESSES} {_JOINED}"),
        Step(
            "reachable",
            """
            SELECT person_id, do_not_contact, good_mailbox, bad_mailbox, good_number, bad_number,
                greatest(by_email, good_mailbox) * (1 - bounced) AS has_email,
                greatest(by_phone, good_number) * (1 - wrong) AS has_phone,
                by_wechat AS has_wechat,
                greatest(bad_mailbox, not_by_email)
                    * (1 - greatest(by_email, good_mailbox) * (1 - bounced)) AS bad_email,
                greatest(bad_number, not_by_phone)
                    * (1 - greatest(by_phone, good_number) * (1 - wrong)) AS bad_phone,
                not_by_wechat * (1 - by_wechat) AS bad_wechat
            FROM addresses
            """,
        ),
    )
    return kept_step("everybody", known)


def _mark(condition: str, name: str) -> str:
    return f"max(CASE WHEN {condition} THEN 1 ELSE 0 END) AS {name}"


_MARKS = {
    "person.do_not_contact": "do_not_contact",
    "person.email_state IN ('valid', 'role')": "valid_mailbox",
    "bad_list.name IS NOT NULL": "bad_state",
    "person.phone_state = 'valid'": "valid_number",
    "person.phone_state = 'invalid'": "bad_phone_state",
    "person.reachable_by_email": "by_email",
    "NOT person.reachable_by_email": "not_by_email",
    "person.reachable_by_phone": "by_phone",
    "NOT person.reachable_by_phone": "not_by_phone",
    "person.reachable_by_wechat": "by_wechat",
    "NOT person.reachable_by_wechat": "not_by_wechat",
}

_PERSON = "coalesce(person_identity.person_id, person.person_id)"

_RECORDS = Step(
    "records",
    f"""
    SELECT {_PERSON} AS person_id,
        {", ".join(_mark(condition, name) for condition, name in _MARKS.items())}
    FROM person
    LEFT JOIN person_identity ON person_identity.reference = person.person_id
    LEFT JOIN {listed("bad")} ON bad_list.name = person.email_state
    GROUP BY {_PERSON}
    """,
)


def _proofs_step() -> Step:
    """Step `proofs`: the last moment at which each address proved bad, and good, until the end."""
    kinds = ("bounce", "arrival", "wrong", "right")
    person_id = "coalesce(person_identity.person_id, interaction.person_id)"
    lasts = ", ".join(
        f"max(CASE WHEN {kind}_list.name IS NOT NULL THEN interaction.occurred_at END) AS {kind}_at"
        for kind in kinds
    )
    joins = "\n".join(
        f"LEFT JOIN {listed(kind)} ON {kind}_list.name = interaction.action" for kind in kinds
    )
    return Step(
        "proofs",
        f"""
        SELECT {person_id} AS person_id, {lasts}
        FROM interaction
        {joins}
        LEFT JOIN person_identity ON person_identity.reference = interaction.person_id
        CROSS JOIN bounds
        WHERE interaction.person_id IS NOT NULL AND interaction.occurred_at < bounds.end_at
            AND ({" OR ".join(f"{kind}_list.name IS NOT NULL" for kind in kinds)})
        GROUP BY {person_id}
        """,
    )


_JOINED = "FROM records LEFT JOIN proofs ON proofs.person_id = records.person_id"

_BOUNCED = "proofs.bounce_at >= coalesce(proofs.arrival_at, proofs.bounce_at)"
_WRONG = "proofs.wrong_at >= coalesce(proofs.right_at, proofs.wrong_at)"

_ADDRESSES = f"""
    CASE WHEN {_BOUNCED} THEN 1 ELSE 0 END AS bounced,
    CASE WHEN {_WRONG} THEN 1 ELSE 0 END AS wrong,
    CASE WHEN {_BOUNCED} THEN 0 WHEN proofs.arrival_at IS NOT NULL THEN 1
        ELSE records.valid_mailbox END AS good_mailbox,
    CASE WHEN {_BOUNCED} THEN 1 WHEN proofs.arrival_at IS NOT NULL THEN 0
        ELSE records.bad_state * (1 - records.valid_mailbox) END AS bad_mailbox,
    CASE WHEN {_WRONG} THEN 0 WHEN proofs.right_at IS NOT NULL THEN 1
        ELSE records.valid_number END AS good_number,
    CASE WHEN {_WRONG} THEN 1 WHEN proofs.right_at IS NOT NULL THEN 0
        ELSE records.bad_phone_state * (1 - records.valid_number) END AS bad_number
"""
