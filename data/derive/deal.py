"""SQL steps that build `deal`: each opportunity with its leads and its first marketing touch."""

from __future__ import annotations

from data.deal_leads import deal_leads_steps
from data.derive.segments import COMPANY_SEGMENTS, SEGMENTS
from data.schema.contract import UNASSIGNED
from data.sql import Step, reporting_day


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
