"""SQL steps that build `deal_lead`: which leads a deal is about, and which of them came late."""

from __future__ import annotations

from data.definitions import Definitions
from data.derive.deal_link import CAME_IN_TIME, STRENGTH, by_account_steps, named_steps
from data.sql import Step


def deal_lead_steps(definitions: Definitions) -> tuple[Step, ...]:
    """Steps of `deal_lead`, after `lead_people_steps`: one row per deal and lead of it.

    A deal finds its leads by what it names: a lead, a contact, or a person's name that its company
    has once; where it finds none, by its company, if one person alone of it could have led to the
    deal: came in time, and was not disqualified. The last two only as the definitions say, and
    never where the deal names a lead by its id. A
    person's lead is the last one that came in time, else the first one after. `place` 1 is the
    primary lead: of those that came in time, else of all, the one that the deal names first.
    """
    names = " ".join(f"WHEN {rank} THEN '{name}'" for name, rank in STRENGTH.items())
    by_account = by_account_steps() if "account" in definitions.deals.leads_by else ()
    return (
        *_dated_steps(),
        *named_steps(by_name="name" in definitions.deals.leads_by),
        *by_account,
        Step(
            "links",
            "SELECT * FROM named_links UNION ALL SELECT * FROM account_links"
            if by_account
            else "SELECT * FROM named_links",
        ),
        *_late_steps(),
        Step(
            "deal_leads",
            f"""
            SELECT links.opportunity_id, links.lead_id,
                row_number() OVER (
                    PARTITION BY links.opportunity_id
                    ORDER BY came_late.lead_id IS NOT NULL, links.priority,
                        links.created_at NULLS LAST, links.lead_id
                ) AS place,
                CASE links.strength {names} END AS linked_by,
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
    """Step `dated_deals`: each deal's company, and when it was open at the latest, where known.

    A deal without a day of opening was open when its history or its closing tells of it.
    """
    return (
        Step(
            "first_deal_entries",
            """
            SELECT opportunity.opportunity_id, min(stage_change.entered_at) AS entered_at
            FROM opportunity
            JOIN stage_change
                ON stage_change.subject_kind = 'opportunity'
                AND stage_change.subject_id = opportunity.opportunity_id
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
                ) AS open_by,
                coalesce(account_identity.account_id, opportunity.account_id) AS account_id
            FROM opportunity
            LEFT JOIN first_deal_entries
                ON first_deal_entries.opportunity_id = opportunity.opportunity_id
            LEFT JOIN account_identity
                ON account_identity.reference = opportunity.account_id AND account_identity.applied
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
            WHERE NOT {CAME_IN_TIME.format(lead="links", deal="dated_deals")}
            """,
        ),
        Step(
            "there_before",
            """
            SELECT DISTINCT created_late.opportunity_id, created_late.lead_id
            FROM created_late
            JOIN stage_change
                ON stage_change.subject_kind = 'lead'
                AND stage_change.subject_id = created_late.lead_id
                AND stage_change.entered_at < created_late.open_by + INTERVAL 1 DAY
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
