"""Persons that may be one: a name is no key, so this is proposed and nothing is merged by it."""

from __future__ import annotations

from data.engine.draft import Draft
from data.identity.domains import own_domain

MOST = 0.85
"""The most that a name and a company say: two of one name work there now and then."""


_TAKEN_OVER = 0.5

_HAS_A_DOUBLE = 0.1
"""Share of people with a second record at their company that shares no contact with the first."""

_PEOPLE_UNSEEN = 10_000
"""How many other people the rate of a name is judged by before many are loaded."""

_MOST_NAMESAKES = 5


_WEIGHTS = """
    CASE WHEN titles = 1 THEN 3.0 WHEN titles > 1 THEN 0.5 ELSE 1.0 END
    * CASE WHEN cities = 1 THEN 1.5 WHEN cities > 1 THEN 0.5 ELSE 1.0 END
    * CASE WHEN private_mail THEN 0.5 ELSE 1.0 END
"""


def propose_people(draft: Draft, propose_from: float) -> None:
    """Rebuild `person_proposal` from persons of one name at one company, and from records.

    Persons are as `person_identity` says they are. Two are proposed when they have the same name
    key and belong to the same account, unless their contacts contradict each other: both have a
    phone, or both have an e-mail; of a company's address and a private one nothing is said. Chance
    namesakes count: the more common a name is elsewhere, and the more people are known at the
    account, the less sure it is. The same job title or city makes it surer, another one less. Of a
    name that more than five have at the account nothing is said.

    Two who were told under one record that was written over are proposed as well. Reads
    `person_account` and `person_taken_over`, and drops the latter with what belongs to it.
    """
    _gather(draft)
    draft.execute("DELETE FROM person_proposal")
    draft.execute(
        f"""
        INSERT INTO person_proposal
        WITH
        people AS (
            SELECT count(DISTINCT person_id) AS everybody FROM person_named
        ),
        holders AS (
            SELECT name_key, count(DISTINCT person_id) AS of_name FROM person_named
            GROUP BY name_key
        ),
        members AS (
            SELECT account_id, count(DISTINCT person_id) AS at_account FROM person_named
            WHERE account_id IS NOT NULL GROUP BY account_id
        ),
        pairs AS (
            SELECT one.account_id, one.name_key, one.person_id, other.person_id AS reference,
                one.namesakes,
                CASE WHEN lower(one.job_title) = lower(other.job_title) THEN 1
                    WHEN one.job_title IS NOT NULL AND other.job_title IS NOT NULL THEN 2
                    ELSE 0 END AS titles,
                CASE WHEN one.city = other.city THEN 1
                    WHEN one.city IS NOT NULL AND other.city IS NOT NULL THEN 2
                    ELSE 0 END AS cities,
                one.mails > 0 AND other.mails > 0 AS private_mail
            FROM person_namesake AS one
            JOIN person_namesake AS other
                ON other.account_id = one.account_id AND other.name_key = one.name_key
                AND other.person_id > one.person_id
            WHERE NOT (one.phones > 0 AND other.phones > 0)
                AND NOT (one.own_mails > 0 AND other.own_mails > 0)
                AND NOT (one.mails > one.own_mails AND other.mails > other.own_mails)
        ),
        weighed AS (
            SELECT pairs.*, {_HAS_A_DOUBLE} * ({_WEIGHTS}) / (
                (members.at_account - 1) * (holders.of_name - pairs.namesakes + 1)
                / (people.everybody + {_PEOPLE_UNSEEN})
            ) AS odds
            FROM pairs
            JOIN holders ON holders.name_key = pairs.name_key
            JOIN members ON members.account_id = pairs.account_id
            CROSS JOIN people
        ),
        told AS (
            SELECT reference, person_id, account_id, 'name_company' AS matched_by,
                least(odds / (1 + odds), {MOST}) / (namesakes - 1) AS confidence,
                titles = 1 AS same_title, cities = 1 AS same_city, private_mail
            FROM weighed
            UNION ALL
            SELECT reference, person_id, account_id, 'id', {_TAKEN_OVER}, false, false, false
            FROM person_succession
        )
        SELECT reference, person_id, min(account_id), max(matched_by), max(confidence),
            max(same_title), max(same_city), max(private_mail)
        FROM told
        WHERE confidence >= ?
        GROUP BY reference, person_id
        """,
        (propose_from,),
    )
    for table in ("person_named", "person_namesake", "person_succession",
                  "person_id_told", "person_taken_over"):  # fmt: skip
        draft.execute(f"DROP TABLE {table}")


def _gather(draft: Draft) -> None:
    """Tables `person_named`, `person_namesake` and `person_succession`, by resolved person."""
    draft.execute(
        """
        CREATE OR REPLACE TEMP TABLE person_named AS
        SELECT DISTINCT identity.person_id, told.name_key, person_account.account_id
        FROM (
            SELECT person_id, name_key FROM person WHERE name_key IS NOT NULL
            UNION SELECT person_id, name_key FROM person_alias WHERE name_key IS NOT NULL
        ) AS told
        JOIN person_identity AS identity ON identity.reference = told.person_id
        LEFT JOIN person_account ON person_account.person_id = identity.person_id
        """
    )
    draft.execute(
        f"""
        CREATE OR REPLACE TEMP TABLE person_namesake AS
        WITH
        shared AS (
            SELECT account_id, name_key, count(*) AS namesakes FROM person_named
            WHERE account_id IS NOT NULL
            GROUP BY account_id, name_key HAVING count(*) BETWEEN 2 AND {_MOST_NAMESAKES}
        ),
        named AS (
            SELECT person_named.*, shared.namesakes FROM person_named
            JOIN shared ON shared.account_id = person_named.account_id
                AND shared.name_key = person_named.name_key
        ),
        known AS (
            SELECT identity.person_id, person.job_title, person.city, person.phone_key,
                CASE WHEN person.email_state IS DISTINCT FROM 'role' THEN person.email_key END
                    AS email_key,
                {own_domain("person.email_domain")} IS NOT NULL AS is_own
            FROM person_identity AS identity
            JOIN person ON person.person_id = identity.reference
            WHERE identity.person_id IN (SELECT named.person_id FROM named)
        )
        SELECT named.account_id, named.name_key, named.namesakes, named.person_id,
            max(known.job_title) AS job_title, max(known.city) AS city,
            count(known.phone_key) AS phones, count(known.email_key) AS mails,
            count(known.email_key) FILTER (known.is_own) AS own_mails
        FROM named
        JOIN known ON known.person_id = named.person_id
        GROUP BY named.account_id, named.name_key, named.namesakes, named.person_id
        """
    )
    draft.execute(
        """
        CREATE OR REPLACE TEMP TABLE person_succession AS
        WITH holders AS (
            SELECT DISTINCT told.reference AS record, identity.person_id
            FROM person_id_told AS told
            SEMI JOIN person_taken_over ON person_taken_over.reference = told.reference
            JOIN person_identity AS identity ON identity.reference = told.person_id
        )
        SELECT DISTINCT one.person_id, other.person_id AS reference, person_account.account_id
        FROM holders AS one
        JOIN holders AS other
            ON other.record = one.record AND other.person_id > one.person_id
        LEFT JOIN person_account ON person_account.person_id = one.person_id
        """
    )
