"""SQL steps to who entered a lead, and whether it is a fake by the definitions' rules."""

from __future__ import annotations

from data.definitions import Definitions
from data.derive.quality.rules import has_word, listed
from data.schema.bookkeeping import LOADS_IN_ORDER
from data.sql import Step


def entered_steps(definitions: Definitions) -> tuple[Step, ...]:
    """Steps to `first_files` and `fake_people`.

    `first_files` has one row per lead, with the file of the first load that told of it. A lead of
    which no version is kept came with the load of its row. `fake_people` has one row per person
    whose mailbox makes their leads fakes: some record has such a mailbox, and none a good one.
    """
    return (
        Step("loads_in_order", LOADS_IN_ORDER),
        Step(
            "first_loads",
            """
            SELECT reported.lead_id, min(loads_in_order.place) AS place
            FROM (
                SELECT lead_id, load_id FROM lead_version
                UNION ALL
                SELECT lead_id, load_id FROM lead_reported_by
                UNION ALL
                SELECT lead_id, load_id FROM lead
            ) AS reported
            JOIN loads_in_order ON loads_in_order.load_id = reported.load_id
            GROUP BY reported.lead_id
            """,
        ),
        Step(
            "first_files",
            """
            SELECT first_loads.lead_id, load.file_name
            FROM first_loads
            JOIN loads_in_order ON loads_in_order.place = first_loads.place
            JOIN load ON load.load_id = loads_in_order.load_id
            """,
        ),
        _fake_people(definitions),
    )


def _fake_people(definitions: Definitions) -> Step:
    fake = definitions.quality.fake
    state = f"person.email_state IN ({listed(fake.email_states)})" if fake.email_states else "FALSE"
    named = f"lower(person.email_domain) IN ({listed(fake.email_domains)})"
    domain = named if fake.email_domains else "FALSE"
    return Step(
        "fake_people",
        f"""
        SELECT person_id, CASE WHEN of_state = 1 THEN 'mailbox' ELSE 'domain' END AS fake_by
        FROM (
            SELECT coalesce(person_identity.person_id, person.person_id) AS person_id,
                max(CASE WHEN {state} THEN 1 ELSE 0 END) AS of_state,
                max(CASE WHEN {domain} THEN 1 ELSE 0 END) AS of_domain,
                max(CASE WHEN person.email_state IN ('valid', 'role') AND NOT ({state})
                    AND NOT coalesce({domain}, FALSE) THEN 1 ELSE 0 END) AS is_good
            FROM person
            LEFT JOIN person_identity ON person_identity.reference = person.person_id
            GROUP BY coalesce(person_identity.person_id, person.person_id)
        ) AS mailboxes
        WHERE is_good = 0 AND of_state + of_domain > 0
        """,
    )


def fake_by(definitions: Definitions) -> str:
    """SQL: the rule by which a lead is a fake; null where none holds.

    What was said of the lead counts before its mailbox.
    """
    words = definitions.quality.fake.words
    if not words:
        return "fake_people.fake_by"
    said = [has_word(column, words) for column in ("lead_journeys.exit_reason", "lead.status")]
    return f"CASE WHEN {' OR '.join(said)} THEN 'word' ELSE fake_people.fake_by END"
