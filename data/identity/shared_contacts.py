"""Phones and mailboxes that several references share, and which of these are one person."""

from __future__ import annotations

from data.engine.draft import Draft
from data.identity.working_tables import make
from data.references import is_contact_sql, person_of_contact_sql
from data.sql import Query, Step


def gather_shared_contacts(draft: Draft) -> None:
    """Make the table `shared_contact`: person_id, contact_key, matched_by, name_key, whom.

    One row per shared contact and reference. People share phones, and mailboxes of a function such
    as sales@. Of those with the same phone or mailbox, those of one name are one person. Somebody
    without a name is the one person with a name at the same company, if there is just one; never
    where names or companies contradict, or where two mailboxes without a name share a number. Rows
    with the same contact_key and `whom` are one person; `whom` is null where nothing says whose
    the contact is. Reads `person_record`. Raises EngineError with the failing step.
    """
    make(draft, "shared_contact", shared_contacts())


def shared_contacts() -> Query:
    """One row per shared contact and reference, with `whom` it belongs to."""
    return Query(
        *_contact_steps(),
        Step(
            "contacts_of_several",
            """
            SELECT contact_key FROM contacts
            GROUP BY contact_key HAVING min(person_id) < max(person_id)
            """,
        ),
        Step(
            "contacts_with_names",
            """
            SELECT DISTINCT contacts.person_id, contacts.contact_key, contacts.matched_by,
                person.email_key IS NOT NULL AND contacts.matched_by = 'phone' AS mailed,
                coalesce(contacts.name_key, max(contacts.name_key) OVER one) AS name_key,
                coalesce(contacts.company, max(contacts.company) OVER one) AS company
            FROM contacts
            SEMI JOIN contacts_of_several
                ON contacts_of_several.contact_key = contacts.contact_key
            LEFT JOIN person ON person.person_id = contacts.person_id
            WINDOW one AS (PARTITION BY contacts.contact_key, contacts.person_id)
            """,
        ),
        Step(
            "contact_holders",
            """
            SELECT *, CASE
                WHEN name_key IS NOT NULL THEN 'name ' || name_key
                WHEN mailed THEN 'e-mail of ' || person_id
            END AS who
            FROM contacts_with_names
            """,
        ),
        Step(
            "holders_by_contact",
            """
            SELECT contact_key, count(DISTINCT name_key) AS names,
                count(DISTINCT CASE WHEN name_key IS NULL THEN who END) AS mailboxes,
                count(DISTINCT company) AS companies,
                count(DISTINCT who) AS people, min(who) AS only_one
            FROM contact_holders GROUP BY contact_key
            """,
        ),
        Step(
            "holders_by_company",
            """
            SELECT contact_key, company, count(DISTINCT who) AS people, min(who) AS only_one
            FROM contact_holders WHERE company IS NOT NULL GROUP BY contact_key, company
            """,
        ),
        Step(
            "shared_contacts",
            """
            SELECT holder.person_id, holder.contact_key, holder.matched_by, holder.name_key, CASE
                WHEN by_contact.names <= 1 AND by_contact.mailboxes <= 1
                    AND by_contact.companies <= 1 THEN 'all'
                WHEN holder.who IS NOT NULL THEN holder.who
                WHEN holder.company IS NULL AND by_contact.people = 1 THEN by_contact.only_one
                WHEN by_company.people = 1 THEN by_company.only_one
                WHEN by_company.people = 0 THEN 'company ' || holder.company
            END AS whom
            FROM contact_holders AS holder
            JOIN holders_by_contact AS by_contact ON by_contact.contact_key = holder.contact_key
            LEFT JOIN holders_by_company AS by_company
                ON by_company.contact_key = holder.contact_key
                AND by_company.company = holder.company
            """,
        ),
    )


def _contact_steps() -> tuple[Step, ...]:
    """Steps to `contacts`: one row per reference and a contact that others may have too.

    A file of phones or mailboxes without names refers to persons of whom other files know more.
    """
    return (
        Step(
            "reachable_people",
            """
            SELECT person.person_id, person.phone_key, person.name_key,
                CASE WHEN person.email_state = 'role' THEN person.email_key END AS mailbox_key,
                coalesce(account_identity.account_id, person.account_id) AS company
            FROM person
            LEFT JOIN account_identity
                ON account_identity.reference = person.account_id AND account_identity.applied
            WHERE person.phone_key IS NOT NULL OR person.email_state = 'role'
            """,
        ),
        Step(
            "reported_contacts",
            """
            SELECT person_id, phone_key AS contact_key, 'phone' AS matched_by, name_key, company
            FROM reachable_people WHERE phone_key IS NOT NULL
            UNION ALL
            SELECT person_id, mailbox_key, 'email', name_key, company
            FROM reachable_people WHERE mailbox_key IS NOT NULL
            UNION ALL
            SELECT person_id, phone_key, 'phone', name_key, CAST(NULL AS VARCHAR)
            FROM person_record WHERE phone_key IS NOT NULL
            """,
        ),
        Step(
            "bare_references",
            f"""
            SELECT bare.person_id
            FROM (
                SELECT person_id FROM interaction WHERE {is_contact_sql("person_id")}
                UNION
                SELECT person_id FROM lead WHERE {is_contact_sql("person_id")}
            ) AS bare
            ANTI JOIN person ON person.person_id = bare.person_id
            """,
        ),
        Step(
            "contacts",
            f"""
            SELECT person_id, contact_key, matched_by, name_key, company FROM reported_contacts
            UNION ALL
            SELECT DISTINCT bare_references.person_id, reported.contact_key, reported.matched_by,
                CAST(NULL AS VARCHAR), CAST(NULL AS VARCHAR)
            FROM bare_references
            JOIN reported_contacts AS reported
                ON bare_references.person_id = {person_of_contact_sql("reported.contact_key")}
            """,
        ),
    )
