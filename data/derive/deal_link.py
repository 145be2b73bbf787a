"""SQL steps that find the leads of deals: by what a deal names, else by its company."""

from __future__ import annotations

from data.references import NAMESAKE, person_of_lead_sql
from data.schema.derived import LINKED_BY
from data.sql import Step

CAME_IN_TIME = "{lead}.created_at < {deal}.open_by + INTERVAL 1 DAY"
"""SQL: a lead was created before a deal was opened, or within a day after.

A CRM that makes deal and contact of one form makes the deal first, and a date has no hour.
"""

STRENGTH = {name: rank for rank, name in enumerate(LINKED_BY)}
"""Of a deal's links to one lead the lowest counts."""

_NOBODY = """
SELECT CAST(NULL AS VARCHAR) AS opportunity_id, CAST(NULL AS VARCHAR) AS reference,
    CAST(NULL AS TIMESTAMP) AS open_by, CAST(NULL AS VARCHAR) AS person_id
WHERE FALSE
"""


def named_steps(*, by_name: bool) -> tuple[Step, ...]:
    """Steps to `named_links`: the leads that deals name, by themselves or by their people."""
    in_time = CAME_IN_TIME.format(lead="lead_people", deal="linked")
    return (
        Step(
            "named_leads",
            """
            SELECT opportunity_id, primary_lead_id AS lead_id, 0 AS priority
            FROM opportunity WHERE primary_lead_id IS NOT NULL
            UNION ALL
            SELECT opportunity_id, lead_id,
                CASE WHEN lower(role) IN ('primary', 'decision maker') THEN 1 ELSE 2 END AS priority
            FROM opportunity_lead
            """,
        ),
        Step(
            "contacts_of_deals",
            f"""
            SELECT
                named.opportunity_id,
                named.lead_id AS reference,
                dated_deals.open_by,
                coalesce(aliases.person_id, named.person) AS person_id
            FROM (
                SELECT DISTINCT opportunity_id, lead_id, {person_of_lead_sql("lead_id")} AS person
                FROM named_leads
            ) AS named
            LEFT JOIN dated_deals ON dated_deals.opportunity_id = named.opportunity_id
            LEFT JOIN aliases ON aliases.reference = named.person
            WHERE named.person IS NOT NULL
            """,
        ),
        *(_namesake_steps() if by_name else (Step("namesakes", _NOBODY),)),
        Step(
            "people_of_deals",
            f"""
            SELECT *, {STRENGTH["contact"]} AS strength FROM contacts_of_deals
            UNION ALL
            SELECT *, {STRENGTH["name"]} AS strength FROM namesakes
            """,
        ),
        Step(
            "leads_of_people",
            f"""
            SELECT
                linked.opportunity_id,
                linked.reference,
                linked.strength,
                lead_people.lead_id,
                row_number() OVER (
                    PARTITION BY linked.opportunity_id, linked.reference
                    ORDER BY
                        CASE WHEN {in_time} THEN 0 ELSE 1 END,
                        CASE WHEN {in_time} THEN lead_people.created_at END DESC NULLS LAST,
                        lead_people.created_at NULLS LAST,
                        lead_people.lead_id
                ) AS place
            FROM people_of_deals AS linked
            JOIN lead_people ON lead_people.person_id = linked.person_id
            """,
        ),
        Step(
            "named_links",
            f"""
            SELECT linked.opportunity_id, lead.lead_id, lead.created_at,
                min(linked.priority) AS priority,
                min(coalesce(leads_of_people.strength, {STRENGTH["lead"]})) AS strength
            FROM named_leads AS linked
            LEFT JOIN leads_of_people
                ON leads_of_people.opportunity_id = linked.opportunity_id
                AND leads_of_people.reference = linked.lead_id
                AND leads_of_people.place = 1
            JOIN lead ON lead.lead_id = coalesce(leads_of_people.lead_id, linked.lead_id)
            GROUP BY linked.opportunity_id, lead.lead_id, lead.created_at
            """,
        ),
    )


def _namesake_steps() -> tuple[Step, ...]:
    """Step `namesakes`: whom deals name by name alone, where their company has the name once."""
    return (
        Step(
            "names_of_deals",
            f"""
            SELECT DISTINCT named_leads.opportunity_id, named_leads.lead_id AS reference,
                dated_deals.open_by, dated_deals.account_id,
                {person_of_lead_sql("named_leads.lead_id", NAMESAKE)} AS name_key
            FROM named_leads
            JOIN dated_deals ON dated_deals.opportunity_id = named_leads.opportunity_id
            WHERE {person_of_lead_sql("named_leads.lead_id", NAMESAKE)} IS NOT NULL
            """,
        ),
        Step(
            "people_called",
            """
            SELECT DISTINCT aliases.person_id, reported.name_key
            FROM (
                SELECT person_id, name_key FROM person
                UNION
                SELECT person_id, name_key FROM person_alias
            ) AS reported
            JOIN (SELECT DISTINCT name_key FROM names_of_deals) AS asked
                ON asked.name_key = reported.name_key
            JOIN aliases ON aliases.reference = reported.person_id
            """,
        ),
        Step(
            "people_at_companies",
            """
            SELECT people_called.person_id, people_called.name_key, person_account.account_id
            FROM people_called
            JOIN person_account ON person_account.person_id = people_called.person_id
            UNION
            SELECT people_called.person_id, people_called.name_key, lead_people.account_id
            FROM people_called
            JOIN lead_people ON lead_people.person_id = people_called.person_id
            """,
        ),
        Step(
            "namesakes",
            """
            SELECT names_of_deals.opportunity_id, names_of_deals.reference, names_of_deals.open_by,
                min(people_at_companies.person_id) AS person_id
            FROM names_of_deals
            JOIN people_at_companies
                ON people_at_companies.name_key = names_of_deals.name_key
                AND people_at_companies.account_id = names_of_deals.account_id
            GROUP BY names_of_deals.opportunity_id, names_of_deals.reference, names_of_deals.open_by
            HAVING count(DISTINCT people_at_companies.person_id) = 1
            """,
        ),
    )


def by_account_steps() -> tuple[Step, ...]:
    """Steps to `account_links`: the lead that alone could have led to a deal without a named one.

    A deal that names a lead by its id is that lead's, also while the lead is not loaded.
    """
    in_time = CAME_IN_TIME.format(lead="lead", deal="silent_deals")
    return (
        Step(
            "silent_deals",
            f"""
            SELECT dated_deals.opportunity_id, dated_deals.open_by, dated_deals.account_id
            FROM dated_deals
            LEFT JOIN (
                SELECT opportunity_id FROM named_links
                UNION
                SELECT opportunity_id FROM named_leads
                WHERE {person_of_lead_sql("lead_id")} IS NULL
                    AND {person_of_lead_sql("lead_id", NAMESAKE)} IS NULL
            ) AS named ON named.opportunity_id = dated_deals.opportunity_id
            WHERE named.opportunity_id IS NULL AND dated_deals.account_id IS NOT NULL
            """,
        ),
        Step(
            "companions",
            f"""
            SELECT silent_deals.opportunity_id, silent_deals.open_by, lead.lead_id, lead.created_at,
                coalesce(lead_people.person_id, lead.lead_id) AS person_id
            FROM silent_deals
            JOIN lead_people ON lead_people.account_id = silent_deals.account_id
            JOIN lead ON lead.lead_id = lead_people.lead_id
            WHERE coalesce({in_time}, TRUE)
                AND coalesce(lead.stage, 'lead') <> 'disqualified'
            """,
        ),
        Step(
            "disqualified",
            """
            SELECT DISTINCT companions.opportunity_id, companions.lead_id
            FROM companions
            JOIN stage_change
                ON stage_change.subject_kind = 'lead'
                AND stage_change.subject_id = companions.lead_id
                AND stage_change.stage = 'disqualified'
                AND stage_change.entered_at < companions.open_by
            """,
        ),
        Step(
            "candidates",
            """
            SELECT companions.*
            FROM companions
            LEFT JOIN disqualified
                ON disqualified.opportunity_id = companions.opportunity_id
                AND disqualified.lead_id = companions.lead_id
            WHERE disqualified.lead_id IS NULL
            """,
        ),
        Step(
            "account_links",
            f"""
            SELECT ranked.opportunity_id, ranked.lead_id, ranked.created_at, 0 AS priority,
                {STRENGTH["account"]} AS strength
            FROM (
                SELECT candidates.*,
                    row_number() OVER (
                        PARTITION BY opportunity_id ORDER BY created_at DESC NULLS LAST, lead_id
                    ) AS place
                FROM candidates
            ) AS ranked
            JOIN (
                SELECT opportunity_id FROM candidates
                GROUP BY opportunity_id HAVING count(DISTINCT person_id) = 1
            ) AS alone ON alone.opportunity_id = ranked.opportunity_id
            WHERE ranked.place = 1
            """,
        ),
    )
