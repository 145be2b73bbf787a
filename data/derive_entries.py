"""Steps of the entries into stages that count: a corrected date replaces the one told before."""

from __future__ import annotations

from data.sql import Step


def entry_steps() -> tuple[Step, ...]:
    """Step `stage_entries`: the rows of `stage_change` without dates that were corrected.

    A column such as "became MQL on" holds one date per record, so of the entries of a subject into
    a stage that come from date columns, those of the newest load that tells any count. A load is
    newer by (as_of, sha256), whatever the order of arrival; all the loads that told an entry are
    asked, not only the first. Entries from a history all count.
    """
    return (
        Step(
            "dated_twice",
            """
            SELECT subject_kind, subject_id, stage
            FROM stage_change
            WHERE inferred_from = 'date_column'
            GROUP BY subject_kind, subject_id, stage
            HAVING count(*) > 1
            """,
        ),
        Step(
            "told_dates",
            """
            SELECT told.subject_kind, told.subject_id, told.stage, told.entered_at,
                max(ranked.place) AS told_last
            FROM (
                SELECT subject_kind, subject_id, stage, entered_at, load_id
                FROM stage_change WHERE inferred_from = 'date_column'
                UNION ALL
                SELECT subject_kind, subject_id, stage, entered_at, load_id
                FROM stage_change_version WHERE inferred_from = 'date_column'
                UNION ALL
                SELECT subject_kind, subject_id, stage, entered_at, load_id
                FROM stage_change_told WHERE inferred_from = 'date_column'
            ) AS told
            JOIN dated_twice
                ON dated_twice.subject_kind = told.subject_kind
                AND dated_twice.subject_id = told.subject_id
                AND dated_twice.stage = told.stage
            JOIN (
                SELECT load_id, row_number() OVER (ORDER BY as_of, sha256, load_id) AS place
                FROM load
            ) AS ranked ON ranked.load_id = told.load_id
            GROUP BY told.subject_kind, told.subject_id, told.stage, told.entered_at
            """,
        ),
        Step(
            "corrected_dates",
            """
            SELECT subject_kind, subject_id, stage, entered_at
            FROM (
                SELECT subject_kind, subject_id, stage, entered_at, told_last,
                    max(told_last) OVER (PARTITION BY subject_kind, subject_id, stage) AS newest
                FROM told_dates
            ) AS dated
            WHERE told_last < newest
            """,
        ),
        Step(
            "stage_entries",
            """
            SELECT stage_change.subject_kind, stage_change.subject_id, stage_change.stage,
                stage_change.entered_at, stage_change.reason
            FROM stage_change
            LEFT JOIN corrected_dates
                ON stage_change.inferred_from = 'date_column'
                AND corrected_dates.subject_kind = stage_change.subject_kind
                AND corrected_dates.subject_id = stage_change.subject_id
                AND corrected_dates.stage = stage_change.stage
                AND corrected_dates.entered_at = stage_change.entered_at
            WHERE corrected_dates.subject_id IS NULL
            """,
        ),
    )
