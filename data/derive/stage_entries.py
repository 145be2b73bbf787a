"""Steps of what changed between snapshots: entries into stages, and changes of opportunities.

A snapshot says what a record looked like when it was made, not since when. What consecutive
snapshots of a record say differently has changed at some time between the two; it is entered at the
moment of the later one, with the moment of the earlier one beside it. Consecutive are the tellings
of one kind of export (mapping) in order of (as_of, sha256), of one moment only the last; one that
says nothing is passed over. All is read from the versions that loads keep, so that neither the
order of arrival nor an undo leaves a trace.

What a history or a date column tells is better known, and is not entered again: an entry that is
told, at whatever time since the record was last seen in that stage, stands for the difference.
"""

from __future__ import annotations

from data.deal_leads import deal_leads_steps
from data.schema.bookkeeping import LOADS_IN_ORDER
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
            f"""
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
                FROM stage_change_reported_by WHERE inferred_from = 'date_column'
            ) AS told
            JOIN dated_twice
                ON dated_twice.subject_kind = told.subject_kind
                AND dated_twice.subject_id = told.subject_id
                AND dated_twice.stage = told.stage
            JOIN ({LOADS_IN_ORDER}) AS ranked ON ranked.load_id = told.load_id
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


_DEAL_FIELDS = ("amount", "stage", "expected_close_on", "probability")

_TOLD_UNDER = {"amount": "original_amount"}


def _tellings(table: str, identifier: str) -> str:
    """SELECT of what each load told of the records on which loads do not agree."""
    return f"""
        SELECT version.*, load.load_id AS told_by, load.mapping, load.as_of, load.sha256
        FROM (
            SELECT {identifier}, load_id, load_id AS same_as FROM {table}_version
            UNION ALL
            SELECT {identifier}, load_id, same_as FROM {table}_reported_by
        ) AS telling
        JOIN {table}_version AS version
            ON version.{identifier} = telling.{identifier} AND version.load_id = telling.same_as
        JOIN load ON load.load_id = telling.load_id
    """


def _seen_steps() -> tuple[Step, ...]:
    """Step `differences`: each value of a record that the snapshot before did not have."""
    who = "mapping, as_of, sha256, told_by"
    fields = " UNION ALL ".join(
        f"SELECT 'opportunity' AS kind, opportunity_id AS subject_id, '{field}' AS field, "
        f"CAST({_TOLD_UNDER.get(field, field)} AS VARCHAR) AS told, "
        f"CAST(NULL AS VARCHAR) AS reason, {who} FROM deal_tellings"
        for field in _DEAL_FIELDS
    )
    return (
        Step("lead_tellings", _tellings("lead", "lead_id")),
        Step("deal_tellings", _tellings("opportunity", "opportunity_id")),
        Step(
            "seen",
            f"""
            SELECT kind, subject_id, field, told, reason, mapping, as_of
            FROM (
                SELECT every.*, row_number() OVER (
                    PARTITION BY kind, subject_id, field, mapping, as_of
                    ORDER BY sha256 DESC, told_by DESC
                ) AS place
                FROM (
                    SELECT 'lead' AS kind, lead_id AS subject_id, 'entry' AS field,
                        stage AS told, CAST(NULL AS VARCHAR) AS reason, {who}
                    FROM lead_tellings
                    UNION ALL
                    SELECT 'opportunity' AS kind, opportunity_id AS subject_id, 'entry' AS field,
                        CASE
                            WHEN outcome IN ('won', 'lost') THEN outcome
                            WHEN outcome IS NOT NULL OR stage IS NOT NULL THEN 'opportunity'
                        END AS told,
                        CASE WHEN outcome = 'lost' THEN lost_reason END AS reason, {who}
                    FROM deal_tellings
                    UNION ALL
                    {fields}
                ) AS every
                WHERE told IS NOT NULL
            ) AS placed
            WHERE place = 1
            """,
        ),
        Step(
            "differences",
            """
            SELECT kind, subject_id, field, before, told, reason, as_of, seen_before_at,
                last_so_at
            FROM (
                SELECT kind, subject_id, field, told, reason, as_of,
                    lag(told) OVER (
                        PARTITION BY kind, subject_id, field, mapping ORDER BY as_of
                    ) AS before,
                    lag(as_of) OVER (
                        PARTITION BY kind, subject_id, field, mapping ORDER BY as_of
                    ) AS seen_before_at,
                    lag(as_of) OVER (
                        PARTITION BY kind, subject_id, field, told, mapping ORDER BY as_of
                    ) AS last_so_at
                FROM seen
            ) AS compared
            WHERE told <> before
            """,
        ),
    )


def stage_difference_steps() -> tuple[Step, ...]:
    """Steps of `stage_difference`, after those of `segments`: entries that only snapshots tell.

    What became of a lead's deals is told of the lead as well.
    """
    return (
        *_seen_steps(),
        *deal_leads_steps(),
        Step(
            "told_of_deals",
            """
            SELECT subject_id, stage, entered_at FROM stage_change
            WHERE subject_kind = 'opportunity'
            UNION ALL
            SELECT opportunity_id, 'opportunity', created_at FROM opportunity
            WHERE created_at IS NOT NULL
            UNION ALL
            SELECT opportunity_id, outcome, closed_at FROM opportunity
            WHERE outcome IN ('won', 'lost') AND closed_at IS NOT NULL
            """,
        ),
        Step(
            "told_of_leads",
            """
            SELECT subject_id, stage, entered_at FROM stage_change WHERE subject_kind = 'lead'
            UNION ALL
            SELECT lead_id, 'lead', created_at FROM lead WHERE created_at IS NOT NULL
            UNION ALL
            SELECT deal_leads.lead_id, of_deals.stage, of_deals.entered_at
            FROM (
                SELECT subject_id, stage, entered_at FROM told_of_deals
                UNION ALL
                SELECT subject_id, told, as_of FROM differences
                WHERE kind = 'opportunity' AND field = 'entry'
            ) AS of_deals
            JOIN deal_leads ON deal_leads.opportunity_id = of_deals.subject_id
            """,
        ),
        Step(
            "told_entries",
            """
            SELECT 'opportunity' AS kind, subject_id, stage, max(entered_at) AS last_told_at
            FROM told_of_deals GROUP BY subject_id, stage
            UNION ALL
            SELECT 'lead' AS kind, subject_id, stage, max(entered_at) AS last_told_at
            FROM told_of_leads GROUP BY subject_id, stage
            """,
        ),
        Step(
            "entered",
            """
            SELECT differences.kind AS subject_kind, differences.subject_id,
                differences.told AS stage, differences.as_of AS entered_at,
                min(differences.before) AS stage_before,
                max(differences.seen_before_at) AS seen_before_at,
                min(differences.reason) AS reason, 'status_diff' AS inferred_from
            FROM differences
            LEFT JOIN told_entries
                ON told_entries.kind = differences.kind
                AND told_entries.subject_id = differences.subject_id
                AND told_entries.stage = differences.told
            WHERE differences.field = 'entry' AND (
                told_entries.last_told_at IS NULL
                OR told_entries.last_told_at <= differences.last_so_at
            )
            GROUP BY differences.kind, differences.subject_id, differences.told, differences.as_of
            ORDER BY subject_kind, differences.subject_id, entered_at, differences.told
            """,
        ),
    )


def opportunity_difference_steps() -> tuple[Step, ...]:
    """Steps of `opportunity_difference`: the changes that only a comparison of snapshots tells."""
    return (
        *_seen_steps(),
        Step(
            "told_changes",
            """
            SELECT opportunity_id, field, new, max(changed_at) AS last_told_at
            FROM opportunity_change GROUP BY opportunity_id, field, new
            """,
        ),
        Step(
            "changed",
            """
            SELECT differences.subject_id AS opportunity_id, differences.as_of AS changed_at,
                differences.field, min(differences.before) AS old,
                min(differences.told) AS new, max(differences.seen_before_at) AS seen_before_at
            FROM differences
            LEFT JOIN told_changes
                ON told_changes.opportunity_id = differences.subject_id
                AND told_changes.field = differences.field
                AND told_changes.new = differences.told
            WHERE differences.kind = 'opportunity' AND differences.field <> 'entry' AND (
                told_changes.last_told_at IS NULL
                OR told_changes.last_told_at <= differences.last_so_at
            )
            GROUP BY differences.subject_id, differences.as_of, differences.field
            ORDER BY differences.subject_id, changed_at, differences.field
            """,
        ),
    )
