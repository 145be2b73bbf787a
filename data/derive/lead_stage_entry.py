"""SQL steps that build `lead_stage_entry`: entries of leads and their deals into stages, in order.

Reads the derived tables `deal_lead` and `stage_difference` beside the canonical tables.
"""

from __future__ import annotations

from data.schema.contract import EXITS, STAGES
from data.sql import Step

STAGE_RANK = "CASE stage {} END".format(
    " ".join(f"WHEN '{stage}' THEN {rank}" for rank, stage in enumerate((*STAGES, *EXITS)))
)
"""SQL for the place of a stage among those of one moment: the funnel's order, exits last."""


def lead_stage_entry_steps() -> tuple[Step, ...]:
    """Steps of `lead_stage_entry`, after the step `settings`.

    Entries stand in the order of their moments, of one moment in the funnel's order. What a record
    says of its own beginning cannot come after what happened to it: a lead is created by the first
    entry of its own, and a deal opened by its closing. What happened to a deal before its lead came
    takes its place when the lead did; a lead that came late (`deal_lead`) has no part in it.
    Entries as a lead on the day of creation are told of that beginning too. Where one entry of a
    day has no hour, as a date column gives it, the moments of that day tell no order, and the
    funnel's holds.
    """
    return (
        *_event_steps(),
        Step(
            "first_events",
            f"""
            SELECT lead_id,
                min(CASE WHEN opportunity_id IS NULL THEN stands_at END) AS first_at,
                min(CASE WHEN opportunity_id IS NULL AND stage_rank < {len(STAGES)}
                    THEN entered_at END) AS came_at,
                max(CASE WHEN is_creation THEN CAST(entered_at AS DATE) END) AS created_on
            FROM events
            GROUP BY lead_id
            """,
        ),
        Step(
            "standing_events",
            """
            SELECT events.lead_id, stage, stage_rank, reason, opportunity_id,
                CASE WHEN opportunity_id IS NULL THEN entered_at
                    ELSE greatest(entered_at, came_at)
                END AS entered_at,
                CASE WHEN opportunity_id IS NOT NULL THEN greatest(stands_at, came_at)
                    WHEN stage = 'lead' AND CAST(entered_at AS DATE) = created_on THEN first_at
                    ELSE stands_at
                END AS stands_at
            FROM events
            JOIN first_events ON first_events.lead_id = events.lead_id
            """,
        ),
        Step(
            "local_events",
            """
            SELECT standing_events.*,
                timezone(settings.time_zone, timezone('UTC', stands_at)) AS local_at
            FROM standing_events
            CROSS JOIN settings
            """,
        ),
        Step(
            "hourless_days",
            """
            SELECT DISTINCT lead_id, CAST(local_at AS DATE) AS since_on
            FROM local_events
            WHERE local_at = date_trunc('day', local_at)
                OR stands_at = date_trunc('day', stands_at)
            """,
        ),
        Step(
            "timed_events",
            """
            SELECT local_events.*, CAST(local_at AS DATE) AS since_on,
                CASE WHEN hourless_days.lead_id IS NULL THEN stands_at END AS told_at
            FROM local_events
            LEFT JOIN hourless_days
                ON hourless_days.lead_id = local_events.lead_id
                AND hourless_days.since_on = CAST(local_events.local_at AS DATE)
            """,
        ),
        Step(
            "ordered_events",
            """
            SELECT timed_events.*,
                row_number() OVER in_order AS place,
                lag(stage) OVER in_order AS stage_before,
                lead(since_on) OVER in_order AS until_on,
                bit_or(1 << stage_rank) OVER (
                    in_order ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
                ) AS stages_before
            FROM timed_events
            WINDOW in_order AS (
                PARTITION BY lead_id
                ORDER BY since_on, told_at, stage_rank, entered_at, reason, opportunity_id
            )
            """,
        ),
        Step(
            "lead_stage_entries",
            """
            SELECT lead_id, place, stage, entered_at, since_on, until_on, stage_before,
                coalesce(
                    stage <> stage_before AND (stages_before >> stage_rank) % 2 = 1, FALSE
                ) AS is_return,
                reason, opportunity_id
            FROM ordered_events
            """,
        ),
    )


def _event_steps() -> tuple[Step, ...]:
    """Step `events`: each entry of a lead, or of a deal it is part of, into a stage.

    A deal that snapshots show won or lost, and then open again or ended otherwise, was not closed.
    """
    return (
        Step(
            "reopenings",
            """
            SELECT subject_id, max(entered_at) AS reopened_at
            FROM stage_difference
            WHERE subject_kind = 'opportunity' AND stage = 'opportunity'
            GROUP BY subject_id
            """,
        ),
        Step(
            "deal_events",
            """
            SELECT subject_id AS opportunity_id, stage, entered_at, reason, entered_at AS stands_at
            FROM stage_change
            WHERE subject_kind = 'opportunity'
            UNION ALL
            SELECT seen.subject_id, seen.stage, seen.entered_at, seen.reason, seen.entered_at
            FROM stage_difference AS seen
            LEFT JOIN opportunity ON opportunity.opportunity_id = seen.subject_id
            LEFT JOIN reopenings ON reopenings.subject_id = seen.subject_id
            WHERE seen.subject_kind = 'opportunity' AND NOT (
                seen.stage IN ('won', 'lost') AND (
                    coalesce(opportunity.outcome <> seen.stage, FALSE)
                    OR coalesce(seen.entered_at < reopenings.reopened_at, FALSE)
                )
            )
            UNION ALL
            SELECT opportunity_id, 'opportunity' AS stage, created_at AS entered_at,
                CAST(NULL AS VARCHAR) AS reason,
                CASE WHEN outcome IN ('won', 'lost') AND closed_at < created_at
                    THEN closed_at ELSE created_at END
            FROM opportunity WHERE created_at IS NOT NULL
            UNION ALL
            SELECT opportunity_id, outcome AS stage, closed_at AS entered_at,
                lost_reason AS reason, closed_at
            FROM opportunity WHERE outcome IN ('won', 'lost') AND closed_at IS NOT NULL
            """,
        ),
        Step(
            "events",
            f"""
            SELECT lead_id, stage, {STAGE_RANK} AS stage_rank, entered_at, reason, opportunity_id,
                min(stands_at) AS stands_at, max(is_creation) AS is_creation
            FROM (
                SELECT subject_id AS lead_id, stage, entered_at, reason,
                    CAST(NULL AS VARCHAR) AS opportunity_id, entered_at AS stands_at,
                    FALSE AS is_creation
                FROM stage_change
                WHERE subject_kind = 'lead'
                UNION ALL
                SELECT subject_id, stage, entered_at, reason, CAST(NULL AS VARCHAR), entered_at,
                    FALSE
                FROM stage_difference
                WHERE subject_kind = 'lead'
                UNION ALL
                SELECT lead_id, 'lead' AS stage, created_at, CAST(NULL AS VARCHAR),
                    CAST(NULL AS VARCHAR), created_at, TRUE
                FROM lead WHERE created_at IS NOT NULL
                UNION ALL
                SELECT deal_lead.lead_id, deal_events.stage, deal_events.entered_at,
                    deal_events.reason, deal_events.opportunity_id, deal_events.stands_at, FALSE
                FROM deal_events
                JOIN deal_lead
                    ON deal_lead.opportunity_id = deal_events.opportunity_id
                    AND NOT deal_lead.came_late
            ) AS entries
            GROUP BY lead_id, stage, entered_at, reason, opportunity_id
            """,
        ),
    )
