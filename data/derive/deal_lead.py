"""SQL steps that build `deal_lead`: which leads a deal is about, and which of them came late."""

from __future__ import annotations

from data.derive.stage_entries import entry_steps
from data.references import person_of_lead_sql
from data.sql import Step

_CAME_IN_TIME = "{lead}.created_at < {deal}.open_by + INTERVAL 1 DAY"
"""SQL: a lead was created before a deal was opened, or within a day after.

A CRM that makes deal and contact of one form makes the deal first, and a date has no hour.
"""


def deal_lead_steps() -> tuple[Step, ...]:
    """Steps of `deal_lead`, after `lead_people_steps`: one row per deal and lead of it.

    `place` 1 is the primary lead: of those that came in time, else of all, the one that the deal
    names first. Where a deal names only a person, the lead is that person's last one that came in
    time, else the first one after.
    """
    return (
        *entry_steps(),
        *_dated_steps(),
        *_named_steps(),
        Step(
            "links",
            """
            SELECT linked.opportunity_id, lead.lead_id, lead.created_at,
                min(linked.priority) AS priority
            FROM named_leads AS linked
            LEFT JOIN leads_of_people
                ON leads_of_people.opportunity_id = linked.opportunity_id
                AND leads_of_people.reference = linked.lead_id
                AND leads_of_people.place = 1
            JOIN lead ON lead.lead_id = coalesce(leads_of_people.lead_id, linked.lead_id)
            GROUP BY linked.opportunity_id, lead.lead_id, lead.created_at
            """,
        ),
        *_late_steps(),
        Step(
            "deal_leads",
            """
            SELECT links.opportunity_id, links.lead_id,
                row_number() OVER (
                    PARTITION BY links.opportunity_id
                    ORDER BY came_late.lead_id IS NOT NULL, links.priority,
                        links.created_at NULLS LAST, links.lead_id
                ) AS place,
                came_late.lead_id IS NOT NULL AS came_late
            FROM links
            LEFT JOIN came_late
                ON came_late.opportunity_id = links.opportunity_id
                AND came_late.lead_id = links.lead_id
            ORDER BY links.opportunity_id, place
            """,
        ),
    )


def _dated_steps() -> tuple[Step, ...]:
    """Step `dated_deals`: when each deal was open at the latest, null where nothing says so.

    A deal without a day of opening was open when its history or its closing tells of it.
    """
    return (
        Step(
            "first_deal_entries",
            """
            SELECT opportunity.opportunity_id, min(stage_entries.entered_at) AS entered_at
            FROM opportunity
            JOIN stage_entries
                ON stage_entries.subject_kind = 'opportunity'
                AND stage_entries.subject_id = opportunity.opportunity_id
            WHERE opportunity.created_at IS NULL
            GROUP BY opportunity.opportunity_id
            """,
        ),
        Step(
            "dated_deals",
            """
            SELECT opportunity.opportunity_id,
                least(
                    opportunity.created_at,
                    CASE WHEN opportunity.outcome IN ('won', 'lost')
                        THEN opportunity.closed_at END,
                    first_deal_entries.entered_at
                ) AS open_by
            FROM opportunity
            LEFT JOIN first_deal_entries
                ON first_deal_entries.opportunity_id = opportunity.opportunity_id
            """,
        ),
    )


def _named_steps() -> tuple[Step, ...]:
    """Steps to `named_leads`, what deals name, and `leads_of_people`, whom named people are."""
    in_time = _CAME_IN_TIME.format(lead="lead_people", deal="linked")
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
                        CASE WHEN {in_time} THEN 0 ELSE 1 END,
                        CASE WHEN {in_time} THEN lead_people.created_at END DESC NULLS LAST,
                        lead_people.created_at NULLS LAST,
                        lead_people.lead_id
                ) AS place
            FROM people_of_deals AS linked
            JOIN lead_people ON lead_people.person_id = linked.person_id
            """,
        ),
    )


def _late_steps() -> tuple[Step, ...]:
    """Step `came_late`: the links of leads that came when the deal was already open.

    A lead whose record was created later, but which had entered a stage in time, was there: it was
    moved from another system.
    """
    return (
        Step(
            "created_late",
            f"""
            SELECT links.opportunity_id, links.lead_id, dated_deals.open_by
            FROM links
            JOIN dated_deals ON dated_deals.opportunity_id = links.opportunity_id
            WHERE NOT {_CAME_IN_TIME.format(lead="links", deal="dated_deals")}
            """,
        ),
        Step(
            "there_before",
            """
            SELECT DISTINCT created_late.opportunity_id, created_late.lead_id
            FROM created_late
            JOIN stage_entries
                ON stage_entries.subject_kind = 'lead'
                AND stage_entries.subject_id = created_late.lead_id
                AND stage_entries.entered_at < created_late.open_by + INTERVAL 1 DAY
            """,
        ),
        Step(
            "came_late",
            """
            SELECT created_late.opportunity_id, created_late.lead_id
            FROM created_late
            LEFT JOIN there_before
                ON there_before.opportunity_id = created_late.opportunity_id
                AND there_before.lead_id = created_late.lead_id
            WHERE there_before.lead_id IS NULL
            """,
        ),
    )
