"""Which references are one person: the same e-mail, the same record, or the same phone and name."""

from __future__ import annotations

from data.draft import Draft
from data.identity_components import connect

_SAME_NAME, _PHONE_ALONE = 0.97, 0.9


def resolve_people(draft: Draft) -> None:
    """Rebuild `person_identity` from persons and aliases; reads `account_identity`.

    Two references are one person when they have the same e-mail key, when one record of a source
    system was told under both, or when they share a phone and nothing speaks against it. People
    share phones: with the same phone, those of one name are one person. Whoever is known by no name
    is the one with the same phone who is, if there is only one such at the same company; never
    where names or companies contradict, or where two mailboxes without a name share a number.
    Reads the versions of `person_alias` too, so that a record told
    by an e-mail in one file and by a phone in another is one person, and stays two when one of the
    files is taken out.

    The representative is one with an e-mail, then with a phone, then the smallest by spelling.
    """
    _gather(draft)
    draft.execute(
        f"""
        CREATE OR REPLACE TEMP TABLE person_edge AS
        SELECT min(person_id) OVER (PARTITION BY email_key) AS hub, person_id AS spoke,
            'email' AS matched_by, 1.0 AS confidence
        FROM person WHERE email_key IN (
            SELECT email_key FROM person GROUP BY email_key HAVING count(*) > 1
        )
        UNION ALL
        SELECT min(person_id) OVER (PARTITION BY reference), person_id, 'id', 1.0
        FROM person_record WHERE reference IN (
            SELECT reference FROM person_record GROUP BY reference
            HAVING min(person_id) < max(person_id)
        )
        UNION ALL
        SELECT person_record.reference, person_record.person_id, 'id', 1.0
        FROM person_record SEMI JOIN person ON person.person_id = person_record.reference
        UNION ALL
        SELECT min(person_id) OVER (PARTITION BY phone_key, whom), person_id, 'phone',
            CASE WHEN name_key IS NOT NULL THEN {_SAME_NAME} ELSE {_PHONE_ALONE} END
        FROM phone_evidence WHERE whom IS NOT NULL
        """
    )
    connect(draft, "person_edge", "person_component")
    _choose(draft)
    _write(draft)
    for table in ("person_evidence", "phone_evidence", "person_record"):
        draft.execute(f"DROP TABLE {table}")


def _gather(draft: Draft) -> None:
    """Tables `person_record`, `person_evidence` and, for phones of several, `phone_evidence`."""
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
    draft.execute(
        """
        CREATE OR REPLACE TEMP TABLE person_evidence AS
        SELECT person.person_id, person.phone_key, person.name_key,
            coalesce(account_identity.account_id, person.account_id) AS company
        FROM person
        LEFT JOIN account_identity
            ON account_identity.reference = person.account_id AND account_identity.applied
        WHERE person.phone_key IS NOT NULL
        UNION ALL
        SELECT person_id, phone_key, name_key, CAST(NULL AS VARCHAR)
        FROM person_record WHERE phone_key IS NOT NULL
        """
    )
    # A file of phones without names refers to persons that other files know by more.
    draft.execute(
        """
        INSERT INTO person_evidence
        SELECT DISTINCT bare.person_id, person_evidence.phone_key, CAST(NULL AS VARCHAR),
            CAST(NULL AS VARCHAR)
        FROM (
            SELECT person_id FROM interaction WHERE strlen(person_id) = 22
            UNION SELECT person_id FROM lead WHERE strlen(person_id) = 22
        ) AS bare
        ANTI JOIN person ON person.person_id = bare.person_id
        JOIN person_evidence ON bare.person_id = 'p_' || left(person_evidence.phone_key, 20)
        """
    )
    draft.execute(
        """
        CREATE OR REPLACE TEMP TABLE phone_evidence AS
        WITH
        shared AS (
            SELECT phone_key FROM person_evidence
            GROUP BY phone_key HAVING min(person_id) < max(person_id)
        ),
        filled AS (
            SELECT DISTINCT evidence.person_id, evidence.phone_key,
                person.email_key IS NOT NULL AS mailed,
                coalesce(evidence.name_key, max(evidence.name_key) OVER one) AS name_key,
                coalesce(evidence.company, max(evidence.company) OVER one) AS company
            FROM person_evidence AS evidence
            SEMI JOIN shared ON shared.phone_key = evidence.phone_key
            LEFT JOIN person ON person.person_id = evidence.person_id
            WINDOW one AS (PARTITION BY evidence.phone_key, evidence.person_id)
        ),
        told AS (
            SELECT *, CASE
                WHEN name_key IS NOT NULL THEN 'name:' || name_key
                WHEN mailed THEN 'email:' || person_id
            END AS who
            FROM filled
        ),
        by_phone AS (
            SELECT phone_key, count(DISTINCT name_key) AS names,
                count(DISTINCT CASE WHEN name_key IS NULL THEN who END) AS mailboxes,
                count(DISTINCT company) AS companies,
                count(DISTINCT who) AS people, min(who) AS only_one
            FROM told GROUP BY phone_key
        ),
        by_company AS (
            SELECT phone_key, company, count(DISTINCT who) AS people, min(who) AS only_one
            FROM told WHERE company IS NOT NULL GROUP BY phone_key, company
        )
        SELECT told.*, CASE
            WHEN by_phone.names <= 1 AND by_phone.mailboxes <= 1 AND by_phone.companies <= 1
                THEN 'all'
            WHEN told.who IS NOT NULL THEN told.who
            WHEN told.company IS NULL AND by_phone.people = 1 THEN by_phone.only_one
            WHEN by_company.people = 1 THEN by_company.only_one
            WHEN by_company.people = 0 THEN 'company:' || told.company
        END AS whom
        FROM told
        JOIN by_phone ON by_phone.phone_key = told.phone_key
        LEFT JOIN by_company
            ON by_company.phone_key = told.phone_key AND by_company.company = told.company
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
