"""SQL steps that several derived tables share: a lead's segments and resolved references."""

from __future__ import annotations

from data.deal_leads import lead_people_steps
from data.references import CAMPAIGNS, CONTENTS, named_steps
from data.schema.contract import UNASSIGNED, columns
from data.schema.derived import Segmented
from data.sql import Step

SEGMENTS = tuple(columns(Segmented))
"""The columns by which everything derived can be sliced."""


COMPANY_SEGMENTS = ("country", "region", "city", "industry", "size_band", "relationship")
"""Those that a company's record fills."""


def segment_steps() -> tuple[Step, ...]:
    """Steps to `segments`: one row per lead with the value of each segment.

    The steps before it are of use to other derived tables too. `aliases` and `lead_people` are
    those of `data.deal_leads`. `companies` maps an account id, or the name of an account, to the
    account that stands for the company. `people` gives a person's company. `campaigns` and
    `contents` have one row per reference, by id or by name. Where records of a company differ, the
    most complete record is believed, and of equals the one with the first account id. Seniority,
    department and persona that no file gives are read from the job title, industries in standard
    words.
    """
    # arg_min passes over nulls: what the fullest record leaves out is the next one's to say.
    believed = ", ".join(f"arg_min({name}, place) AS {name}" for name in COMPANY_SEGMENTS)
    filled = " + ".join(
        f"CASE WHEN account.{name} IS NULL THEN 0 ELSE 1 END" for name in COMPANY_SEGMENTS
    )
    recorded = ", ".join(f"account.{name}" for name in COMPANY_SEGMENTS)
    standard = ", ".join(
        "coalesce(industry_name.standard, believed.industry) AS industry"
        if name == "industry"
        else f"believed.{name}"
        for name in COMPANY_SEGMENTS
    )
    return (
        *named_steps(CAMPAIGNS),
        *named_steps(CONTENTS),
        *lead_people_steps(),
        Step("companies", "SELECT reference, account_id FROM account_identity WHERE applied"),
        Step(
            "company_facts",
            f"""
            SELECT believed.account_id, {standard}
            FROM (SELECT account_id, {believed} FROM (
                SELECT
                    companies.account_id,
                    row_number() OVER (
                        PARTITION BY companies.account_id
                        ORDER BY {filled} DESC, account.account_id
                    ) AS place,
                    {recorded}
                FROM account
                JOIN companies ON companies.reference = account.account_id
            ) AS records GROUP BY account_id) AS believed
            LEFT JOIN industry_name ON industry_name.industry = believed.industry
            """,
        ),
        Step("people", "SELECT person_id, account_id FROM person_account"),
        Step(
            "segments",
            f"""
            SELECT
                lead.lead_id,
                lead.created_at,
                lead_identity.person_id,
                lead_identity.account_id,
                coalesce(lead.channel, campaign.channel, '{UNASSIGNED}') AS channel,
                coalesce(campaign.name, lead.campaign_id, '{UNASSIGNED}') AS campaign,
                coalesce(content.title, lead.content_id, '{UNASSIGNED}') AS content,
                coalesce(lead.product, '{UNASSIGNED}') AS product,
                coalesce(campaign.tool, '{UNASSIGNED}') AS tool,
                coalesce(lead.owner, '{UNASSIGNED}') AS owner,
                coalesce(lead.region, company_facts.region, person.region, '{UNASSIGNED}')
                    AS region,
                coalesce(company_facts.country, '{UNASSIGNED}') AS country,
                coalesce(company_facts.city, person.city, '{UNASSIGNED}') AS city,
                coalesce(company_facts.industry, '{UNASSIGNED}') AS industry,
                coalesce(company_facts.size_band, '{UNASSIGNED}') AS size_band,
                coalesce(company_facts.relationship, '{UNASSIGNED}') AS relationship,
                coalesce(person.seniority, title_role.seniority, '{UNASSIGNED}') AS seniority,
                coalesce(person.department, title_role.department, '{UNASSIGNED}') AS department,
                coalesce(person.persona, title_role.persona, '{UNASSIGNED}') AS persona,
                coalesce(lead.tier, '{UNASSIGNED}') AS tier,
                coalesce(lead.grade, '{UNASSIGNED}') AS grade
            FROM lead
            JOIN lead_identity ON lead_identity.lead_id = lead.lead_id
            LEFT JOIN person_fact AS person ON person.person_id = lead_identity.person_id
            LEFT JOIN title_role ON title_role.job_title = person.job_title
            LEFT JOIN company_facts ON company_facts.account_id = lead_identity.account_id
            LEFT JOIN campaigns AS campaign ON campaign.reference = lead.campaign_id
            LEFT JOIN contents AS content ON content.reference = lead.content_id
            """,
        ),
    )
