"""Which references are one person: one e-mail, one record, or a shared contact and one name."""

from __future__ import annotations

from collections.abc import Callable

from data.engine.draft import Draft
from data.identity.components import connect
from data.identity.shared_contacts import gather_shared_contacts
from data.identity.working_tables import make
from data.references import CONTACT_PREFIX, person_of_contact_sql, person_of_record_sql
from data.sql import Query, Step

_SAME_NAME, _CONTACT_ALONE = 0.97, 0.9

_WHOSE = "CASE WHEN person_taken_over.reference IS NOT NULL THEN reported.name_key END"

_RECORD = person_of_record_sql("source_system", "source_record_id")


def resolve_people(draft: Draft, on_share: Callable[[float], None]) -> None:
    """Rebuild `person_identity` from persons and aliases; reads `account_identity`.

    Two references are one person when they have the same e-mail key, when loads report one record
    of a source system under both, or when they share a phone, or the mailbox of a function such as
    sales@, and nothing contradicts it (`data.identity.shared_contacts`). A record that came back
    with another e-mail, another name and another phone was given to somebody else: its references
    stay two persons. The versions of `person_alias` count too, so that a record that one file
    reports by an e-mail and another by a phone is one person, and two again when one of the files
    is taken out.

    Leaves `person_of_record` and `person_taken_over` for `data.identity.likely_people`. The
    representative is a reference with an e-mail, then one with a phone, then the smallest by
    spelling. Raises EngineError with the failing step.
    """
    make(draft, "person_record", person_records())
    make(draft, "person_merged", merged_records())
    make(draft, "person_of_record", people_of_records())
    make(draft, "person_taken_over", records_taken_over())
    gather_shared_contacts(draft)
    on_share(0.4)
    make(draft, "person_edge", person_edges())
    on_share(0.5)
    connect(draft, "person_edge", "person_component")
    on_share(0.7)
    make(draft, "person_choice", person_choices())
    draft.execute("DELETE FROM person_identity")
    if draft.has_any("person", "person_choice"):
        draft.insert("person_identity", _resolved_people())
    if draft.has_any("person_alias"):
        draft.insert("person_identity", _resolved_records())
    for table in ("shared_contact", "person_record", "person_merged"):
        draft.execute(f"DROP TABLE {table}")


def person_records() -> Query:
    """One row per record of a source system and reference that any load reports it under.

    A record that its source has ended links nobody any more.
    """
    return Query(
        Step(
            "retired_references",
            """
            SELECT subject_id FROM retired_record WHERE subject_kind = 'person' AND problem IS NULL
            """,
        ),
        Step(
            "person_records",
            f"""
            SELECT {_RECORD} AS reference, person_id, phone_key, name_key FROM person_alias
            UNION
            SELECT {_RECORD}, person_id, phone_key, name_key FROM person_alias_version
            WHERE {_RECORD} NOT IN (SELECT subject_id FROM retired_references)
            """,
        ),
    )


def merged_records() -> Query:
    """One row per reference by which a record was told of that was merged into another's record."""
    return Query(
        Step(
            "merged_into",
            """
            SELECT subject_id, survivor_id FROM retired_record
            WHERE subject_kind = 'person' AND survivor_id IS NOT NULL
            """,
        ),
        Step(
            "merged_records",
            f"""
            SELECT survivor_id AS hub, subject_id AS spoke FROM merged_into
            UNION
            SELECT subject_id, person_id
            FROM person_alias_aside JOIN merged_into ON subject_id = {_RECORD}
            UNION
            SELECT survivor_id, person_id
            FROM person_alias JOIN merged_into ON survivor_id = {_RECORD}
            """,
        ),
    )


def people_of_records() -> Query:
    """The rows of `person_record` whose record is reported under several references.

    A mailbox of a function, such as sales@, is not the person whose record stands under it.
    """
    return Query(
        Step(
            "function_mailboxes",
            f"""
            SELECT DISTINCT {person_of_contact_sql("email_key")} AS person_id
            FROM person WHERE email_state = 'role'
            """,
        ),
        Step(
            "ambiguous_records",
            """
            SELECT reference FROM person_record
            GROUP BY reference HAVING min(person_id) < max(person_id)
            """,
        ),
        Step(
            "people_of_records",
            """
            SELECT reported.reference, reported.person_id, reported.name_key, reported.phone_key,
                person.email_key
            FROM person_record AS reported
            SEMI JOIN ambiguous_records ON ambiguous_records.reference = reported.reference
            ANTI JOIN function_mailboxes ON function_mailboxes.person_id = reported.person_id
            LEFT JOIN person ON person.person_id = reported.person_id
            """,
        ),
    )


def records_taken_over() -> Query:
    """Records that came back with another e-mail, name and phone: they are somebody else's now."""
    return Query(
        Step(
            "records_taken_over",
            """
            SELECT reference FROM person_of_record
            GROUP BY reference
            HAVING count(*) = count(email_key) AND count(*) = count(name_key)
                AND count(DISTINCT email_key) = count(DISTINCT person_id)
                AND count(DISTINCT name_key) > 1
                AND (count(DISTINCT phone_key) <> 1 OR count(phone_key) < count(*))
            """,
        )
    )


def person_edges() -> Query:
    """One row per link between two references, `hub` and `spoke`, by each reason for it."""
    return Query(
        Step(
            "email_edges",
            """
            SELECT min(person_id) OVER (PARTITION BY email_key) AS hub, person_id AS spoke,
                'email' AS matched_by, 1.0 AS confidence
            FROM person WHERE email_state IS DISTINCT FROM 'role' AND email_key IN (
                SELECT email_key FROM person GROUP BY email_key HAVING count(*) > 1
            )
            """,
        ),
        Step(
            "record_edges",
            f"""
            SELECT min(reported.person_id) OVER (PARTITION BY reported.reference, {_WHOSE}) AS hub,
                reported.person_id AS spoke, 'id' AS matched_by, 1.0 AS confidence
            FROM person_of_record AS reported
            LEFT JOIN person_taken_over ON person_taken_over.reference = reported.reference
            UNION ALL
            SELECT person_record.reference, person_record.person_id, 'id', 1.0
            FROM person_record SEMI JOIN person ON person.person_id = person_record.reference
            UNION ALL
            SELECT hub, spoke, 'id', 1.0 FROM person_merged
            """,
        ),
        Step(
            "contact_edges",
            f"""
            SELECT min(person_id) OVER (PARTITION BY contact_key, whom) AS hub,
                person_id AS spoke, matched_by,
                CASE WHEN name_key IS NOT NULL THEN {_SAME_NAME} ELSE {_CONTACT_ALONE} END
                    AS confidence
            FROM shared_contact WHERE whom IS NOT NULL
            """,
        ),
        Step(
            "person_edges",
            """
            SELECT hub, spoke, matched_by, confidence FROM email_edges
            UNION ALL
            SELECT hub, spoke, matched_by, confidence FROM record_edges
            UNION ALL
            SELECT hub, spoke, matched_by, confidence FROM contact_edges
            """,
        ),
    )


def person_choices() -> Query:
    """One row per connected reference: its person, and the best reason of a link to it."""
    return Query(
        Step(
            "ranked_references",
            f"""
            SELECT label, node, CASE
                WHEN person.email_key IS NOT NULL THEN '0'
                WHEN starts_with(node, '{CONTACT_PREFIX}') THEN '1'
                ELSE '2'
            END || node AS place
            FROM person_component
            LEFT JOIN person ON person.person_id = node
            """,
        ),
        Step(
            "chosen_people",
            """
            SELECT label, arg_min(node, place) AS person_id
            FROM ranked_references GROUP BY label
            """,
        ),
        Step(
            "reference_reasons",
            """
            SELECT node, arg_max(matched_by, (confidence, matched_by)) AS matched_by,
                max(confidence) AS confidence
            FROM (
                SELECT hub AS node, matched_by, confidence FROM person_edge WHERE hub <> spoke
                UNION ALL
                SELECT spoke, matched_by, confidence FROM person_edge WHERE hub <> spoke
            ) AS ends
            GROUP BY node
            """,
        ),
        Step(
            "person_choices",
            """
            SELECT component.node AS reference, chosen_people.person_id, reasons.matched_by,
                CAST(reasons.confidence AS DOUBLE) AS confidence
            FROM person_component AS component
            JOIN chosen_people ON chosen_people.label = component.label
            JOIN reference_reasons AS reasons ON reasons.node = component.node
            """,
        ),
    )


def _resolved_people() -> Query:
    """One row per reference of a person's own row, or of a link to one."""
    return Query(
        Step(
            "resolved_people",
            """
            SELECT person.person_id AS reference,
                coalesce(choice.person_id, person.person_id) AS person_id,
                CASE WHEN choice.person_id <> person.person_id THEN choice.matched_by
                    ELSE 'own' END AS matched_by,
                CASE WHEN choice.person_id <> person.person_id THEN choice.confidence
                    ELSE 1 END AS confidence
            FROM (
                SELECT person_id FROM person
                UNION
                SELECT reference FROM person_choice
            ) AS person
            LEFT JOIN person_choice AS choice ON choice.reference = person.person_id
            """,
        )
    )


def _resolved_records() -> Query:
    """One row per record of a source system that is no reference of `person_identity` yet."""
    return Query(
        Step(
            "aliases",
            f"SELECT {_RECORD} AS reference, person_id, matched_by, confidence FROM person_alias",
        ),
        Step(
            "resolved_records",
            """
            SELECT aliases.reference, coalesce(choice.person_id, aliases.person_id) AS person_id,
                aliases.matched_by,
                aliases.confidence * coalesce(choice.confidence, 1) AS confidence
            FROM aliases
            LEFT JOIN person_choice AS choice ON choice.reference = aliases.person_id
            ANTI JOIN person_identity AS known ON known.reference = aliases.reference
            """,
        ),
    )
