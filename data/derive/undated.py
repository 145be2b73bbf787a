"""SQL steps that find what leads have come to on a day that nobody recorded."""

from __future__ import annotations

from data.schema.contract import EXITS, STAGES
from data.sql import Step


def undated_steps() -> tuple[Step, ...]:
    """Steps `undated`, per lead what it is known to have come to on whatever day, and `known`.

    A record says where it stands now, and a deal without any date that it was opened. It is known
    by the last day of which leads tell anything: the newest export may have been made long after.
    """
    exits = ", ".join(f"'{stage}'" for stage in EXITS)
    ranks = " ".join(f"WHEN '{stage}' THEN {rank}" for rank, stage in enumerate(STAGES))
    opened = STAGES.index("opportunity")
    return (
        Step(
            "undated",
            f"""
            SELECT lead_id, max(rank) AS rank, max(exit_stage) AS exit_stage
            FROM (
                SELECT lead_id, CASE stage {ranks} END AS rank,
                    CASE WHEN stage IN ({exits}) THEN stage END AS exit_stage
                FROM lead WHERE stage <> 'lead'
                UNION ALL
                SELECT deal_lead.lead_id, {opened} AS rank, CAST(NULL AS VARCHAR) AS exit_stage
                FROM opportunity
                JOIN deal_lead
                    ON deal_lead.opportunity_id = opportunity.opportunity_id
                    AND NOT deal_lead.came_late
                WHERE opportunity.created_at IS NULL
                    AND (opportunity.closed_at IS NULL
                        OR coalesce(opportunity.outcome, 'open') = 'open')
            ) AS told
            GROUP BY lead_id
            """,
        ),
        Step(
            "last_days",
            f"""
            SELECT max(greatest({", ".join(f"{stage}_at" for stage in STAGES)})) AS known_at
            FROM reached
            WHERE lead_at <= (SELECT max(as_of) FROM load)
            """,
        ),
        Step(
            "known",
            "SELECT least(known_at, (SELECT max(as_of) FROM load)) AS known_at FROM last_days",
        ),
    )
