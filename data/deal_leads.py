"""Which leads a deal is about: steps that deriving and the restatement log share."""

from __future__ import annotations

from data.references import person_of_lead_sql
from data.sql import Step


def lead_people_steps() -> tuple[Step, ...]:
    """Steps `aliases`, one row per reference to a person, and `lead_people`, one row per lead.

    They give the person that a reference means, and the person and company of a lead, as
    `data.identity.resolve` found them.
    """
    return (
        Step("aliases", "SELECT reference, person_id FROM person_identity"),
        Step(
            "lead_people",
            """
            SELECT lead.lead_id, lead.created_at, lead_identity.person_id, lead_identity.account_id
            FROM lead
            JOIN lead_identity ON lead_identity.lead_id = lead.lead_id
            """,
        ),
    )


def deal_leads_steps() -> tuple[Step, ...]:
    """Steps to `deal_leads`, after those of `lead_people`: one row per deal and lead of it.

    `place` 1 is the primary lead. Where a deal names only a person, the lead is that person's last
    one before the deal was opened, else the first one after.
    """
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
            "people_of_deals",
            f"""
            SELECT
                named.opportunity_id,
                named.lead_id AS reference,
                opportunity.created_at AS opened_at,
                coalesce(aliases.person_id, named.person) AS person_id
            FROM (
                SELECT DISTINCT opportunity_id, lead_id, {person_of_lead_sql("lead_id")} AS person
                FROM named_leads
            ) AS named
            LEFT JOIN opportunity ON opportunity.opportunity_id = named.opportunity_id
            LEFT JOIN aliases ON aliases.reference = named.person
            WHERE named.person IS NOT NULL
            """,
        ),
        Step(
            "leads_of_people",
            """
            SELECT
                linked.opportunity_id,
                linked.reference,
                lead_people.lead_id,
                row_number() OVER (
                    PARTITION BY linked.opportunity_id, linked.reference
                    ORDER BY
                        CASE WHEN lead_people.created_at <= linked.opened_at THEN 0 ELSE 1 END,
                        CASE WHEN lead_people.created_at <= linked.opened_at
                            THEN lead_people.created_at END DESC NULLS LAST,
                        lead_people.created_at NULLS LAST,
                        lead_people.lead_id
                ) AS place
            FROM people_of_deals AS linked
            JOIN lead_people ON lead_people.person_id = linked.person_id
            """,
        ),
        Step(
            "deal_leads",
            """
            SELECT
                opportunity_id,
                lead_id,
                row_number() OVER (
                    PARTITION BY opportunity_id ORDER BY priority, created_at NULLS LAST, lead_id
                ) AS place
            FROM (
                SELECT linked.opportunity_id, lead.lead_id, lead.created_at,
                    min(linked.priority) AS priority
                FROM named_leads AS linked
                LEFT JOIN leads_of_people
                    ON leads_of_people.opportunity_id = linked.opportunity_id
                    AND leads_of_people.reference = linked.lead_id
                    AND leads_of_people.place = 1
                JOIN lead ON lead.lead_id = coalesce(leads_of_people.lead_id, linked.lead_id)
                GROUP BY linked.opportunity_id, lead.lead_id, lead.created_at
            ) AS links
            """,
        ),
    )
