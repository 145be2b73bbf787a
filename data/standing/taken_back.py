"""What files told of records that stand, and newer files took back: kept as history."""

from __future__ import annotations

from data.engine.draft import Draft
from data.sql import Query, Step


def keep_what_was_taken_back(draft: Draft) -> None:
    """Rebuild `taken_back` from the entries that were set aside, and from older states of deals.

    A merged record's entries are those of the record that was kept. An entry that something else
    still tells stands, and is not here. Raises EngineError with the failing step.
    """
    draft.execute("DELETE FROM taken_back")
    if draft.has_any("stage_change_aside", "opportunity_version"):
        draft.insert("taken_back", Query(*_steps()))


def _steps() -> tuple[Step, ...]:
    reports = " UNION ALL ".join(
        f"SELECT subject_kind, subject_id, stage, entered_at, inferred_from, load_id "
        f"FROM stage_change{each}"
        for each in ("_aside", "_version", "_reported_by")
    )
    return (
        Step(
            "entries_aside",
            """
            SELECT aside.subject_kind, aside.subject_id, aside.stage, aside.entered_at,
                aside.inferred_from, aside.reason, aside.actor,
                CASE aside.because WHEN 'stand_in' THEN 'undone' ELSE aside.because END AS because
            FROM stage_change_aside AS aside
            LEFT JOIN stage_change AS standing
                USING (subject_kind, subject_id, stage, entered_at, inferred_from)
            WHERE aside.because IN ('withdrawn', 'corrected', 'undone')
                OR (aside.because = 'stand_in' AND standing.subject_id IS NULL)
            """,
        ),
        Step(
            "last_told",
            f"""
            SELECT reports.subject_kind, reports.subject_id, reports.stage, reports.entered_at,
                max(load.as_of) AS told_until
            FROM ({reports}) AS reports
            SEMI JOIN entries_aside
                USING (subject_kind, subject_id, stage, entered_at, inferred_from)
            JOIN load ON load.load_id = reports.load_id
            WHERE reports.inferred_from = 'date_column'
            GROUP BY reports.subject_kind, reports.subject_id, reports.stage, reports.entered_at
            """,
        ),
        Step(
            "reopened",
            """
            SELECT entry.subject_id, entry.stage, entry.entered_at,
                min(opening.entered_at) AS reopened_at
            FROM entries_aside AS entry
            JOIN stage_change AS opening ON opening.subject_kind = 'opportunity'
                AND opening.subject_id = entry.subject_id AND opening.stage = 'opportunity'
                AND opening.inferred_from <> 'date_column'
                AND opening.entered_at > entry.entered_at
            WHERE entry.subject_kind = 'opportunity' AND entry.because = 'undone'
            GROUP BY entry.subject_id, entry.stage, entry.entered_at
            """,
        ),
        Step(
            "older_closings",
            """
            SELECT deal.opportunity_id, version.outcome, version.closed_at, version.lost_reason,
                version.load_id
            FROM opportunity_version AS version
            JOIN opportunity AS deal ON deal.opportunity_id = version.opportunity_id
            WHERE version.outcome IN ('won', 'lost') AND version.closed_at IS NOT NULL
                AND deal.outcome <> version.outcome
            """,
        ),
        Step(
            "closings_of_older_states",
            """
            SELECT closing.opportunity_id AS subject_id, closing.outcome AS stage,
                closing.closed_at AS entered_at, closing.lost_reason AS reason,
                max(load.as_of) AS until_at
            FROM older_closings AS closing
            JOIN (
                SELECT opportunity_id, load_id AS same_as, load_id FROM older_closings
                UNION ALL
                SELECT opportunity_id, same_as, load_id FROM opportunity_reported_by
            ) AS report ON report.opportunity_id = closing.opportunity_id
                AND report.same_as = closing.load_id
            JOIN load ON load.load_id = report.load_id
            GROUP BY closing.opportunity_id, closing.outcome, closing.closed_at,
                closing.lost_reason
            """,
        ),
        Step(
            "everything_taken_back",
            """
            SELECT entry.subject_kind,
                CASE WHEN retired.subject_id IS NULL THEN entry.subject_id
                    ELSE retired.survivor_id END AS subject_id,
                entry.stage, entry.entered_at, entry.because,
                coalesce(reopened.reopened_at, last_told.told_until) AS until_at,
                entry.reason, entry.actor
            FROM entries_aside AS entry
            LEFT JOIN last_told USING (subject_kind, subject_id, stage, entered_at)
            LEFT JOIN reopened ON entry.subject_kind = 'opportunity'
                AND reopened.subject_id = entry.subject_id AND reopened.stage = entry.stage
                AND reopened.entered_at = entry.entered_at
            LEFT JOIN retired_record AS retired ON retired.subject_kind = entry.subject_kind
                AND retired.subject_id = entry.subject_id AND retired.problem IS NULL
            UNION ALL
            SELECT 'opportunity', closing.subject_id, closing.stage, closing.entered_at, 'undone',
                closing.until_at, closing.reason, NULL
            FROM closings_of_older_states AS closing
            WHERE NOT EXISTS (
                SELECT 1 FROM entries_aside AS entry
                WHERE entry.subject_kind = 'opportunity'
                    AND entry.subject_id = closing.subject_id AND entry.stage = closing.stage
            )
            """,
        ),
        Step(
            "taken_back_once",
            """
            SELECT entry.subject_kind, entry.subject_id, entry.stage, entry.entered_at,
                min(entry.because) AS because, max(entry.until_at) AS until_at,
                min(entry.reason) AS reason, min(entry.actor) AS actor
            FROM everything_taken_back AS entry
            LEFT JOIN stage_change AS standing
                USING (subject_kind, subject_id, stage, entered_at)
            WHERE entry.subject_id IS NOT NULL AND standing.subject_id IS NULL
            GROUP BY entry.subject_kind, entry.subject_id, entry.stage, entry.entered_at
            """,
        ),
    )
