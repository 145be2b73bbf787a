"""Which references are one person: one e-mail, one record, or a shared contact and one name."""

from __future__ import annotations

from collections.abc import Callable

from data.engine.draft import Draft
from data.identity.components import connect

_SAME_NAME, _CONTACT_ALONE = 0.97, 0.9

_WHOSE = "CASE WHEN person_taken_over.reference IS NOT NULL THEN told.name_key END"


def resolve_people(draft: Draft, on_share: Callable[[float], None]) -> None:
    """Rebuild `person_identity` from persons and aliases; reads `account_identity`.

    Two references are one person when they have the same e-mail key, when one record of a source
    system was told under both, or when they share a phone, or the mailbox of a function such as
    sales@, and nothing speaks against it (`data.identity.people`). A record that was told
    with another e-mail, another name and another phone was given to somebody else; these stay two.
    Reads the versions of `person_alias` too, so that a record told
    by an e-mail in one file and by a phone in another is one person, and stays two when one of the
    files is taken out.

    Leaves `person_id_told` and `person_taken_over` for `data.identity.likely_people`. The
    representative is one with an e-mail, then with a phone, then the smallest by spelling.
    """
    _gather_contacts(draft)
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


def _gather_contacts(draft: Draft) -> None:
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


def gather_shared_contacts(draft: Draft) -> None:
    """Make the table `shared_contact`: person_id, contact_key, matched_by, name_key, whom.

    People share phones, and mailboxes of a function such as sales@. Of those with the same phone
    or mailbox, those of one name are one person. Whoever is known by no name is the one who is, if
    there is only one such at the same company; never where names or companies contradict, or where
    two mailboxes without a name share a number. Rows with the same contact_key and `whom` are one
    person; `whom` is null for those of whom it can not be said. Reads `person_record`.
    """
    _gather_contact_evidence(draft)
    draft.execute(
        """
        CREATE OR REPLACE TEMP TABLE shared_contact AS
        WITH
        shared AS (
            SELECT contact_key FROM contact_evidence
            GROUP BY contact_key HAVING min(person_id) < max(person_id)
        ),
        filled AS (
            SELECT DISTINCT evidence.person_id, evidence.contact_key, evidence.matched_by,
                person.email_key IS NOT NULL AND evidence.matched_by = 'phone' AS mailed,
                coalesce(evidence.name_key, max(evidence.name_key) OVER one) AS name_key,
                coalesce(evidence.company, max(evidence.company) OVER one) AS company
            FROM contact_evidence AS evidence
            SEMI JOIN shared ON shared.contact_key = evidence.contact_key
            LEFT JOIN person ON person.person_id = evidence.person_id
            WINDOW one AS (PARTITION BY evidence.contact_key, evidence.person_id)
        ),
        told AS (
            SELECT *, CASE
                WHEN name_key IS NOT NULL THEN 'name:' || name_key
                WHEN mailed THEN 'email:' || person_id
            END AS who
            FROM filled
        ),
        by_contact AS (
            SELECT contact_key, count(DISTINCT name_key) AS names,
                count(DISTINCT CASE WHEN name_key IS NULL THEN who END) AS mailboxes,
                count(DISTINCT company) AS companies,
                count(DISTINCT who) AS people, min(who) AS only_one
            FROM told GROUP BY contact_key
        ),
        by_company AS (
            SELECT contact_key, company, count(DISTINCT who) AS people, min(who) AS only_one
            FROM told WHERE company IS NOT NULL GROUP BY contact_key, company
        )
        SELECT told.person_id, told.contact_key, told.matched_by, told.name_key, CASE
            WHEN by_contact.names <= 1 AND by_contact.mailboxes <= 1 AND by_contact.companies <= 1
                THEN 'all'
            WHEN told.who IS NOT NULL THEN told.who
            WHEN told.company IS NULL AND by_contact.people = 1 THEN by_contact.only_one
            WHEN by_company.people = 1 THEN by_company.only_one
            WHEN by_company.people = 0 THEN 'company:' || told.company
        END AS whom
        FROM told
        JOIN by_contact ON by_contact.contact_key = told.contact_key
        LEFT JOIN by_company
            ON by_company.contact_key = told.contact_key AND by_company.company = told.company
        """
    )
    draft.execute("DROP TABLE contact_evidence")


def _gather_contact_evidence(draft: Draft) -> None:
    """Table `contact_evidence`: everybody with a phone or a mailbox that others may have too."""
    draft.execute(
        """
        CREATE OR REPLACE TEMP TABLE contact_evidence AS
        WITH reachable AS (
            SELECT person.person_id, person.phone_key, person.name_key,
                CASE WHEN person.email_state = 'role' THEN person.email_key END AS mailbox_key,
                coalesce(account_identity.account_id, person.account_id) AS company
            FROM person
            LEFT JOIN account_identity
                ON account_identity.reference = person.account_id AND account_identity.applied
            WHERE person.phone_key IS NOT NULL OR person.email_state = 'role'
        )
        SELECT person_id, phone_key AS contact_key, 'phone' AS matched_by, name_key, company
        FROM reachable WHERE phone_key IS NOT NULL
        UNION ALL
        SELECT person_id, mailbox_key, 'email', name_key, company
        FROM reachable WHERE mailbox_key IS NOT NULL
        UNION ALL
        SELECT person_id, phone_key, 'phone', name_key, CAST(NULL AS VARCHAR)
        FROM person_record WHERE phone_key IS NOT NULL
        """
    )
    # A file of phones or mailboxes without names refers to persons that other files know by more.
    draft.execute(
        """
        INSERT INTO contact_evidence
        SELECT DISTINCT bare.person_id, contact_evidence.contact_key, contact_evidence.matched_by,
            CAST(NULL AS VARCHAR), CAST(NULL AS VARCHAR)
        FROM (
            SELECT person_id FROM interaction WHERE strlen(person_id) = 22
            UNION SELECT person_id FROM lead WHERE strlen(person_id) = 22
        ) AS bare
        ANTI JOIN person ON person.person_id = bare.person_id
        JOIN contact_evidence
            ON bare.person_id = 'p_' || left(contact_evidence.contact_key, 20)
        """
    )
