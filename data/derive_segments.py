"""Who a reference means, and the segments of a lead: steps that several derived tables share."""

from __future__ import annotations

from data.names import CAMPAIGNS, CONTENTS, NAMED, named_steps
from data.query import Step
from data.tables import UNASSIGNED, Segmented, columns

SEGMENTS = tuple(columns(Segmented))
"""The columns by which everything derived can be sliced."""

COMPANY_SEGMENTS = ("country", "region", "city", "industry", "size_band", "relationship")
"""Those that a company's record fills."""


def segment_steps() -> tuple[Step, ...]:
    """Steps `aliases`, `companies`, `campaigns`, `contents`, `people` and `segments`.

    `aliases` maps a reference `system:record` to its person. `companies` maps every account id, and
    the name key of every account, to the id that stands for the company: accounts with the same
    name key are one, named by a CRM id where there is one. `campaigns` and `contents` are by id and
    by name. Where a company's records say different things, the record that says most is believed,
    and of equals the one with the first account id. `people` gives a
    person's company. `segments` has one row per lead.
    """
    # arg_min passes over nulls: what the fullest record leaves out is the next one's to say.
    believed = ", ".join(f"arg_min({name}, place) AS {name}" for name in COMPANY_SEGMENTS)
    filled = " + ".join(
        f"CASE WHEN account.{name} IS NULL THEN 0 ELSE 1 END" for name in COMPANY_SEGMENTS
    )
    told = ", ".join(f"account.{name}" for name in COMPANY_SEGMENTS)
    return (
        *named_steps(CAMPAIGNS),
        *named_steps(CONTENTS),
        Step(
            "aliases",
            """
            SELECT source_system || ':' || source_record_id AS reference, person_id
            FROM person_alias
            """,
        ),
        Step(
            "known_companies",
            f"""
            SELECT
                account_id AS reference,
                name_key,
                CASE
                    WHEN name_key IS NULL THEN account_id
                    ELSE first_value(account_id) OVER (
                        PARTITION BY name_key
                        ORDER BY CASE WHEN account_id LIKE '{NAMED}%' THEN 1 ELSE 0 END, account_id
                    )
                END AS account_id
            FROM account
            """,
        ),
        Step(
            "companies",
            f"""
            SELECT reference, account_id FROM known_companies
            UNION ALL
            SELECT '{NAMED}' || name_key AS reference, min(account_id) AS account_id
            FROM known_companies
            WHERE name_key IS NOT NULL
            GROUP BY name_key
            HAVING count(CASE WHEN reference = '{NAMED}' || name_key THEN 1 END) = 0
            """,
        ),
        Step(
            "company_facts",
            f"""
            SELECT account_id, {believed}
            FROM (
                SELECT
                    companies.account_id,
                    row_number() OVER (
                        PARTITION BY companies.account_id
                        ORDER BY {filled} DESC, account.account_id
                    ) AS place,
                    {told}
                FROM account
                JOIN companies ON companies.reference = account.account_id
            ) AS records
            GROUP BY account_id
            """,
        ),
        Step(
            "lead_people",
            """
            SELECT
                lead.lead_id,
                lead.created_at,
                coalesce(aliases.person_id, lead.person_id) AS person_id,
                coalesce(companies.account_id, lead.account_id) AS account_id
            FROM lead
            LEFT JOIN aliases ON aliases.reference = lead.person_id
            LEFT JOIN companies ON companies.reference = lead.account_id
            """,
        ),
        Step(
            "memberships",
            """
            SELECT person.person_id, 0 AS priority,
                coalesce(companies.account_id, person.account_id) AS account_id
            FROM person
            LEFT JOIN companies ON companies.reference = person.account_id
            WHERE person.account_id IS NOT NULL
            UNION ALL
            SELECT person_id, 1 AS priority, max(account_id) AS account_id
            FROM lead_people
            WHERE person_id IS NOT NULL AND account_id IS NOT NULL
            GROUP BY person_id
            """,
        ),
        Step(
            "people",
            """
            SELECT person_id, arg_min(account_id, priority) AS account_id
            FROM memberships
            GROUP BY person_id
            """,
        ),
        Step(
            "segments",
            f"""
            SELECT
                lead.lead_id,
                lead.created_at,
                lead_people.person_id,
                coalesce(lead_people.account_id, people.account_id) AS account_id,
                coalesce(lead.channel, campaign.channel, '{UNASSIGNED}') AS channel,
                coalesce(campaign.name, lead.campaign_id, '{UNASSIGNED}') AS campaign,
                coalesce(content.title, lead.content_id, '{UNASSIGNED}') AS content,
                coalesce(lead.product, '{UNASSIGNED}') AS product,
                coalesce(lead.owner, '{UNASSIGNED}') AS owner,
                coalesce(lead.region, company_facts.region, person.region, '{UNASSIGNED}')
                    AS region,
                coalesce(company_facts.country, '{UNASSIGNED}') AS country,
                coalesce(company_facts.city, person.city, '{UNASSIGNED}') AS city,
                coalesce(company_facts.industry, '{UNASSIGNED}') AS industry,
                coalesce(company_facts.size_band, '{UNASSIGNED}') AS size_band,
                coalesce(company_facts.relationship, '{UNASSIGNED}') AS relationship,
                coalesce(person.seniority, '{UNASSIGNED}') AS seniority,
                coalesce(person.department, '{UNASSIGNED}') AS department,
                coalesce(person.persona, '{UNASSIGNED}') AS persona,
                coalesce(lead.tier, '{UNASSIGNED}') AS tier,
                coalesce(lead.grade, '{UNASSIGNED}') AS grade
            FROM lead
            JOIN lead_people ON lead_people.lead_id = lead.lead_id
            LEFT JOIN people ON people.person_id = lead_people.person_id
            LEFT JOIN person ON person.person_id = lead_people.person_id
            LEFT JOIN company_facts
                ON company_facts.account_id = coalesce(lead_people.account_id, people.account_id)
            LEFT JOIN campaigns AS campaign ON campaign.reference = lead.campaign_id
            LEFT JOIN contents AS content ON content.reference = lead.content_id
            """,
        ),
    )
