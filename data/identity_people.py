"""Which references are one person: one e-mail, one record, or a shared contact and one name."""

from __future__ import annotations

from collections.abc import Callable

from data.engine.draft import Draft
from data.identity_components import connect
from data.identity_shared_contacts import gather_shared_contacts

_SAME_NAME, _CONTACT_ALONE = 0.97, 0.9
_WHOSE = "CASE WHEN person_taken_over.reference IS NOT NULL THEN told.name_key END"


def resolve_people(draft: Draft, on_share: Callable[[float], None]) -> None:
    """Rebuild `person_identity` from persons and aliases; reads `account_identity`.

    Two references are one person when they have the same e-mail key, when one record of a source
    system was told under both, or when they share a phone, or the mailbox of a function such as
    sales@, and nothing speaks against it (`data.identity_shared_contacts`). A record that was told
    with another e-mail, another name and another phone was given to somebody else; these stay two.
    Reads the versions of `person_alias` too, so that a record told
    by an e-mail in one file and by a phone in another is one person, and stays two when one of the
    files is taken out.

    Leaves `person_id_told` and `person_taken_over` for `data.identity_likely_people`. The
    representative is one with an e-mail, then with a phone, then the smallest by spelling.
    """
    _gather(draft)
    gather_shared_contacts(draft)
    on_share(0.4)
    draft.execute(
        f"""
        CREATE OR REPLACE TEMP TABLE person_edge AS
        SELECT min(person_id) OVER (PARTITION BY email_key) AS hub, person_id AS spoke,
            'email' AS matched_by, 1.0 AS confidence
        FROM person WHERE email_state IS DISTINCT FROM 'role' AND email_key IN (
            SELECT email_key FROM person GROUP BY email_key HAVING count(*) > 1
        )
        UNION ALL
        SELECT min(told.person_id) OVER (PARTITION BY told.reference, {_WHOSE}), told.person_id,
            'id', 1.0
        FROM person_id_told AS told
        LEFT JOIN person_taken_over ON person_taken_over.reference = told.reference
        UNION ALL
        SELECT person_record.reference, person_record.person_id, 'id', 1.0
        FROM person_record SEMI JOIN person ON person.person_id = person_record.reference
        UNION ALL
        SELECT min(person_id) OVER (PARTITION BY contact_key, whom), person_id, matched_by,
            CASE WHEN name_key IS NOT NULL THEN {_SAME_NAME} ELSE {_CONTACT_ALONE} END
        FROM shared_contact WHERE whom IS NOT NULL
        """
    )
    on_share(0.5)
    connect(draft, "person_edge", "person_component")
    on_share(0.7)
    _choose(draft)
    _write(draft)
    for table in ("shared_contact", "person_record"):
        draft.execute(f"DROP TABLE {table}")


def _gather(draft: Draft) -> None:
    """Tables `person_record`, `person_id_told` (of several references) and `person_taken_over`."""
    draft.execute(
        """
        CREATE OR REPLACE TEMP TABLE person_record AS
        SELECT source_system || ':' || source_record_id AS reference, person_id,
            phone_key, name_key
        FROM person_alias
        UNION
        SELECT source_system || ':' || source_record_id, person_id, phone_key, name_key
        FROM person_alias_version
        """
    )
    # A mailbox of several, such as sales@, is not the person whose record was told under it.
    draft.execute(
        """
        CREATE OR REPLACE TEMP TABLE person_id_told AS
        WITH
        mailboxes AS (
            SELECT DISTINCT 'p_' || left(email_key, 20) AS person_id
            FROM person WHERE email_state = 'role'
        ),
        several AS (
            SELECT reference FROM person_record
            GROUP BY reference HAVING min(person_id) < max(person_id)
        )
        SELECT told.reference, told.person_id, told.name_key, told.phone_key, person.email_key
        FROM person_record AS told
        SEMI JOIN several ON several.reference = told.reference
        ANTI JOIN mailboxes ON mailboxes.person_id = told.person_id
        LEFT JOIN person ON person.person_id = told.person_id
        """
    )
    # A record that was written over with another e-mail, name and phone has become somebody else.
    draft.execute(
        """
        CREATE OR REPLACE TEMP TABLE person_taken_over AS
        SELECT reference FROM person_id_told
        GROUP BY reference
        HAVING count(*) = count(email_key) AND count(*) = count(name_key)
            AND count(DISTINCT email_key) = count(DISTINCT person_id)
            AND count(DISTINCT name_key) > 1
            AND (count(DISTINCT phone_key) <> 1 OR count(phone_key) < count(*))
        """
    )


def _choose(draft: Draft) -> None:
    """Table `person_choice`: for each connected reference its person, and the best reason why."""
    draft.execute(
        """
        CREATE OR REPLACE TEMP TABLE person_choice AS
        WITH
        ranked AS (
            SELECT label, node, CASE
                WHEN person.email_key IS NOT NULL THEN '0'
                WHEN node LIKE 'p\\_%' ESCAPE '\\' THEN '1'
                ELSE '2'
            END || node AS place
            FROM person_component
            LEFT JOIN person ON person.person_id = node
        ),
        chosen AS (
            SELECT label, arg_min(node, place) AS person_id FROM ranked GROUP BY label
        ),
        reasons AS (
            SELECT node, arg_max(matched_by, (confidence, matched_by)) AS matched_by,
                max(confidence) AS confidence
            FROM (
                SELECT hub AS node, matched_by, confidence FROM person_edge WHERE hub <> spoke
                UNION ALL
                SELECT spoke, matched_by, confidence FROM person_edge WHERE hub <> spoke
            ) AS ends
            GROUP BY node
        )
        SELECT person_component.node AS reference, chosen.person_id, reasons.matched_by,
            CAST(reasons.confidence AS DOUBLE) AS confidence
        FROM person_component
        JOIN chosen USING (label)
        JOIN reasons USING (node)
        """
    )


def _write(draft: Draft) -> None:
    draft.execute("DELETE FROM person_identity")
    draft.execute(
        """
        INSERT INTO person_identity (reference, person_id, matched_by, confidence)
        SELECT person.person_id, coalesce(choice.person_id, person.person_id),
            CASE WHEN choice.person_id <> person.person_id THEN choice.matched_by ELSE 'own' END,
            CASE WHEN choice.person_id <> person.person_id THEN choice.confidence ELSE 1 END
        FROM (
            SELECT person_id FROM person
            UNION SELECT reference FROM person_choice
        ) AS person
        LEFT JOIN person_choice AS choice ON choice.reference = person.person_id
        """
    )
    draft.execute(
        """
        INSERT INTO person_identity (reference, person_id, matched_by, confidence)
        SELECT alias.reference, coalesce(choice.person_id, alias.person_id), alias.matched_by,
            alias.confidence * coalesce(choice.confidence, 1)
        FROM (
            SELECT source_system || ':' || source_record_id AS reference, person_id, matched_by,
                confidence
            FROM person_alias
        ) AS alias
        LEFT JOIN person_choice AS choice ON choice.reference = alias.person_id
        ANTI JOIN person_identity AS known ON known.reference = alias.reference
        """
    )
