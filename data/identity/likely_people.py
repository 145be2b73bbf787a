"""Persons that may be one: a name is no key, so pairs are proposed and never merged."""

from __future__ import annotations

from data.engine.draft import Draft
from data.identity.domains import own_domain
from data.identity.working_tables import make, two_of
from data.sql import Query, Step

MOST = 0.85
"""Highest confidence by name and company: two people of one name may work at one company."""


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


PROPOSALS_COME_FROM = (two_of("person_named WHERE account_id IS NOT NULL"), "person_taken_over")
"""Where none of these has a row no two persons can be proposed."""


def propose_people(draft: Draft, propose_from: float) -> None:
    """Rebuild `person_proposal` from persons of one name at one company, and from records.

    One row per two persons, as `person_identity` knows them. Two are proposed when they have the
    same name key and belong to the same account, unless their contacts contradict each other: both
    have a phone, or both have an e-mail; a company's address and a private one do not contradict
    each other. Chance namesakes count: the more common a name is elsewhere, and the more people
    are known at the account, the lower is the confidence. The same job title or city raises it, a
    different one lowers it. A name that more than five have at the account gives no proposal.

    Two who were reported under one record that was written over are proposed as well. Reads
    `person_account`, `person_of_record` and `person_taken_over`, and drops the last two. Raises
    EngineError with the failing step.
    """
    make(draft, "person_named", person_names())
    draft.execute("DELETE FROM person_proposal")
    if draft.has_any(*PROPOSALS_COME_FROM):
        draft.insert("person_proposal", person_proposals(propose_from))
    for table in ("person_named", "person_of_record", "person_taken_over"):
        draft.execute(f"DROP TABLE {table}")


def person_names() -> Query:
    """One row per person, as resolved, and name key of one of its rows; with its account."""
    return Query(
        Step(
            "reported_names",
            """
            SELECT person_id, name_key FROM person WHERE name_key IS NOT NULL
            UNION
            SELECT person_id, name_key FROM person_alias WHERE name_key IS NOT NULL
            """,
        ),
        Step(
            "person_names",
            """
            SELECT DISTINCT identity.person_id, reported_names.name_key, person_account.account_id
            FROM reported_names
            JOIN person_identity AS identity ON identity.reference = reported_names.person_id
            LEFT JOIN person_account ON person_account.person_id = identity.person_id
            """,
        ),
    )


def person_proposals(propose_from: float) -> Query:
    """One row per two persons that may be one, of at least the given confidence."""
    return Query(
        *_namesake_steps(),
        *_weight_steps(),
        *_succession_steps(),
        Step(
            "likely_pairs",
            f"""
            SELECT reference, person_id, account_id, 'name_company' AS matched_by,
                least(odds / (1 + odds), {MOST}) / (namesakes - 1) AS confidence,
                titles = 1 AS same_title, cities = 1 AS same_city, private_mail
            FROM weighed_pairs
            UNION ALL
            SELECT reference, person_id, account_id, 'id', {_TAKEN_OVER}, false, false, false
            FROM record_successions
            """,
        ),
        Step(
            "person_proposals",
            f"""
            SELECT reference, person_id, min(account_id) AS account_id,
                max(matched_by) AS matched_by, max(confidence) AS confidence,
                max(same_title) AS same_title, max(same_city) AS same_city,
                max(private_mail) AS private_mail
            FROM likely_pairs
            WHERE confidence >= CAST({propose_from!r} AS DOUBLE)
            GROUP BY reference, person_id
            """,
        ),
    )


def _namesake_steps() -> tuple[Step, ...]:
    """Steps to `namesakes`: one row per person with a name that few others have at its account."""
    return (
        Step(
            "shared_names",
            f"""
            SELECT account_id, name_key, count(*) AS namesakes FROM person_named
            WHERE account_id IS NOT NULL
            GROUP BY account_id, name_key HAVING count(*) BETWEEN 2 AND {_MOST_NAMESAKES}
            """,
        ),
        Step(
            "people_of_shared_names",
            """
            SELECT person_named.*, shared_names.namesakes FROM person_named
            JOIN shared_names ON shared_names.account_id = person_named.account_id
                AND shared_names.name_key = person_named.name_key
            """,
        ),
        Step(
            "known_contacts",
            f"""
            SELECT identity.person_id, person.job_title, person.city, person.phone_key,
                CASE WHEN person.email_state IS DISTINCT FROM 'role' THEN person.email_key END
                    AS email_key,
                {own_domain("person.email_domain")} IS NOT NULL AS is_own
            FROM person_identity AS identity
            JOIN person ON person.person_id = identity.reference
            WHERE identity.person_id IN (
                SELECT people_of_shared_names.person_id FROM people_of_shared_names
            )
            """,
        ),
        Step(
            "namesakes",
            """
            SELECT named.account_id, named.name_key, named.namesakes, named.person_id,
                max(known.job_title) AS job_title, max(known.city) AS city,
                count(known.phone_key) AS phones, count(known.email_key) AS mails,
                count(known.email_key) FILTER (known.is_own) AS own_mails
            FROM people_of_shared_names AS named
            JOIN known_contacts AS known ON known.person_id = named.person_id
            GROUP BY named.account_id, named.name_key, named.namesakes, named.person_id
            """,
        ),
    )


def _weight_steps() -> tuple[Step, ...]:
    """Steps to `weighed_pairs`: two namesakes of one account, with the odds that they are one."""
    return (
        Step("people", "SELECT count(DISTINCT person_id) AS everybody FROM person_named"),
        Step(
            "name_holders",
            """
            SELECT name_key, count(DISTINCT person_id) AS of_name FROM person_named
            GROUP BY name_key
            """,
        ),
        Step(
            "account_members",
            """
            SELECT account_id, count(DISTINCT person_id) AS at_account FROM person_named
            WHERE account_id IS NOT NULL GROUP BY account_id
            """,
        ),
        Step(
            "namesake_pairs",
            """
            SELECT one.account_id, one.name_key, one.person_id, other.person_id AS reference,
                one.namesakes,
                CASE WHEN lower(one.job_title) = lower(other.job_title) THEN 1
                    WHEN one.job_title IS NOT NULL AND other.job_title IS NOT NULL THEN 2
                    ELSE 0 END AS titles,
                CASE WHEN one.city = other.city THEN 1
                    WHEN one.city IS NOT NULL AND other.city IS NOT NULL THEN 2
                    ELSE 0 END AS cities,
                one.mails > 0 AND other.mails > 0 AS private_mail
            FROM namesakes AS one
            JOIN namesakes AS other
                ON other.account_id = one.account_id AND other.name_key = one.name_key
                AND other.person_id > one.person_id
            WHERE NOT (one.phones > 0 AND other.phones > 0)
                AND NOT (one.own_mails > 0 AND other.own_mails > 0)
                AND NOT (one.mails > one.own_mails AND other.mails > other.own_mails)
            """,
        ),
        Step(
            "weighed_pairs",
            f"""
            SELECT pairs.*, {_HAS_A_DOUBLE} * ({_WEIGHTS}) / (
                (members.at_account - 1) * (holders.of_name - pairs.namesakes + 1)
                / (people.everybody + {_PEOPLE_UNSEEN})
            ) AS odds
            FROM namesake_pairs AS pairs
            JOIN name_holders AS holders ON holders.name_key = pairs.name_key
            JOIN account_members AS members ON members.account_id = pairs.account_id
            CROSS JOIN people
            """,
        ),
    )


def _succession_steps() -> tuple[Step, ...]:
    """Steps to `record_successions`: two persons who held one record one after the other."""
    return (
        Step(
            "record_holders",
            """
            SELECT DISTINCT reported.reference AS record, identity.person_id
            FROM person_of_record AS reported
            SEMI JOIN person_taken_over ON person_taken_over.reference = reported.reference
            JOIN person_identity AS identity ON identity.reference = reported.person_id
            """,
        ),
        Step(
            "record_successions",
            """
            SELECT DISTINCT one.person_id, other.person_id AS reference, person_account.account_id
            FROM record_holders AS one
            JOIN record_holders AS other
                ON other.record = one.record AND other.person_id > one.person_id
            LEFT JOIN person_account ON person_account.person_id = one.person_id
            """,
        ),
    )
