"""Phones and mailboxes that several people may share, and whom among them a row means."""

from __future__ import annotations

from data.engine.draft import Draft


def gather_shared_contacts(draft: Draft) -> None:
    """Make the table `shared_contact`: person_id, contact_key, matched_by, name_key, whom.

    People share phones, and mailboxes of a function such as sales@. Of those with the same phone
    or mailbox, those of one name are one person. Whoever is known by no name is the one who is, if
    there is only one such at the same company; never where names or companies contradict, or where
    two mailboxes without a name share a number. Rows with the same contact_key and `whom` are one
    person; `whom` is null for those of whom it can not be said. Reads `person_record`.
    """
    _gather(draft)
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


def _gather(draft: Draft) -> None:
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
