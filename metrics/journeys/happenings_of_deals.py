"""SQL steps of a timeline: what happened to deals, from their own rows and changes."""

from __future__ import annotations

from data.sql import Step
from metrics.journeys.happening import Happening, happening

_DEAL = "JOIN their_deals ON their_deals.opportunity_id ="
_PRIMARY = "JOIN deal ON deal.opportunity_id = their_deals.opportunity_id"


def _changes(table: str) -> str:
    return happening(
        f"'{Happening.DEAL_CHANGED}'",
        f"""'{table} ' || deal.opportunity_id || ' ' || changed.field || ' '
            || CAST(changed.changed_at AS VARCHAR)""",
        f"FROM {table} AS changed {_DEAL} changed.opportunity_id {_PRIMARY}",
        occurred_at="changed.changed_at",
        lead_id="deal.lead_id",
        opportunity_id="deal.opportunity_id",
        name="changed.field",
        old="changed.old",
        new="changed.new",
    )


OF_DEALS = (
    Step(
        "deal_entries",
        f"""
        SELECT subject_id AS opportunity_id, stage, entered_at, min(reason) AS reason,
            min(actor) AS actor
        FROM (
            SELECT stage_change.subject_id, stage_change.stage, stage_change.entered_at,
                stage_change.reason, stage_change.actor
            FROM stage_change
            {_DEAL} stage_change.subject_id
            WHERE stage_change.subject_kind = 'opportunity'
            UNION ALL
            SELECT stage_difference.subject_id, stage_difference.stage,
                stage_difference.entered_at, stage_difference.reason, CAST(NULL AS VARCHAR)
            FROM stage_difference
            {_DEAL} stage_difference.subject_id
            WHERE stage_difference.subject_kind = 'opportunity'
        ) AS entries
        GROUP BY subject_id, stage, entered_at
        """,
    ),
    Step(
        "deal_happenings",
        "\nUNION ALL\n".join(
            (
                happening(
                    f"'{Happening.DEAL_OPENED}'",
                    "'opened ' || deal.opportunity_id",
                    f"FROM their_deals {_PRIMARY} WHERE deal.opened_at IS NOT NULL",
                    occurred_at="deal.opened_at",
                    lead_id="deal.lead_id",
                    opportunity_id="deal.opportunity_id",
                    amount="deal.amount",
                ),
                happening(
                    f"'{Happening.DEAL_JOINED}'",
                    "'joined ' || link.opportunity_id || ' ' || link.lead_id",
                    f"""
                    FROM deal_lead AS link {_DEAL} link.opportunity_id
                    JOIN their_leads ON their_leads.lead_id = link.lead_id
                    JOIN lead ON lead.lead_id = link.lead_id
                    WHERE link.came_late
                    """,
                    occurred_at="lead.created_at",
                    person_id="their_leads.person_id",
                    lead_id="link.lead_id",
                    opportunity_id="link.opportunity_id",
                ),
                happening(
                    f"""CASE opportunity.outcome WHEN 'won' THEN '{Happening.DEAL_WON}'
                        ELSE '{Happening.DEAL_LOST}' END""",
                    "'closed ' || deal.opportunity_id",
                    f"""
                    FROM opportunity {_DEAL} opportunity.opportunity_id {_PRIMARY}
                    WHERE opportunity.closed_at IS NOT NULL
                        AND opportunity.outcome IN ('won', 'lost')
                    """,
                    occurred_at="opportunity.closed_at",
                    lead_id="deal.lead_id",
                    opportunity_id="deal.opportunity_id",
                    amount="deal.amount",
                    reason="opportunity.lost_reason",
                ),
                happening(
                    f"'{Happening.DEAL_STAGE}'",
                    """'deal entry ' || deal.opportunity_id || ' ' || entries.stage || ' '
                        || CAST(entries.entered_at AS VARCHAR)""",
                    f"""
                    FROM deal_entries AS entries {_DEAL} entries.opportunity_id {_PRIMARY}
                    JOIN opportunity ON opportunity.opportunity_id = deal.opportunity_id
                    WHERE NOT (entries.stage = 'opportunity'
                            AND entries.entered_at IS NOT DISTINCT FROM deal.opened_at)
                        AND NOT (entries.stage IS NOT DISTINCT FROM opportunity.outcome
                            AND entries.entered_at IS NOT DISTINCT FROM opportunity.closed_at)
                    """,
                    occurred_at="entries.entered_at",
                    lead_id="deal.lead_id",
                    opportunity_id="deal.opportunity_id",
                    name="entries.stage",
                    reason="entries.reason",
                    actor="entries.actor",
                ),
                _changes("opportunity_change"),
                _changes("opportunity_difference"),
            )
        ),
    ),
)
"""Steps to `deal_happenings`, after `their_deals`.

The entry that says again that a deal was opened or closed is not there.
"""
