"""Entries into stages that newer files take back: the date is another one, is gone, or was undone.

A column such as "became MQL on" holds one date per record. So of the entries by date columns only
those stand that the newest load tells of: of a kind of export (mapping) the newest load that has
the record and the column. A date that is no longer given there is `withdrawn`; where another one is
given it is `corrected`. What another kind of export tells of the same stage stands beside it, and
of several dates those of the newest load that still tells one. Entries from a history stand, but
for a deal's winning or losing that was `undone`: the deal is open again, or ended otherwise.
"""

from __future__ import annotations

from data.engine.draft import Draft
from data.schema.bookkeeping import LOADS_IN_ORDER
from data.schema.canonical import StageChange
from data.schema.contract import key
from data.sql import Query, Step
from data.standing.aside import set_aside

_ENTRY = ", ".join(key(StageChange))

_SOURCES = ("", "_version", "_reported_by")

_SUBJECTS = {"lead": "lead_id", "opportunity": "opportunity_id"}


def set_aside_withdrawn(draft: Draft) -> None:
    """Take entries by date columns out of `stage_change` that a newer load takes back.

    All rows must be where they were loaded. Raises EngineError with the failing step.
    """
    if draft.has_any("stage_change WHERE inferred_from = 'date_column'"):
        set_aside(draft, "stage_change", Query(*_withdrawn()))


def set_aside_undone(draft: Draft) -> None:
    """Take entries into won and lost out of `stage_change` that do not hold for the deal now.

    After what merged deals had has passed to others. Raises EngineError with the failing step.
    """
    if draft.has_any("stage_change WHERE subject_kind = 'opportunity'"):
        set_aside(draft, "stage_change", Query(*_undone()))


def _withdrawn() -> tuple[Step, ...]:
    reported_again = " UNION ".join(
        f"SELECT '{kind}' AS subject_kind, {by} AS subject_id FROM {kind}{each}"
        for kind, by in _SUBJECTS.items()
        for each in ("_version", "_reported_by")
    )
    subject_reports = " UNION ".join(
        f"SELECT '{kind}' AS subject_kind, {by} AS subject_id, load_id FROM {kind}{each}"
        for kind, by in _SUBJECTS.items()
        for each in _SOURCES
    )
    entries = " UNION ".join(
        f"SELECT {_ENTRY}, load_id FROM stage_change{each} WHERE inferred_from = 'date_column'"
        for each in _SOURCES
    )
    return (
        Step("loads_in_order", LOADS_IN_ORDER),
        Step(
            "placed_loads",
            "SELECT load_id, mapping, place FROM load JOIN loads_in_order USING (load_id)",
        ),
        Step(
            "doubtful_subjects",
            f"""
            {reported_again}
            UNION
            SELECT subject_kind, subject_id FROM stage_change
            WHERE inferred_from = 'date_column'
            GROUP BY subject_kind, subject_id, stage HAVING count(*) > 1
            """,
        ),
        Step(
            "newest_tellers",
            f"""
            SELECT subject_kind, subject_id, mapping, column_name AS stage, max(place) AS place
            FROM ({subject_reports}) AS reports
            SEMI JOIN doubtful_subjects USING (subject_kind, subject_id)
            JOIN placed_loads USING (load_id)
            JOIN load_column USING (load_id)
            WHERE load_column.table_name = 'stage_change'
            GROUP BY subject_kind, subject_id, mapping, column_name
            """,
        ),
        Step(
            "reported_entries",
            f"""
            SELECT {_ENTRY}, mapping, place
            FROM ({entries}) AS reports
            SEMI JOIN doubtful_subjects USING (subject_kind, subject_id)
            JOIN placed_loads USING (load_id)
            """,
        ),
        Step(
            "told_entries",
            f"""
            SELECT {_ENTRY}, max(entry.place) FILTER (
                WHERE entry.place >= coalesce(newest_tellers.place, 0)
            ) AS told
            FROM reported_entries AS entry
            LEFT JOIN newest_tellers USING (subject_kind, subject_id, mapping, stage)
            GROUP BY {_ENTRY}
            """,
        ),
        Step(
            "newest_entries",
            """
            SELECT *, max(told) OVER (PARTITION BY subject_kind, subject_id, stage) AS newest
            FROM told_entries
            """,
        ),
        Step(
            "withdrawn_entries",
            f"""
            SELECT stage_change.rowid AS kept_row,
                CASE WHEN newest IS NULL THEN 'withdrawn' ELSE 'corrected' END AS because
            FROM stage_change
            JOIN newest_entries USING ({_ENTRY})
            WHERE told IS DISTINCT FROM newest OR newest IS NULL
            """,
        ),
    )


def _undone() -> tuple[Step, ...]:
    """Steps to the closings that do not hold: the deal's newest state says otherwise.

    A history that tells that the deal was open again later undoes a closing too. A date column
    states the day of the closing that holds, which may be written without its hour.
    """
    return (
        Step(
            "reopenings",
            """
            SELECT subject_id, max(entered_at) AS reopened_at
            FROM stage_change
            WHERE subject_kind = 'opportunity' AND stage = 'opportunity'
                AND inferred_from <> 'date_column'
            GROUP BY subject_id
            """,
        ),
        Step(
            "undone_entries",
            """
            SELECT entry.rowid AS kept_row, 'undone' AS because
            FROM stage_change AS entry
            LEFT JOIN opportunity ON opportunity.opportunity_id = entry.subject_id
            LEFT JOIN reopenings ON reopenings.subject_id = entry.subject_id
            WHERE entry.subject_kind = 'opportunity' AND entry.stage IN ('won', 'lost') AND (
                opportunity.outcome <> entry.stage
                OR (entry.inferred_from <> 'date_column' AND entry.entered_at < reopened_at)
            )
            """,
        ),
    )
