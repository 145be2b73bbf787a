"""Steps of `deal`: each opportunity with its leads and its first marketing touch."""

from __future__ import annotations

from data.derive.segments import COMPANY_SEGMENTS, SEGMENTS
from data.references import PERSON
from data.schema.contract import UNASSIGNED
from data.sql import Step, reporting_day


def deal_leads_steps() -> tuple[Step, ...]:
    """Step `deal_leads`: every lead of a deal; the first is its primary lead.

    Where only the person is known, the lead is that person's last one before the deal was opened,
    else the first one after.
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
            "leads_of_people",
            f"""
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
            FROM (
                SELECT
                    told.opportunity_id,
                    told.lead_id AS reference,
                    opportunity.created_at AS opened_at,
                    coalesce(aliases.person_id, told.person) AS person_id
                FROM (
                    SELECT DISTINCT opportunity_id, lead_id,
                        substr(lead_id, {len(PERSON) + 1}) AS person
                    FROM named_leads WHERE lead_id LIKE '{PERSON}%'
                ) AS told
                LEFT JOIN opportunity ON opportunity.opportunity_id = told.opportunity_id
                LEFT JOIN aliases ON aliases.reference = told.person
            ) AS linked
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


def deal_steps() -> tuple[Step, ...]:
    """Steps of `deal`, after those of `segments` and the step `settings`; reads table touch.

    A deal's first marketing touch is the earliest of its account's touches and of its primary
    lead's person's: the person may have come to know us before anybody knew the company.
    """
    segments = ",\n".join(
        f"coalesce(segments.{name}, {fallback}) AS {name}"
        for name in SEGMENTS
        for fallback in [
            f"opportunity.{name}, '{UNASSIGNED}'"
            if name in ("owner", "product")
            else f"company_facts.{name}, '{UNASSIGNED}'"
            if name in COMPANY_SEGMENTS
            else f"'{UNASSIGNED}'"
        ]
    )
    return (
        *deal_leads_steps(),
        Step(
            "account_touches",
            """
            SELECT account_id, min(occurred_at) AS first_touch_at
            FROM touch
            WHERE account_id IS NOT NULL
                AND channel NOT IN (SELECT sales_channel.channel FROM sales_channel)
            GROUP BY account_id
            """,
        ),
        Step(
            "person_touches",
            """
            SELECT person_id, min(occurred_at) AS first_touch_at
            FROM touch
            WHERE person_id IS NOT NULL
                AND channel NOT IN (SELECT sales_channel.channel FROM sales_channel)
            GROUP BY person_id
            """,
        ),
        Step(
            "deals",
            f"""
            SELECT
                {segments},
                opportunity.opportunity_id,
                segments.lead_id,
                coalesce(companies.account_id, opportunity.account_id, segments.account_id)
                    AS account_id,
                opportunity.created_at AS opened_at,
                {reporting_day("opportunity.created_at")} AS opened_on,
                {reporting_day("opportunity.closed_at")} AS closed_on,
                coalesce(opportunity.outcome, 'open') AS outcome,
                opportunity.amount,
                opportunity.original_amount,
                opportunity.currency,
                least(account_touches.first_touch_at, person_touches.first_touch_at)
                    AS first_touch_at
            FROM opportunity
            CROSS JOIN settings
            LEFT JOIN deal_leads
                ON deal_leads.opportunity_id = opportunity.opportunity_id AND deal_leads.place = 1
            LEFT JOIN segments ON segments.lead_id = deal_leads.lead_id
            LEFT JOIN companies ON companies.reference = opportunity.account_id
            LEFT JOIN company_facts ON company_facts.account_id
                = coalesce(companies.account_id, opportunity.account_id, segments.account_id)
            LEFT JOIN account_touches ON account_touches.account_id
                = coalesce(companies.account_id, opportunity.account_id, segments.account_id)
            LEFT JOIN person_touches ON person_touches.person_id = segments.person_id
            ORDER BY opened_on, opportunity.opportunity_id
            """,
        ),
    )
